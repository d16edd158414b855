// The processor's function: claims, handles, completes, retries, holds, dead-letters.
import { Construct } from 'constructs';

import { processorTimeoutSeconds } from './limits.ts';
import { MESSAGE_GROUP } from './line.ts';
import type { PipelineStackProps } from './pipeline-stack.ts';
import { RustFunction } from './rust-function.ts';
import type { SharedStack } from './shared-stack.ts';

export interface ProcessorProps extends PipelineStackProps {
  readonly shared: SharedStack;
}

export class Processor extends Construct {
  readonly rust: RustFunction;

  constructor(scope: Construct, id: string, props: ProcessorProps) {
    super(scope, id);
    const { environment, shared } = props;
    const line = shared.line.queue;
    const deadLetters = shared.deadLetters.queue;
    const table = shared.records.table;
    this.rust = new RustFunction(this, 'Processor', {
      ...props,
      name: 'processor',
      description: 'Taskline: handles tasks, one at a time',
      timeoutSeconds: processorTimeoutSeconds(environment.handlerTimeoutSeconds),
      variables: {
        QUEUE_URL: line.queueUrl,
        DEAD_LETTER_QUEUE_URL: deadLetters.queueUrl,
        TABLE_NAME: table.tableName,
        MESSAGE_GROUP,
        // The dimension of its metrics (lib/line-alarms.ts).
        PIPELINE: props.environmentName,
        FAILURE_POLICY: environment.failurePolicy,
        ATTEMPT_BUDGET: environment.attemptBudget.toString(),
        HANDLER_TIMEOUT_SECONDS: environment.handlerTimeoutSeconds.toString(),
        RETRY_BASE_SECONDS: environment.retryBaseSeconds.toString(),
        RETRY_MAX_SECONDS: environment.retryMaxSeconds.toString(),
        // The webhook handler waits until its secret can come from Secrets Manager: here everyone who may see a
        // function's configuration would read it.
        TASK_HANDLER: 'record',
      },
    });
    this.rust.mayOn(
      line.queueArn,
      // The first three are what the event source mapping does in the function's name.
      'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility',
    );
    this.rust.mayOn(deadLetters.queueArn, 'sqs:SendMessage');
    this.rust.mayOn(table.tableArn, 'dynamodb:GetItem', 'dynamodb:PutItem');
  }
}
