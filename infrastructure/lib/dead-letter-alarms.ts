// Alarms on dead letters.
import { Construct } from 'constructs';

import { limits } from './limits.ts';
import { RunbookAlarm, type Watched } from './runbook-alarm.ts';
import { observed, periodsIn } from './watch-metric.ts';

/** A large redrive receives messages of the dead-letter queue and makes them visible again, for minutes. */
const UNRECORDED_MINUTES = 15;

export class DeadLetterAlarms extends Construct {
  readonly alarms: RunbookAlarm[];

  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    this.alarms = [
      new RunbookAlarm(this, 'NewDeadLetters', {
        watched,
        severity: 'ticket',
        means: 'Tasks were dead-lettered within the last minutes. The line went on without them.',
        command: 'dead-letters list --newer-than 1hour',
        metric: observed(watched, 'NewDeadLetters'),
        threshold: { above: 0 },
        silence: 'nothingIsKnown',
      }),
      new RunbookAlarm(this, 'NeedsAttention', {
        watched,
        severity: 'ticket',
        means: 'At least one task needs attention: it is a dead letter, it holds the line, or its redrive was interrupted. '
          + 'The alarm stays on until there is none.',
        command: 'dead-letters list',
        metric: observed(watched, 'NeedsAttention'),
        threshold: { above: 0 },
        periods: 2,
        silence: 'nothingIsKnown',
      }),
      new RunbookAlarm(this, 'AttentionOverdue', {
        watched,
        severity: 'ticket',
        means: 'A task has needed attention for more than seven days. After fourteen, SQS deletes its message; its record stays.',
        command: 'dead-letters list --older-than 7days',
        metric: observed(watched, 'NeedsAttentionAge'),
        threshold: { above: limits.retentionSecondsMax / 2 },
        silence: 'nothingIsKnown',
      }),
      new RunbookAlarm(this, 'UnrecordedDeadLetters', {
        watched,
        severity: 'ticket',
        means: 'The dead-letter queue holds more messages than there are dead letters on record: SQS moved a task there, or '
          + 'messages of tasks that were redriven or discarded are left over.',
        command: 'dead-letters reconcile',
        metric: observed(watched, 'UnrecordedDeadLetters', 'Minimum'),
        threshold: { above: 0 },
        periods: periodsIn(watched, UNRECORDED_MINUTES),
        silence: 'nothingIsKnown',
      }),
    ];
  }
}
