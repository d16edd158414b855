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
const withWebhook = templates({ settings: { handler: 'webhook', webhookUrl: 'https://hooks.example/' } });

/** `resource: action action`, resources by the names that CDK gave their constructs. */
function permissions(template: Template): string[] {
  const { Statement: statements } = one(template, 'AWS::IAM::Policy').PolicyDocument as { Statement: Statement[] };
  return statements.map((statement) => {
    assert.equal(statement.Effect, 'Allow');
    const resource = /(?:FnGetAtt|")([A-Za-z]+?)[0-9A-F]{8}/.exec(JSON.stringify(statement.Resource))?.[1];
    return `${resource ?? JSON.stringify(statement.Resource)}: ${[statement.Action].flat().sort().join(' ')}`;
  }).sort();
}

describe('permissions', () => {
  it('the API function sends to the line and puts and gets records', () => {
    assert.deepEqual(permissions(made.api), [
      'FunctionApiLogs: logs:CreateLogStream logs:PutLogEvents',
      'LineQueue: sqs:SendMessage',
      'RecordsTable: dynamodb:GetItem dynamodb:PutItem',
    ]);
  });

  it('the processor consumes the line, sends to the dead letters, and puts records', () => {
    assert.deepEqual(permissions(made.processing), [
      'DeadLettersQueue: sqs:SendMessage',
      'LineQueue: sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage',
      'ProcessorLogs: logs:CreateLogStream logs:PutLogEvents',
      'RecordsTable: dynamodb:PutItem',
    ]);
  });

  it('the processor reads the webhook\'s secret where there is one, and no other', () => {
    const more = permissions(withWebhook.processing).filter((each) => !permissions(made.processing).includes(each));
    assert.deepEqual(more, ['ProcessorWebhookSecret: secretsmanager:GetSecretValue']);
    assert.deepEqual(permissions(withWebhook.api), permissions(made.api));
  });

  it('both functions may send traces to X-Ray where that is on, and nothing else on every resource', () => {
    const traced = templates({ settings: { tracing: true } });
    for (const [template, ordinary] of [[traced.api, made.api], [traced.processing, made.processing]] as const) {
      assert.equal(one(template, 'AWS::Lambda::Function').TracingConfig.Mode, 'Active');
      const more = permissions(template).filter((each) => !permissions(ordinary).includes(each));
      assert.deepEqual(more, ['"*": xray:PutTelemetryRecords xray:PutTraceSegments']);
      assert.equal(one(ordinary, 'AWS::Lambda::Function').TracingConfig, undefined);
    }
  });

  it('there are no other roles, no managed policies and no inline ones', () => {
    const roles = Object.values(made).flatMap((template) => all(template, 'AWS::IAM::Role'));
    assert.equal(roles.length, 2);
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

  it('queues and topic refuse whoever comes without TLS', () => {
    for (const policy of [...all(made.shared, 'AWS::SQS::QueuePolicy'), ...all(made.shared, 'AWS::SNS::TopicPolicy')]) {
      assert.match(JSON.stringify(policy), /"Condition":\{"Bool":\{"aws:SecureTransport":"false"\}\},"Effect":"Deny"/);
    }
    assert.equal(all(made.shared, 'AWS::SQS::QueuePolicy').length, 2);
  });

  it('queues refuse whoever is of another account', () => {
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
