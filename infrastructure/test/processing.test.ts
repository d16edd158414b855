// How the line is delivered and handled in production.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { all, infrastructure, one, templates } from './production.ts';

const { api, processing } = templates();

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

describe('functions', () => {
  const functions = [...all(api, 'AWS::Lambda::Function'), ...all(processing, 'AWS::Lambda::Function')];

  it('run on Amazon Linux 2023, on arm64', () => {
    for (const each of functions) {
      assert.equal(each.Runtime, 'provided.al2023');
      assert.deepEqual(each.Architectures, ['arm64']);
    }
  });

  it('write to log groups of their own, which do not keep for ever', () => {
    for (const each of functions) assert.ok(each.LoggingConfig.LogGroup);
    const groups = [...all(api, 'AWS::Logs::LogGroup'), ...all(processing, 'AWS::Logs::LogGroup')];
    assert.equal(groups.length, 3);
    for (const group of groups) assert.equal(group.RetentionInDays, 90);
  });

  it('are told what they read, by names that docs/settings.md knows or that only AWS needs', () => {
    const documented = readFileSync(join(infrastructure, '../docs/settings.md'), 'utf8');
    const onAwsOnly = ['DEAD_LETTER_QUEUE_URL', 'MESSAGE_GROUP', 'PIPELINE', 'QUEUE_URL', 'TABLE_NAME'];
    for (const each of functions) {
      for (const name of Object.keys(each.Environment.Variables as object)) {
        assert.ok(onAwsOnly.includes(name) || documented.includes(`| \`${name}\` |`), name);
      }
    }
  });

  it('carry no secret in their configuration', () => {
    for (const each of functions) assert.doesNotMatch(JSON.stringify(each.Environment), /SECRET|TOKEN|PASSWORD/);
  });
});

describe('outputs', () => {
  it('tell an operator where everything is, in one stack', () => {
    assert.deepEqual(Object.keys(processing.findOutputs('*')).sort(), [
      'AlarmTopicArn', 'ApiUrl', 'DeadLetterQueueUrl', 'EventSourceMappingId', 'MessageGroup', 'NeedsAPersonIndex',
      'Pipeline', 'ProcessorFunctionName', 'QueueUrl', 'TableName',
    ]);
  });
});
