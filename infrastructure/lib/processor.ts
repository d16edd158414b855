// The processor's function: claims, handles, completes, retries, holds, dead-letters.
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

import { processorTimeoutSeconds } from './limits.ts';
import { MESSAGE_GROUP } from './line.ts';
import type { PipelineStackProps } from './pipeline-stack.ts';
import { RustFunction } from './rust-function.ts';
import { functionArn } from './settings/handler-function.ts';
import type { SharedStack } from './shared-stack.ts';
import { handlerSecondsOf } from './types/types-file.ts';
import { attachToVpc } from './vpc.ts';
import { Webhook } from './webhook.ts';

export interface ProcessorProps extends PipelineStackProps {
  readonly shared: SharedStack;
  readonly key: IKey | undefined;
}

export class Processor extends Construct {
  readonly rust: RustFunction;
  readonly webhook: Webhook | undefined;

  constructor(scope: Construct, id: string, props: ProcessorProps) {
    super(scope, id);
    const { settings, shared, types } = props;
    const line = shared.line.queue;
    const deadLetters = shared.deadLetters.queue;
    const table = shared.records.table;
    if (settings.handler === 'webhook' || types.some(({ webhook }) => webhook !== undefined)) this.webhook = new Webhook(this, 'Webhook', props);
    this.rust = new RustFunction(this, 'Processor', {
      pipeline: props,
      key: props.key,
      reservedConcurrency: settings.processorReservedConcurrency,
      name: 'processor',
      typesFile: settings.typesFile,
      description: 'Taskline: handles tasks, one at a time',
      timeoutSeconds: processorTimeoutSeconds(handlerSecondsOf(settings, types)),
      variables: {
        QUEUE_URL: line.queueUrl,
        DEAD_LETTER_QUEUE_URL: deadLetters.queueUrl,
        TABLE_NAME: table.tableName,
        MESSAGE_GROUP,
        TASK_HANDLER: settings.handler ?? 'record',
        ...(this.webhook !== undefined && { WEBHOOK_SECRET_ARN: this.webhook.secret.secretArn }),
      },
    });
    // Kept with every failure: a redrive asks whether the code that failed is still the one that runs.
    this.rust.function.addEnvironment('CODE_VERSION', this.rust.codeVersion);
    this.rust.mayOn(
      line.queueArn,
      // The first three are what the event source mapping does in the function's name.
      'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility',
    );
    this.rust.mayOn(deadLetters.queueArn, 'sqs:SendMessage');
    // It reads no record: a refused put returns the existing one.
    this.rust.mayOn(table.tableArn, 'dynamodb:PutItem');
    this.rust.mayUseKeyVia('sqs');
    this.rust.mayUseKeyVia('dynamodb');
    if (this.webhook !== undefined) {
      this.rust.mayOn(this.webhook.secret.secretArn, 'secretsmanager:GetSecretValue');
      this.rust.mayUseKeyVia('secretsmanager');
    }
    const functions = [settings.handlerFunction, ...types.map((type) => type.function)].filter((name) => name !== undefined);
    for (const arn of new Set(functions.map((name) => functionArn(this, name)))) this.rust.mayOn(arn, 'lambda:InvokeFunction');
    attachToVpc(this, settings, this.rust);
  }
}
