// An alarm that says what it means, where the runbook speaks of it and which command to begin with.
import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Construct } from 'constructs';

import type { ApiStack } from './api-stack.ts';
import type { Processor } from './processor.ts';
import type { PipelineName } from './settings/pipeline-name.ts';
import type { Settings } from './settings/table.ts';
import type { SharedStack } from './shared-stack.ts';

/** What the alarms and the dashboard look at. */
export interface Watched {
  readonly name: PipelineName;
  readonly settings: Settings;
  readonly shared: SharedStack;
  readonly api: ApiStack;
  readonly processor: Processor;
}

export interface RunbookAlarmProps {
  readonly watched: Watched;
  /** One sentence, for whoever is woken by it. */
  readonly means: string;
  /** What to run first, without `taskline` and without `--stack`. */
  readonly command: string;
  readonly metric: IMetric;
  /** Alarms above this. */
  readonly above: number;
  /** How many periods are looked at; one by default. */
  readonly periods?: number;
  /** How many of them must be above; all by default. */
  readonly periodsAbove?: number;
}

export const MINUTE = Duration.minutes(1);
export const FIVE_MINUTES = Duration.minutes(5);

export class RunbookAlarm extends Construct {
  readonly alarm: Alarm;

  /** `id` is the alarm's name, and the runbook's heading. */
  constructor(scope: Construct, id: string, props: RunbookAlarmProps) {
    super(scope, id);
    const { name } = props.watched;
    this.alarm = new Alarm(this, 'Alarm', {
      alarmName: `${name.full}-${id}`,
      alarmDescription: [
        props.means,
        `Runbook: docs/runbook.md#${id.toLowerCase()}`,
        `Begin with: taskline ${props.command} --stack ${name.stack('Processing')}`,
      ].join('\n'),
      metric: props.metric,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: props.above,
      evaluationPeriods: props.periods ?? 1,
      datapointsToAlarm: props.periodsAbove ?? props.periods ?? 1,
      // SQS is silent about a queue that was idle for six hours, Lambda and API Gateway about what nobody called: in
      // all of these no news is good news.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    const notify = new SnsAction(props.watched.shared.alarms.topic);
    this.alarm.addAlarmAction(notify);
    this.alarm.addOkAction(notify);
  }
}
