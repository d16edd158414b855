// Alarms on the dead-letter queue.
import { Construct } from 'constructs';

import { limits } from './limits.ts';
import { MINUTE, RunbookAlarm, type Watched } from './runbook-alarm.ts';

export class DeadLetterAlarms extends Construct {
  readonly alarms: RunbookAlarm[];

  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    const { queue } = watched.shared.deadLetters;
    this.alarms = [
      new RunbookAlarm(this, 'DeadLetterQueueNotEmpty', {
        watched,
        means: 'At least one task was given up on and waits for a person; the line went on without it.',
        command: 'dead-letters list',
        // Visible messages, not sent ones: NumberOfMessagesSent doesn't count what SQS moves here by itself.
        metric: queue.metricApproximateNumberOfMessagesVisible({ period: MINUTE, statistic: 'Maximum' }),
        above: 0,
      }),
      new RunbookAlarm(this, 'DeadLetterRetentionRunningOut', {
        watched,
        means: 'The oldest dead letter has used up half of the time that SQS keeps it; then its message is lost.',
        command: 'dead-letters reconcile',
        metric: queue.metricApproximateAgeOfOldestMessage({ period: MINUTE, statistic: 'Maximum' }),
        above: limits.retentionSecondsMax / 2,
      }),
    ];
  }
}
