// How the line is delivered and handled in production.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import type { Template } from 'aws-cdk-lib/assertions';

import { limits } from '../lib/limits.ts';
import { all, functionIn, infrastructure, one, templates, type Properties } from './production.ts';

const { api, processing } = templates();
const withWebhook = templates({ settings: { handler: 'webhook', webhookUrl: 'https://hooks.example/tasks' } }).processing;

describe('delivery', () => {
  it('is of one message at a time, whose failure is answered and not thrown', () => {
    const mapping = one(processing, 'AWS::Lambda::EventSourceMapping');
    assert.equal(mapping.BatchSize, 1);
    assert.deepEqual(mapping.FunctionResponseTypes, ['ReportBatchItemFailures']);
  });

  it('passes nothing over: a filter would delete what it passes over', () => {
    assert.equal(one(processing, 'AWS::Lambda::EventSourceMapping').FilterCriteria, undefined);
  });

  it('waits until the role may read the line', () => {
    const [mapping] = Object.values(processing.findResources('AWS::Lambda::EventSourceMapping')) as { DependsOn: string[] }[];
    const [policy] = Object.keys(processing.findResources('AWS::IAM::Policy'));
    assert.ok(policy !== undefined && mapping?.DependsOn.includes(policy));
  });
});

describe('the handler', () => {
  const handlerOf = (template: Template): string => functionIn(template, 'processor').Environment.Variables.TASK_HANDLER as string;

  it('is the chosen one', () => {
    assert.equal(handlerOf(processing), 'record');
    assert.equal(handlerOf(withWebhook), 'webhook');
    assert.equal(handlerOf(templates({ settings: { handler: 'own', binaries: '/built' } }).processing), 'own');
  });
});

describe('functions', () => {
  const functions = [api, processing, withWebhook].flatMap((template) => all(template, 'AWS::Lambda::Function'));

  it('run on Amazon Linux 2023, on arm64', () => {
    for (const each of functions) {
      assert.equal(each.Runtime, 'provided.al2023');
      assert.deepEqual(each.Architectures, ['arm64']);
    }
  });

  it('write to separate log groups, with a limited retention', () => {
    for (const each of functions) assert.ok(each.LoggingConfig.LogGroup);
    const groups = [...all(api, 'AWS::Logs::LogGroup'), ...all(processing, 'AWS::Logs::LogGroup')];
    assert.equal(groups.length, 4);
    for (const group of groups) assert.equal(group.RetentionInDays, 90);
  });

  it('are set for every function that reads them, under names of docs/settings.md', () => {
    const documented = readFileSync(join(infrastructure, '../docs/settings.md'), 'utf8');
    for (const each of functions) {
      for (const name of Object.keys(each.Environment.Variables as object)) {
        assert.ok(documented.includes(`| \`${name}\` |`), name);
      }
    }
  });

  it('include all that a function needs to start', () => {
    const required = (file: string): string[] =>
      [...readFileSync(join(infrastructure, '..', file), 'utf8').matchAll(/required\(\S+, "(\w+)"\)/g)].map((match) => match[1] ?? '');
    const ofAll = required('lambda/src/settings.rs');
    assert.ok(ofAll.includes('PIPELINE'));
    for (const [template, name] of [[api, 'api'], [processing, 'processor'], [processing, 'watch']] as const) {
      const needed = [...ofAll, ...required(`${name}/src/lambda.rs`)];
      const given = Object.keys(functionIn(template, name).Environment.Variables as object);
      assert.deepEqual(needed.filter((each) => !given.includes(each)), []);
    }
  });

  it('have no secret in their configuration', () => {
    for (const each of functions) assert.doesNotMatch(JSON.stringify(each.Environment), /SECRET(?!_ARN")|TOKEN|PASSWORD|resolve:/);
  });
});

describe('a function that handles tasks', () => {
  const settings = { handler: 'lambda', handlerFunction: 'orders:live' } as const;
  const variablesOf = (more: object): Properties => functionIn(templates({ settings: { ...settings, ...more } }).processing, 'processor').Environment.Variables as Properties;

  it('reaches the processor by its settings', () => {
    const variables = variablesOf({ permanentErrors: ['ValueError', 'NotFound'], awsEndpointUrlLambda: 'https://lambda.example' });
    assert.deepEqual(
      [variables.TASK_HANDLER, variables.HANDLER_FUNCTION, variables.PERMANENT_ERRORS, variables.AWS_ENDPOINT_URL_LAMBDA],
      ['lambda', 'orders:live', 'ValueError,NotFound', 'https://lambda.example'],
    );
    assert.equal(variablesOf({}).PERMANENT_ERRORS, undefined);
  });

  it('may run for as long as a handler, and the processor outlasts it', () => {
    for (const handlerTimeoutSeconds of [1, 20, 840]) {
      const { processing } = templates({ settings: { ...settings, handlerTimeoutSeconds, oldestTaskSecondsMax: 86_400 } });
      const { Timeout: timeout, Environment: { Variables: variables } } = functionIn(processing, 'processor');
      assert.equal(variables.HANDLER_TIMEOUT_SECONDS, String(handlerTimeoutSeconds));
      assert.ok(timeout >= handlerTimeoutSeconds + limits.leaseMarginSeconds && timeout <= limits.functionSecondsMax);
    }
  });
});

describe('the webhook', () => {
  const { Variables: variables } = functionIn(withWebhook, 'processor').Environment as { Variables: Record<string, unknown> };

  it('is the handler when its address is given; else the record is', () => {
    assert.equal(variables.TASK_HANDLER, 'webhook');
    assert.equal(variables.WEBHOOK_URL, 'https://hooks.example/tasks');
    const { TASK_HANDLER: handler, ...others } = functionIn(processing, 'processor').Environment.Variables as Record<string, unknown>;
    assert.equal(handler, 'record');
    assert.deepEqual(Object.keys(others).filter((name) => name.startsWith('WEBHOOK')), []);
    assert.deepEqual(all(processing, 'AWS::SecretsManager::Secret'), []);
  });

  it('is signed with a generated secret, of a length that the handler accepts', () => {
    const [[id, secret] = assert.fail()] = Object.entries(withWebhook.findResources('AWS::SecretsManager::Secret'));
    assert.deepEqual(variables.WEBHOOK_SECRET_ARN, { Ref: id });
    const { GenerateSecretString: generate } = (secret as { Properties: Properties }).Properties;
    // Four characters of base64 are three bytes, and there is none to pad.
    assert.deepEqual(generate, { PasswordLength: 44, ExcludePunctuation: true });
    assert.equal(generate.PasswordLength % 4, 0);
  });

  it('keeps its secret in production only, since its receiver knows it', () => {
    const policies = (template: Template): unknown[] => Object.values(template.findResources('AWS::SecretsManager::Secret'))
      .map((secret) => (secret as { DeletionPolicy: unknown }).DeletionPolicy);
    assert.deepEqual(policies(withWebhook), ['Retain']);
    assert.deepEqual(policies(templates({ settings: { environment: 'dev', handler: 'webhook', webhookUrl: 'https://hooks.example/' } }).processing), ['Delete']);
  });
});

describe('outputs', () => {
  it('are everything that an operator needs, in one stack', () => {
    assert.deepEqual(Object.keys(processing.findOutputs('*')).sort(), [
      'AlarmTopicArn', 'ApiUrl', 'CodeVersion', 'DeadLetterQueueUrl', 'EventSourceMappingId', 'MessageGroup',
      'Pipeline', 'ProcessorFunctionName', 'QueueUrl', 'TableName', 'WatchFunctionName',
    ]);
    const { CodeVersion: version } = processing.toJSON().Outputs as Record<string, { Value: string }>;
    assert.match(version?.Value ?? '', /^[0-9a-f]{12}$/);
    assert.equal(functionIn(processing, 'processor').Environment.Variables.CODE_VERSION, version?.Value);
    assert.ok('WebhookSecretArn' in withWebhook.findOutputs('*'));
  });
});
