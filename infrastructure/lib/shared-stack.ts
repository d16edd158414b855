// SharedStack: the resources that outlive every release: the line, its dead-letter queue, the records, and the alarm topic.
import type { Construct } from 'constructs';

import { AlarmTopic } from './alarm-topic.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { requireHandler } from './handlers.ts';
import { Line } from './line.ts';
import { PipelineStack, type PipelineStackProps } from './pipeline-stack.ts';
import { ofData } from './removal-policy.ts';
import { TaskRecords } from './task-records.ts';
import { handlerSecondsOf } from './types/types-file.ts';

export class SharedStack extends PipelineStack {
  readonly line: Line;
  readonly deadLetters: DeadLetterQueue;
  readonly records: TaskRecords;
  readonly alarms: AlarmTopic;

  constructor(scope: Construct, part: 'Shared', props: PipelineStackProps) {
    super(scope, part, { ...props, description: 'Taskline: the line, its dead letters, the records' });
    const { queueName, deadLetterQueueName } = props.settings;
    const removalPolicy = ofData(props.settings);
    const lineName = props.name.queue('line');

    this.deadLetters = new DeadLetterQueue(this, 'DeadLetters', {
      queueName: props.name.queue('dead-letters'),
      adoptedName: deadLetterQueueName,
      lineName,
      removalPolicy,
      key: this.key,
    });
    this.line = new Line(this, 'Line', {
      queueName: lineName,
      adoptedName: queueName,
      deadLetters: this.deadLetters,
      handlerSeconds: handlerSecondsOf(props.settings, props.types),
      removalPolicy,
      key: this.key,
    });
    this.records = new TaskRecords(this, 'Records', props.settings, this.key);
    this.alarms = new AlarmTopic(this, 'Alarms', props.settings, this.key);
    // A throwaway deployment keeps no queues.
    requireHandler(this, props);
  }
}
