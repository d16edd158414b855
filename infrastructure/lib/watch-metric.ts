// The metrics that the functions write (shared/src/metric.rs): of the namespace Taskline and the dimension Pipeline.
import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';

import type { Watched } from './runbook-alarm.ts';

export const NAMESPACE = 'Taskline';

/** What the watch writes in each run. One run falls into each period. */
export function observed(watched: Watched, metricName: string, statistic = 'Maximum'): Metric {
  return written(watched, metricName, statistic, Duration.minutes(watched.settings.watchMinutes));
}

/** What the functions write when something happens. */
export function written(watched: Watched, metricName: string, statistic: string, period: Duration): Metric {
  return new Metric({ namespace: NAMESPACE, metricName, dimensionsMap: { Pipeline: watched.name.full }, period, statistic });
}

/** A metric by the class of the failure; only classes that occur are written, so they are searched for. */
export function byClass(watched: Watched, metricName: string): IMetric {
  const search = `{${NAMESPACE},Pipeline,Class} MetricName="${metricName}" Pipeline="${watched.name.full}"`;
  return new MathExpression({ expression: `SEARCH('${search}', 'Maximum')`, label: '', period: Duration.minutes(5) });
}

/** How many periods of the watch so many minutes are; at least two, so that a single run decides nothing. */
export function periodsIn(watched: Watched, minutes: number): number {
  return Math.max(2, Math.ceil(minutes / watched.settings.watchMinutes));
}
