// What the stacks of a pipeline have in common: names, tags, and no fixed account or Region.
import { Stack, Tags, type Environment } from 'aws-cdk-lib';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

import type { PipelineName } from './settings/pipeline-name.ts';
import type { Settings } from './settings/table.ts';
import type { TaskType } from './types/task-type.ts';

export interface PipelineStackProps {
  readonly name: PipelineName;
  readonly settings: Settings;
  /** Those of the types file; none without one. */
  readonly types: readonly TaskType[];
  /** The folder that holds the functions' binaries, or doesn't yet. */
  readonly binaries: string;
  readonly env?: Environment;
}

export class PipelineStack extends Stack {
  /** The customer's own, if there is one. Its policy must let in what uses it (README.md). */
  readonly key: IKey | undefined;

  constructor(scope: Construct, part: 'Shared' | 'Api' | 'Processing', props: PipelineStackProps & { readonly description: string }) {
    super(scope, part, {
      stackName: props.name.stack(part),
      description: props.description,
      ...(props.env !== undefined && { env: props.env }),
      // What holds messages, records and the API's address is not deleted by a slip.
      terminationProtection: props.settings.deletionProtection,
    });
    const { kmsKeyArn } = props.settings;
    this.key = kmsKeyArn === undefined ? undefined : Key.fromKeyArn(this, 'Key', kmsKeyArn);
    Tags.of(this).add('pipeline', props.name.full);
  }
}
