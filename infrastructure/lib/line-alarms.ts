// Alarms on the line: whether it is held, whether it waits for its handler, whether its head only fails, and whether its head
// grows too old.
import { Construct } from 'constructs';

import { limits } from './limits.ts';
import { MINUTE, RunbookAlarm, type Watched } from './runbook-alarm.ts';
import { observed, periodsIn } from './watch-metric.ts';

/** Longer than the retries of a usual task, which then succeeds or becomes a dead letter. */
const HEAD_FAILING_MINUTES = 10;

/** Longer than a redeployment of the handler's service usually takes. */
const HANDLER_UNAVAILABLE_SECONDS = 300;

export class LineAlarms extends Construct {
  readonly alarms: RunbookAlarm[];

  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    const { queue } = watched.shared.line;
    // The oldest message of a FIFO queue is the head of the line, also while it is hidden. SQS writes this metric while a
    // queue is active, and the watch's own calls keep it so (SQS developer guide, "Available CloudWatch metrics").
    const age = queue.metricApproximateAgeOfOldestMessage({ period: MINUTE, statistic: 'Maximum' });
    this.alarms = [
      new RunbookAlarm(this, 'LineHeld', {
        watched,
        severity: 'page',
        means: 'The line is held at a task that can\'t succeed, until an operator decides.',
        command: 'held show',
        metric: observed(watched, 'HeldLines'),
        threshold: { above: 0 },
        silence: 'nothingIsKnown',
      }),
      new RunbookAlarm(this, 'HandlerUnavailable', {
        watched,
        severity: 'page',
        means: `The service that handles tasks has been unavailable for more than ${HANDLER_UNAVAILABLE_SECONDS} s. The line waits for it, and no attempt is spent.`,
        command: 'line status',
        metric: observed(watched, 'HandlerUnavailable'),
        threshold: { above: HANDLER_UNAVAILABLE_SECONDS },
        silence: 'nothingIsKnown',
      }),
      new RunbookAlarm(this, 'HeadFailing', {
        watched,
        severity: 'page',
        means: `For ${HEAD_FAILING_MINUTES} minutes, every attempt of the task at the head of the line has failed: the handler, or what it calls, is probably out of order.`,
        command: 'line status',
        metric: observed(watched, 'HeadFailedAttempts', 'Minimum'),
        threshold: { above: 0 },
        periods: periodsIn(watched, HEAD_FAILING_MINUTES),
        silence: 'nothingIsKnown',
      }),
      new RunbookAlarm(this, 'OldestTaskTooOld', {
        watched,
        severity: 'page',
        means: `The head of the line has waited for more than ${watched.settings.oldestTaskSecondsMax} s.`,
        command: 'line status',
        metric: age,
        threshold: { above: watched.settings.oldestTaskSecondsMax },
        periods: 3,
        silence: 'nothingIsKnown',
      }),
      new RunbookAlarm(this, 'LineRetentionRunningOut', {
        watched,
        severity: 'page',
        means: 'The head of the line has used up half of the time that SQS keeps a message. After that, SQS deletes it and '
          + 'those behind it one by one.',
        command: 'held show',
        metric: age,
        threshold: { above: limits.retentionSecondsMax / 2 },
        silence: 'nothingIsKnown',
      }),
    ];
  }
}
