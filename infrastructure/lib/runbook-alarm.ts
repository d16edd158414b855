// An alarm whose description has its meaning, its severity, the first command to run, and the link to the runbook.
import { Duration, Tags } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Construct } from 'constructs';

import type { ApiStack } from './api-stack.ts';
import type { Processor } from './processor.ts';
import type { PipelineName } from './settings/pipeline-name.ts';
import type { Settings } from './settings/table.ts';
import type { SharedStack } from './shared-stack.ts';

/** What the alarms and the dashboard observe. */
export interface Watched {
  readonly name: PipelineName;
  readonly settings: Settings;
  readonly shared: SharedStack;
  readonly api: ApiStack;
  readonly processor: Processor;
}

/** `page`: callers are refused or the line does not move, now. `ticket`: it can wait until the morning. */
export type Severity = 'page' | 'ticket';

/** What a period without data means, by how often the metric is written. */
const treatments = {
  /** Written only when something happened: without data, nothing happened. */
  nothingHappened: TreatMissingData.NOT_BREACHING,
  /** Written all the time: without data, nothing is known, and the alarm keeps its state. WatchSilent reports the silence. */
  nothingIsKnown: TreatMissingData.IGNORE,
  /** The silence is the fault. */
  isTheFault: TreatMissingData.BREACHING,
} as const;

export interface RunbookAlarmProps {
  readonly watched: Watched;
  readonly severity: Severity;
  /** One or two sentences for the person who gets the mail. */
  readonly means: string;
  /** What to run first, without `taskline` and without `--stack`. */
  readonly command: string;
  readonly metric: IMetric;
  /** The alarm fires above this value, or below it. */
  readonly threshold: { readonly above: number } | { readonly below: number };
  /** How many periods are evaluated; one by default. */
  readonly periods?: number;
  /** How many of them must be beyond the threshold; all by default. */
  readonly periodsBeyond?: number;
  readonly silence: keyof typeof treatments;
}

export const MINUTE = Duration.minutes(1);
export const FIVE_MINUTES = Duration.minutes(5);

export class RunbookAlarm extends Construct {
  readonly alarm: Alarm;

  /** `id` is the runbook's heading, and the last part of the alarm's name. */
  constructor(scope: Construct, id: string, props: RunbookAlarmProps) {
    super(scope, id);
    const { name, settings, shared } = props.watched;
    const isAbove = 'above' in props.threshold;
    const runbook = settings.runbookUrl ?? 'docs/runbook.md';
    this.alarm = new Alarm(this, 'Alarm', {
      alarmName: `${name.full}-${props.severity}-${id}`,
      alarmDescription: [
        props.means,
        `Run first: taskline ${props.command} --stack ${name.stack('Processing')}`,
        `Runbook: ${runbook}#${id.toLowerCase()}`,
      ].join('\n'),
      metric: props.metric,
      comparisonOperator: isAbove ? ComparisonOperator.GREATER_THAN_THRESHOLD : ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 'above' in props.threshold ? props.threshold.above : props.threshold.below,
      evaluationPeriods: props.periods ?? 1,
      datapointsToAlarm: props.periodsBeyond ?? props.periods ?? 1,
      treatMissingData: treatments[props.silence],
    });
    Tags.of(this.alarm).add('severity', props.severity);
    const notify = new SnsAction(shared.alarms.topic);
    this.alarm.addAlarmAction(notify);
    this.alarm.addOkAction(notify);
  }
}
