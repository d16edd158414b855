// One pipeline: the three stacks of an environment, in the order in which they are deployed.
import { Construct } from 'constructs';

import { ApiStack } from './api-stack.ts';
import type { DeploymentContext } from './context.ts';
import { environments, type Environment, type EnvironmentName } from './environments.ts';
import { ProcessingStack } from './processing-stack.ts';
import { SharedStack } from './shared-stack.ts';

export interface PipelineProps {
  readonly context: DeploymentContext;
  /** The folder that holds the functions' binaries, or doesn't yet. */
  readonly binaries: string;
  /** Stands in for the environment's own values, in tests. */
  readonly environment?: Environment;
}

export class Pipeline extends Construct {
  readonly shared: SharedStack;
  readonly api: ApiStack;
  readonly processing: ProcessingStack;

  constructor(scope: Construct, props: PipelineProps) {
    const name: EnvironmentName = props.context.environment;
    super(scope, `taskline-${name}`);
    const own = props.environment ?? environments[name];
    const environment = {
      ...own,
      architecture: props.context.architecture ?? own.architecture,
      failurePolicy: props.context.failurePolicy ?? own.failurePolicy,
    };
    const of = { environmentName: name, environment, binaries: props.binaries };

    this.shared = new SharedStack(this, 'Shared', of);
    this.api = new ApiStack(this, 'Api', { ...of, shared: this.shared, context: props.context });
    this.processing = new ProcessingStack(this, 'Processing', { ...of, shared: this.shared, api: this.api, context: props.context });
  }
}
