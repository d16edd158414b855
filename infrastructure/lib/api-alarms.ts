// Alarms on the API, as its callers see it.
import { Construct } from 'constructs';

import { FIVE_MINUTES, RunbookAlarm, type Watched } from './runbook-alarm.ts';

export class ApiAlarms extends Construct {
  readonly alarms: RunbookAlarm[];

  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    const { api } = watched.api.taskApi;
    this.alarms = [
      new RunbookAlarm(this, 'ApiServerErrors', {
        watched,
        severity: 'page',
        means: 'Callers got a 5xx; each is safe to retry with its Idempotency-Key.',
        command: 'dead-letters reconcile',
        metric: api.metricServerError({ period: FIVE_MINUTES, statistic: 'Sum' }),
        // A single 503 that a client retries successfully does not raise the alarm.
        threshold: { above: 4 },
        silence: 'nothingHappened',
      }),
      new RunbookAlarm(this, 'ApiLatencyHigh', {
        watched,
        severity: 'ticket',
        means: `One request in a hundred takes longer than ${watched.settings.latencyP99MillisecondsMax} ms.`,
        command: 'line status',
        metric: api.metricLatency({ period: FIVE_MINUTES, statistic: 'p99' }),
        threshold: { above: watched.settings.latencyP99MillisecondsMax },
        silence: 'nothingHappened',
        // Cold starts make a single period slow where there is little traffic.
        periods: 3,
      }),
    ];
  }
}
