// Alarms on the processor's function. A failed task is none of them: it is answered, recorded, and counted elsewhere.
import { Construct } from 'constructs';

import { FIVE_MINUTES, RunbookAlarm, type Watched } from './runbook-alarm.ts';

export class ProcessorAlarms extends Construct {
  readonly alarms: RunbookAlarm[];

  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    const processor = watched.processor.rust.function;
    this.alarms = [
      new RunbookAlarm(this, 'ProcessorErrors', {
        watched,
        // If it goes on, OldestTaskTooOld pages.
        severity: 'ticket',
        means: 'The processor crashed, ran out of time or memory, or could not start; the line waits out a visibility '
          + 'timeout each time.',
        command: 'line status',
        metric: processor.metricErrors({ period: FIVE_MINUTES, statistic: 'Sum' }),
        threshold: { above: 0 },
        silence: 'nothingHappened',
      }),
      new RunbookAlarm(this, 'ProcessorThrottles', {
        watched,
        severity: 'page',
        means: 'Lambda refuses to run the processor: the account\'s concurrency is used up, or reserved away.',
        command: 'line status',
        metric: processor.metricThrottles({ period: FIVE_MINUTES, statistic: 'Sum' }),
        threshold: { above: 0 },
        silence: 'nothingHappened',
        // One is tried again by Lambda; a second period in a row is no accident.
        periods: 2,
      }),
    ];
  }
}
