// The dashboard: what is asked first stands first. Alarms, then the line, the processor, the API.
import { AlarmStatusWidget, Dashboard as CloudWatchDashboard, GraphWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';

import { FIVE_MINUTES, type RunbookAlarm, type Watched } from './runbook-alarm.ts';

export interface DashboardProps extends Watched {
  readonly alarms: readonly RunbookAlarm[];
}

export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const line = props.shared.line.queue;
    const deadLetters = props.shared.deadLetters.queue;
    const processor = props.processor.rust.function;
    const { api } = props.api.frontDoor;
    const highest = { period: FIVE_MINUTES, statistic: 'Maximum' };
    const total = { period: FIVE_MINUTES, statistic: 'Sum' };
    const graph = (title: string, ...left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: 12 });

    new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: props.name.full,
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms: props.alarms.map((each) => each.alarm), width: 24 })],
        [
          graph('Tasks in line', line.metricApproximateNumberOfMessagesVisible(highest), line.metricApproximateNumberOfMessagesNotVisible(highest)),
          graph('Age of the head of the line', line.metricApproximateAgeOfOldestMessage(highest)),
        ],
        [
          graph('Accepted and handled', line.metricNumberOfMessagesSent(total), line.metricNumberOfMessagesDeleted(total)),
          graph('Dead letters', deadLetters.metricApproximateNumberOfMessagesVisible(highest)),
        ],
        [
          graph('Processor', processor.metricInvocations(total), processor.metricErrors(total), processor.metricThrottles(total)),
          graph('Processor, duration', processor.metricDuration({ period: FIVE_MINUTES, statistic: 'p99' })),
        ],
        [
          graph('API, requests', api.metricCount(total), api.metricClientError(total), api.metricServerError(total)),
          graph('API, latency', api.metricLatency({ period: FIVE_MINUTES, statistic: 'p50' }), api.metricLatency({ period: FIVE_MINUTES, statistic: 'p99' })),
        ],
      ],
    });
  }
}
