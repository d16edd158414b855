// One pipeline: the three stacks of an environment, in the order in which they are deployed.
import { Construct } from 'constructs';

import { ApiStack } from './api-stack.ts';
import { ProcessingStack } from './processing-stack.ts';
import { PipelineName } from './settings/pipeline-name.ts';
import type { Settings } from './settings/table.ts';
import { SharedStack } from './shared-stack.ts';

export interface PipelineProps {
  readonly settings: Settings;
  /** The folder that holds the functions' binaries, or doesn't yet. */
  readonly binaries: string;
}

export class Pipeline extends Construct {
  readonly shared: SharedStack;
  readonly api: ApiStack;
  readonly processing: ProcessingStack;

  constructor(scope: Construct, props: PipelineProps) {
    const name = new PipelineName(props.settings);
    super(scope, name.full);
    const of = { ...props, name };

    this.shared = new SharedStack(this, 'Shared', of);
    this.api = new ApiStack(this, 'Api', { ...of, shared: this.shared });
    this.processing = new ProcessingStack(this, 'Processing', { ...of, shared: this.shared, api: this.api });
  }
}
