// One pipeline: its three stacks, in the order in which they are deployed. A construct for any CDK app: it reads no context
// and no file of settings.
import { join, resolve } from 'node:path';

import type { Environment } from 'aws-cdk-lib';
import { Construct } from 'constructs';

import { ApiStack } from './api-stack.ts';
import { ProcessingStack } from './processing-stack.ts';
import { PipelineName } from './settings/pipeline-name.ts';
import { readSettings, typedSource } from './settings/read.ts';
import type { Settings } from './settings/table.ts';
import { refuseUnknownNames } from './settings/unknown-names.ts';
import { SharedStack } from './shared-stack.ts';
import { typesOf } from './types/types-file.ts';

/** Settings by the names and with the defaults of the table in README.md. Each is checked. */
export interface PipelineProps extends Partial<Settings> {
  /** The second part of all names, such as `prod`. */
  readonly environment: string;
  /** Account and Region of the stacks; by default those of the AWS CLI's environment. */
  readonly env?: Environment;
}

export class Pipeline extends Construct {
  readonly shared: SharedStack;
  readonly api: ApiStack;
  readonly processing: ProcessingStack;

  constructor(scope: Construct, id: string, props: PipelineProps) {
    super(scope, id);
    const { env, ...given } = props;
    const label = (name: string): string => `${id}: ${name}`;
    refuseUnknownNames(Object.keys(given), label);
    const settings = readSettings(typedSource(given, label));
    const of = {
      name: new PipelineName(settings),
      settings,
      types: typesOf(settings),
      // Where they are not built yet, the templates refuse to deploy.
      binaries: resolve(settings.binaries ?? join(import.meta.dirname, '..', 'dist')),
      ...(env !== undefined && { env }),
    };

    this.shared = new SharedStack(this, 'Shared', of);
    this.api = new ApiStack(this, 'Api', { ...of, shared: this.shared });
    this.processing = new ProcessingStack(this, 'Processing', { ...of, shared: this.shared, api: this.api });
  }
}
