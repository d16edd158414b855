// Where alarms go: the pipeline's topic, with an optional subscribed address, or an existing topic.
import { Stack, Validations } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

import type { Settings } from './settings/table.ts';

export class AlarmTopic extends Construct {
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, settings: Settings, key: IKey | undefined) {
    super(scope, id);
    const { alarmTopicArn, alarmEmail } = settings;
    this.topic = alarmTopicArn === undefined ? this.ownTopic(alarmEmail, key) : Topic.fromTopicArn(this, 'Topic', alarmTopicArn);
  }

  private ownTopic(email: string | undefined, key: IKey | undefined): Topic {
    const topic = new Topic(this, 'Topic', { enforceSSL: true, ...(key !== undefined && { masterKey: key }) });
    // A topic with an explicit policy loses the default one, which lets CloudWatch publish: without this
    // statement every alarm would be silent.
    topic.addToResourcePolicy(new PolicyStatement({
      sid: 'AlarmsOfThisAccount',
      effect: Effect.ALLOW,
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    }));
    if (email !== undefined) {
      Validations.of(topic.addSubscription(new EmailSubscription(email))).acknowledge({
        id: 'Serverless-SNSRedrivePolicy',
        reason: 'A mail that SNS can\'t deliver would wait in an unread queue: the alarm stays on, and WatchSilent and the dashboard do not depend on mail.',
      });
    }
    return topic;
  }
}
