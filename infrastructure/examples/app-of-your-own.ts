// A CDK app of your own that holds two pipelines beside a stack of yours. Run it from here with
// `npx cdk synth --app 'node --import tsx examples/app-of-your-own.ts'`; in an app of yours the import is the same.
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Pipeline, type PipelineProps } from 'taskline-infrastructure';

const app = new App();

const common = {
  environment: 'prod',
  deletionProtection: true,
  logRetentionDays: RetentionDays.THREE_MONTHS,
  jwtIssuer: 'https://id.example',
  jwtAudience: ['shop'],
} satisfies PipelineProps;

const orders = new Pipeline(app, 'Orders', { ...common, pipeline: 'orders', handler: 'webhook', webhookUrl: 'https://orders.example/tasks', attemptBudget: 3 });
const invoices = new Pipeline(app, 'Invoices', { ...common, pipeline: 'invoices', handler: 'webhook', webhookUrl: 'https://invoices.example/tasks' });

// What a pipeline is made of can be used like any other resource.
const shop = new Stack(app, 'Shop');
for (const { api, shared, node } of [orders, invoices]) {
  new CfnOutput(shop, `${node.id}ApiUrl`, { value: api.taskApi.api.apiEndpoint });
  new Alarm(shop, `${node.id}Backlog`, {
    metric: shared.line.queue.metricApproximateNumberOfMessagesVisible(),
    threshold: 10_000,
    evaluationPeriods: 3,
  });
}
