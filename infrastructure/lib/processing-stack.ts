// ProcessingStack: the processor, the alarms and the dashboard, and the outputs that `taskline --stack` reads.
import { CfnOutput } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ApiStack } from './api-stack.ts';
import { ApiAlarms } from './api-alarms.ts';
import { Dashboard } from './dashboard.ts';
import { DeadLetterAlarms } from './dead-letter-alarms.ts';
import { Delivery } from './delivery.ts';
import { requireHandler } from './handlers.ts';
import { LineAlarms } from './line-alarms.ts';
import { MESSAGE_GROUP } from './line.ts';
import { PipelineStack, type PipelineStackProps } from './pipeline-stack.ts';
import { ProcessorAlarms } from './processor-alarms.ts';
import { Processor } from './processor.ts';
import type { SharedStack } from './shared-stack.ts';
import { WatchAlarms } from './watch-alarms.ts';
import { Watch } from './watch.ts';

export interface ProcessingStackProps extends PipelineStackProps {
  readonly shared: SharedStack;
  readonly api: ApiStack;
}

/**
 * CloudFormation documents no limit for the value of an output, and 4,096 bytes for that of a parameter. Above that there is
 * no output, and the program learns from the API which types it knows.
 */
const OUTPUT_BYTES_MAX = 4_096;

export class ProcessingStack extends PipelineStack {
  readonly processor: Processor;
  readonly delivery: Delivery;
  readonly watch: Watch;

  constructor(scope: Construct, part: 'Processing', props: ProcessingStackProps) {
    super(scope, part, { ...props, description: 'Taskline: handles tasks in order, and watches' });
    const { name, settings, types, shared, api } = props;
    this.processor = new Processor(this, 'Processor', { ...props, key: this.key });
    requireHandler(this, props);
    this.delivery = new Delivery(this, 'Delivery', { line: shared.line, processor: this.processor });

    this.watch = new Watch(this, 'Watch', { ...props, key: this.key });

    const watched = { name, settings, shared, api, processor: this.processor };
    const alarms = [
      new DeadLetterAlarms(this, 'DeadLetterAlarms', watched),
      new LineAlarms(this, 'LineAlarms', watched),
      new WatchAlarms(this, 'WatchAlarms', watched),
      new ProcessorAlarms(this, 'ProcessorAlarms', watched),
      new ApiAlarms(this, 'ApiAlarms', watched),
    ].flatMap((group) => group.alarms);
    new Dashboard(this, 'Dashboard', { ...watched, alarms });

    // The outputs of this one stack have everything that operating needs.
    const outputs = {
      Pipeline: name.full,
      QueueUrl: shared.line.queue.queueUrl,
      DeadLetterQueueUrl: shared.deadLetters.queue.queueUrl,
      MessageGroup: MESSAGE_GROUP,
      TableName: shared.records.table.tableName,
      EventSourceMappingId: this.delivery.mapping.eventSourceMappingId,
      CodeVersion: this.processor.rust.codeVersion,
      ProcessorFunctionName: this.processor.rust.function.functionName,
      WatchFunctionName: this.watch.rust.function.functionName,
      ApiUrl: api.taskApi.api.apiEndpoint,
      ...(api.taskApi.issuer?.outputs),
      AlarmTopicArn: shared.alarms.topic.topicArn,
      ...taskTypesOutput(settings.taskTypes ?? types.map(({ name: type }) => type)),
      ...(this.processor.webhook !== undefined && { WebhookSecretArn: this.processor.webhook.secret.secretArn }),
    };
    for (const [output, value] of Object.entries(outputs)) new CfnOutput(this, output, { value });
  }
}

/** The known types, unless all are, or they are too many for an output. */
function taskTypesOutput(names: readonly string[]): { TaskTypes?: string } {
  const value = names.join(',');
  return value === '' || value.length > OUTPUT_BYTES_MAX ? {} : { TaskTypes: value };
}
