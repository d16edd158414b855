// What each role may do: these actions on these resources, and not one more.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Template } from 'aws-cdk-lib/assertions';

import { all, one, templates } from './production.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const made = templates();
const withCanary = templates({ settings: { canary: 'rate(15 minutes)' } });
const withWebhook = templates({ settings: { handler: 'webhook', webhookUrl: 'https://hooks.example/' } });

/** `resource: action action`, resources by the names that CDK gave their constructs. */
function permissions(template: Template, role: string): string[] {
  const isOfRole = ({ Roles: roles }: { Roles?: unknown }): boolean => JSON.stringify(roles).includes(`"Ref":"${role}`);
  const { Statement: statements } = one(template, 'AWS::IAM::Policy', isOfRole).PolicyDocument as { Statement: Statement[] };
  return statements.map((statement) => {
    assert.equal(statement.Effect, 'Allow');
    const nameOf = (resource: unknown): string => /(?:FnGetAtt|")([A-Za-z]+?)[0-9A-F]{8}/.exec(JSON.stringify(resource))?.[1] ?? JSON.stringify(resource);
    const resources = [statement.Resource].flat().map(nameOf).sort().join(' and ');
    return `${resources}: ${[statement.Action].flat().sort().join(' ')}`;
  }).sort();
}

describe('permissions', () => {
  it('the API function sends to the line and puts and gets records', () => {
    assert.deepEqual(permissions(made.api, 'FunctionApiRole'), [
      'FunctionApiLogs: logs:CreateLogStream logs:PutLogEvents',
      'LineQueue: sqs:SendMessage',
      'RecordsTable: dynamodb:GetItem dynamodb:PutItem',
    ]);
  });

  it('the processor consumes the line, sends to the dead letters, and puts records', () => {
    assert.deepEqual(permissions(made.processing, 'ProcessorRole'), [
      'DeadLettersQueue: sqs:SendMessage',
      'LineQueue: sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage',
      'ProcessorLogs: logs:CreateLogStream logs:PutLogEvents',
      'RecordsTable: dynamodb:PutItem',
    ]);
  });

  it('the processor reads the webhook\'s secret where there is one, and no other', () => {
    const before = permissions(made.processing, 'ProcessorRole');
    const more = permissions(withWebhook.processing, 'ProcessorRole').filter((each) => !before.includes(each));
    assert.deepEqual(more, ['ProcessorWebhookSecret: secretsmanager:GetSecretValue']);
    assert.deepEqual(permissions(withWebhook.api, 'FunctionApiRole'), permissions(made.api, 'FunctionApiRole'));
  });

  it('the processor invokes the function that handles tasks: that one, by that alias, and no other', () => {
    const before = permissions(made.processing, 'ProcessorRole');
    const ownAccount = (resource: string): unknown => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':lambda:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, `:function:${resource}`]] });
    const arn = 'arn:aws:lambda:eu-west-1:111122223333:function:orders';
    const otherAccount = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':lambda:', { Ref: 'AWS::Region' }, ':111122223333:function:orders:7']] };
    for (const [handlerFunction, resource] of [
      ['orders', ownAccount('orders')], ['orders:live', ownAccount('orders:live')], ['function:orders', ownAccount('orders')],
      ['orders:$LATEST', ownAccount('orders:$LATEST')], ['111122223333:function:orders:7', otherAccount], [arn, arn], [`${arn}:live`, `${arn}:live`],
    ] as const) {
      const { processing } = templates({ settings: { handler: 'lambda', handlerFunction } });
      const { Statement: statements } = one(processing, 'AWS::IAM::Policy', (policy) => JSON.stringify(policy).includes('"Ref":"ProcessorRole')).PolicyDocument as { Statement: Statement[] };
      const invoking = statements.filter((statement) => JSON.stringify(statement.Action).includes('lambda:'));
      assert.deepEqual(invoking, [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: resource }], handlerFunction);
      assert.equal(permissions(processing, 'ProcessorRole').length, before.length + 1);
    }
  });

  it('the watch queries the index and counts messages, and submits where there is a canary', () => {
    assert.deepEqual(permissions(made.processing, 'WatchRole'), [
      'DeadLettersQueue and LineQueue: sqs:GetQueueAttributes',
      'RecordsTable: dynamodb:Query',
      'WatchLogs: logs:CreateLogStream logs:PutLogEvents',
    ]);
    const query = JSON.stringify(one(made.processing, 'AWS::IAM::Policy', (policy) => JSON.stringify(policy).includes('dynamodb:Query')));
    assert.match(query, /"\/index\/needs-attention"/);
    assert.deepEqual(permissions(withCanary.processing, 'WatchRole'), [
      'DeadLettersQueue and LineQueue: sqs:GetQueueAttributes',
      'LineQueue: sqs:SendMessage',
      'RecordsTable: dynamodb:GetItem dynamodb:PutItem',
      'RecordsTable: dynamodb:Query',
      'WatchLogs: logs:CreateLogStream logs:PutLogEvents',
    ]);
  });

  it('the schedule invokes the watch, for schedules of this account', () => {
    assert.deepEqual(permissions(made.processing, 'WatchScheduleRole'), ['WatchFunction: lambda:InvokeFunction']);
    const role = one(made.processing, 'AWS::IAM::Role', (each) => JSON.stringify(each).includes('scheduler.amazonaws.com'));
    assert.match(JSON.stringify(role), /"aws:SourceAccount":\{"Ref":"AWS::AccountId"\}/);
  });

  it('the functions may send traces to X-Ray where that is on, and nothing else on every resource', () => {
    const traced = templates({ settings: { tracing: true } });
    for (const [stack, role] of [['api', 'FunctionApiRole'], ['processing', 'ProcessorRole'], ['processing', 'WatchRole']] as const) {
      const before = permissions(made[stack], role);
      const more = permissions(traced[stack], role).filter((each) => !before.includes(each));
      assert.deepEqual(more, ['"*": xray:PutTelemetryRecords xray:PutTraceSegments']);
    }
    for (const stack of ['api', 'processing'] as const) {
      for (const each of all(traced[stack], 'AWS::Lambda::Function')) assert.equal(each.TracingConfig.Mode, 'Active');
      for (const each of all(made[stack], 'AWS::Lambda::Function')) assert.equal(each.TracingConfig, undefined);
    }
  });

  it('there are no other roles, no managed policies and no inline ones', () => {
    const roles = Object.values(made).flatMap((template) => all(template, 'AWS::IAM::Role'));
    assert.equal(roles.length, 4);
    for (const role of roles) {
      assert.equal(role.ManagedPolicyArns, undefined);
      assert.equal(role.Policies, undefined);
    }
    assert.equal(Object.keys(made.shared.findResources('AWS::IAM::Policy')).length, 0);
  });

  it('nothing is allowed on a resource or by an action with a star', () => {
    for (const template of [made.shared, made.api, made.processing, withWebhook.processing]) {
      for (const type of ['AWS::IAM::Policy', 'AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy']) {
        for (const policy of all(template, type)) {
          const { Statement: statements } = policy.PolicyDocument as { Statement: Statement[] };
          for (const statement of statements.filter((each) => each.Effect === 'Allow')) {
            assert.doesNotMatch(JSON.stringify([statement.Action, statement.Resource]), /\*/);
          }
        }
      }
    }
  });

  it('queues and topic refuse requests without TLS', () => {
    for (const policy of [...all(made.shared, 'AWS::SQS::QueuePolicy'), ...all(made.shared, 'AWS::SNS::TopicPolicy')]) {
      assert.match(JSON.stringify(policy), /"Condition":\{"Bool":\{"aws:SecureTransport":"false"\}\},"Effect":"Deny"/);
    }
    assert.equal(all(made.shared, 'AWS::SQS::QueuePolicy').length, 2);
  });

  it('queues deny every principal of another account', () => {
    for (const queue of all(made.shared, 'AWS::SQS::QueuePolicy')) {
      const { Statement: statements } = queue.PolicyDocument as { Statement: Statement[] };
      const denied = statements.find((statement) => JSON.stringify(statement).includes('aws:PrincipalAccount'));
      assert.deepEqual([denied?.Effect, denied?.Action, denied?.Condition], ['Deny', 'sqs:*', {
        StringNotEquals: { 'aws:PrincipalAccount': { Ref: 'AWS::AccountId' } },
        BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
      }]);
    }
  });

  it('CloudWatch may publish alarms of this account: the TLS policy replaced the one that let it', () => {
    const policy = one(made.shared, 'AWS::SNS::TopicPolicy').PolicyDocument as { Statement: Statement[] };
    const allowed = policy.Statement.filter((statement) => statement.Effect === 'Allow');
    assert.equal(allowed.length, 1);
    assert.match(JSON.stringify(allowed), /"aws:SourceAccount":\{"Ref":"AWS::AccountId"\}.*"Service":"cloudwatch.amazonaws.com"/);
  });
});
