// Alarms on the watch itself, and on the canary.
import { Construct } from 'constructs';

import { RunbookAlarm, type Watched } from './runbook-alarm.ts';
import { observed } from './watch-metric.ts';

export class WatchAlarms extends Construct {
  readonly alarms: RunbookAlarm[];

  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    this.alarms = [
      new RunbookAlarm(this, 'WatchSilent', {
        watched,
        severity: 'page',
        means: 'The watch has written nothing for several runs, so the other alarms may be blind.',
        command: 'line status',
        // Every run that could read the pipeline writes this metric once, also when it is 0.
        metric: observed(watched, 'NeedsAttention', 'SampleCount'),
        threshold: { below: 1 },
        periods: 5,
        periodsBeyond: 3,
        silence: 'isTheFault',
      }),
      ...(watched.settings.canary === undefined ? [] : [new RunbookAlarm(this, 'CanaryMissed', {
        watched,
        severity: 'page',
        means: 'A canary task was not completed before the next one was due.',
        command: 'line status',
        metric: observed(watched, 'CanaryMissed'),
        threshold: { above: 0 },
        silence: 'nothingIsKnown',
      })]),
    ];
  }
}
