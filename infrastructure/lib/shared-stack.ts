// SharedStack: what outlives every release. The line, its dead-letter queue, the records, and where alarms go.
import { AlarmTopic } from './alarm-topic.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { Line } from './line.ts';
import { PipelineStack, type PipelineStackProps } from './pipeline-stack.ts';
import { TaskRecords } from './task-records.ts';
import type { Construct } from 'constructs';

export class SharedStack extends PipelineStack {
  readonly line: Line;
  readonly deadLetters: DeadLetterQueue;
  readonly records: TaskRecords;
  readonly alarms: AlarmTopic;

  constructor(scope: Construct, id: string, props: PipelineStackProps) {
    super(scope, id, { ...props, description: 'Taskline: the line, its dead letters, the records' });
    const lineName = `taskline-${props.environmentName}-line.fifo`;

    this.deadLetters = new DeadLetterQueue(this, 'DeadLetters', {
      queueName: `taskline-${props.environmentName}-dead-letters.fifo`,
      lineName,
    });
    this.line = new Line(this, 'Line', {
      queueName: lineName,
      deadLetters: this.deadLetters,
      handlerTimeoutSeconds: props.environment.handlerTimeoutSeconds,
    });
    this.records = new TaskRecords(this, 'Records', { deletionProtection: props.environment.deletionProtection });
    this.alarms = new AlarmTopic(this, 'Alarms');
  }
}
