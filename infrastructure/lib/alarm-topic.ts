// Where alarms go. Who listens is subscribed by whoever deploys: addresses are not code.
import { Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, key: IKey | undefined) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { enforceSSL: true, ...(key !== undefined && { masterKey: key }) });
    // A topic with a policy of its own loses the default one, by which CloudWatch could publish: without this
    // statement every alarm would be silent.
    this.topic.addToResourcePolicy(new PolicyStatement({
      sid: 'AlarmsOfThisAccount',
      effect: Effect.ALLOW,
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [this.topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    }));
  }
}
