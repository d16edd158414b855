// The watch's function: observes the pipeline on a schedule, and submits canary tasks where that is wanted.
import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';

import { MESSAGE_GROUP } from './line.ts';
import type { PipelineStackProps } from './pipeline-stack.ts';
import { RustFunction } from './rust-function.ts';
import { secondsOfRate } from './settings/kinds.ts';
import type { SharedStack } from './shared-stack.ts';
import { NEEDS_ATTENTION } from './task-records.ts';

/** Four pages of the index and a canary task, each call with its own limit (watch/src/pipeline.rs); below one interval. */
const TIMEOUT_SECONDS = 40;

export interface WatchProps extends PipelineStackProps {
  readonly shared: SharedStack;
  readonly key: IKey | undefined;
}

export class Watch extends Construct {
  readonly rust: RustFunction;

  constructor(scope: Construct, id: string, props: WatchProps) {
    super(scope, id);
    const { settings, shared } = props;
    const line = shared.line.queue;
    const deadLetters = shared.deadLetters.queue;
    const table = shared.records.table;
    this.rust = new RustFunction(this, 'Watch', {
      pipeline: props,
      key: props.key,
      // One run ends before the next is due.
      reservedConcurrency: undefined,
      name: 'watch',
      description: 'Taskline: observes the pipeline and writes metrics',
      timeoutSeconds: TIMEOUT_SECONDS,
      variables: {
        QUEUE_URL: line.queueUrl,
        DEAD_LETTER_QUEUE_URL: deadLetters.queueUrl,
        TABLE_NAME: table.tableName,
        MESSAGE_GROUP,
        ...(settings.canary !== undefined && { CANARY_SECONDS: secondsOfRate(settings.canary).toString() }),
      },
    });
    this.rust.mayOn(`${table.tableArn}/index/${NEEDS_ATTENTION}`, 'dynamodb:Query');
    this.rust.mayOn(line.queueArn, 'sqs:GetQueueAttributes');
    this.rust.mayOn(deadLetters.queueArn, 'sqs:GetQueueAttributes');
    if (settings.canary !== undefined) {
      this.rust.mayOn(table.tableArn, 'dynamodb:GetItem', 'dynamodb:PutItem');
      this.rust.mayOn(line.queueArn, 'sqs:SendMessage');
      this.rust.mayUseKeyVia('sqs');
    }
    this.rust.mayUseKeyVia('dynamodb');
    // A failed run is not retried: the next run observes the same state and later changes.
    this.rust.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    Validations.of(this.rust.function.node.findChild('EventInvokeConfig')).acknowledge({
      id: 'Serverless-LambdaAsyncFailureDestination',
      reason: 'The event of a run has no data worth keeping, and WatchSilent reports failed runs.',
    });
    this.schedule(settings.watchMinutes);
  }

  private schedule(minutes: number): void {
    const { functionArn } = this.rust.function;
    const role = new Role(this, 'ScheduleRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } } }),
      description: 'Lets EventBridge Scheduler invoke the watch',
    });
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }));
    const schedule = new CfnSchedule(this, 'Schedule', {
      description: 'Runs the watch',
      scheduleExpression: `rate(${minutes} minute${minutes === 1 ? '' : 's'})`,
      flexibleTimeWindow: { mode: 'OFF' },
      target: { arn: functionArn, roleArn: role.roleArn, retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 } },
    });
    schedule.node.addDependency(role);
  }
}
