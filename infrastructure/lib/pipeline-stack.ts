// What the stacks of a pipeline have in common: their name, their tags, and no account or Region of their own.
import { Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import type { Environment, EnvironmentName } from './environments.ts';

export interface PipelineStackProps {
  readonly environmentName: EnvironmentName;
  readonly environment: Environment;
  readonly binaries: string;
}

export class PipelineStack extends Stack {
  constructor(scope: Construct, id: string, props: PipelineStackProps & { readonly description: string }) {
    super(scope, id, {
      stackName: `taskline-${props.environmentName}-${id.toLowerCase()}`,
      description: props.description,
      // What holds messages, records and the API's address is not deleted by a slip.
      terminationProtection: props.environment.deletionProtection,
    });
    Tags.of(this).add('pipeline', `taskline-${props.environmentName}`);
  }
}
