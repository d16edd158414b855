// Alarms on the line: does it move, is it held, does its head grow too old to keep?
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';

import { limits } from './limits.ts';
import { FIVE_MINUTES, MINUTE, RunbookAlarm, type Watched } from './runbook-alarm.ts';

/** Looks back a little further than a hold lasts before it is renewed, so that a held line is one alarm and no flicker. */
const heldPeriods = Math.ceil((1.25 * limits.holdVisibilitySeconds) / FIVE_MINUTES.toSeconds());

export class LineAlarms extends Construct {
  readonly alarms: RunbookAlarm[];

  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    const { queue } = watched.shared.line;
    // On a FIFO queue the oldest message is the head of the line, also while it is hidden.
    const age = queue.metricApproximateAgeOfOldestMessage({ period: MINUTE, statistic: 'Maximum' });
    this.alarms = [
      new RunbookAlarm(this, 'OldestTaskTooOld', {
        watched,
        means: `The head of the line has waited for more than ${watched.settings.oldestTaskSecondsMax} s.`,
        command: 'line status',
        metric: age,
        above: watched.settings.oldestTaskSecondsMax,
        periods: 3,
      }),
      new RunbookAlarm(this, 'LineHeld', {
        watched,
        means: 'The line stands still at a task that can\'t succeed, until a person decides.',
        command: 'held show',
        // No metric of SQS tells a held head from a slow one. The processor counts this one whenever it holds a task
        // and whenever it renews the hold.
        metric: new Metric({
          namespace: 'Taskline',
          metricName: 'Held',
          dimensionsMap: { Pipeline: watched.name.full },
          period: FIVE_MINUTES,
          statistic: 'Sum',
        }),
        above: 0,
        periods: heldPeriods,
        periodsAbove: 1,
      }),
      new RunbookAlarm(this, 'LineRetentionRunningOut', {
        watched,
        means: 'The head of the line, held or stuck, has used up half of the time that SQS keeps a message; '
          + 'then it and those behind it are lost from the line one by one.',
        command: 'held show',
        metric: age,
        above: limits.retentionSecondsMax / 2,
      }),
    ];
  }
}
