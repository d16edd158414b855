// The dashboard: alarms first, then what needs attention, the line, the processor, the API.
import { AlarmStatusWidget, Dashboard as CloudWatchDashboard, GraphWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';

import { FIVE_MINUTES, type RunbookAlarm, type Watched } from './runbook-alarm.ts';
import { byClass, observed, written } from './watch-metric.ts';

export interface DashboardProps extends Watched {
  readonly alarms: readonly RunbookAlarm[];
}

export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const line = props.shared.line.queue;
    const deadLetters = props.shared.deadLetters.queue;
    const processor = props.processor.rust.function;
    const { api } = props.api.taskApi;
    const highest = { period: FIVE_MINUTES, statistic: 'Maximum' };
    const total = { period: FIVE_MINUTES, statistic: 'Sum' };
    const sum = (metric: string): IMetric => written(props, metric, 'Sum', FIVE_MINUTES);
    const percentiles = (metric: string): IMetric[] => ['p50', 'p99'].map((each) => written(props, metric, each, FIVE_MINUTES));
    const graph = (title: string, ...left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: 12 });

    new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: props.name.full,
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms: props.alarms.map((each) => each.alarm), width: 24 })],
        [
          new GraphWidget({
            title: 'Needs attention',
            left: [observed(props, 'NeedsAttention'), observed(props, 'NewDeadLetters'), observed(props, 'HeldLines')],
            right: [observed(props, 'NeedsAttentionAge')],
            width: 12,
          }),
          new GraphWidget({ title: 'Needs attention, by class of failure', left: [byClass(props, 'NeedsAttention')], stacked: true, width: 12 }),
        ],
        [
          graph('Tasks in line', line.metricApproximateNumberOfMessagesVisible(highest), line.metricApproximateNumberOfMessagesNotVisible(highest)),
          new GraphWidget({
            title: 'Head of the line: age, handler unavailable, failed attempts',
            left: [line.metricApproximateAgeOfOldestMessage(highest), observed(props, 'HandlerUnavailable')],
            right: [observed(props, 'HeadFailedAttempts')],
            width: 12,
          }),
        ],
        [
          graph('Accepted', line.metricNumberOfMessagesSent(total)),
          graph('Ends of attempts', sum('Completed'), sum('Retried'), sum('Unavailable'), sum('DeadLettered')),
        ],
        [graph('Wait in line', ...percentiles('QueueWait')), graph('Time in the handler', ...percentiles('HandleDuration'))],
        [
          graph('Dead-letter queue', deadLetters.metricApproximateNumberOfMessagesVisible(highest), observed(props, 'UnrecordedDeadLetters')),
          graph('Processor', processor.metricInvocations(total), processor.metricErrors(total), processor.metricThrottles(total)),
        ],
        [
          graph('API, requests', api.metricCount(total), api.metricClientError(total), api.metricServerError(total)),
          graph('API, latency', api.metricLatency({ period: FIVE_MINUTES, statistic: 'p50' }), api.metricLatency({ period: FIVE_MINUTES, statistic: 'p99' })),
        ],
      ],
    });
  }
}
