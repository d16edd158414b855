// An existing table and existing queues replace the stack's own, and no deployment removes anything.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { limits } from '../lib/limits.ts';
import { settingsFrom } from '../lib/settings/arguments.ts';
import { all, functionIn, infrastructure, one, policyOf, templates, type Properties } from './production.ts';

const before = templates();
const adopting = { tableName: 'restored', queueName: 'other-line.fifo', deadLetterQueueName: 'other-dead-letters.fifo' };
const after = templates({ settings: adopting });

/** All that a template exports or makes, by logical id. */
const ids = (section: Properties | undefined): string[] => Object.keys(section ?? {}).sort();

describe('an adopted table and adopted queues', () => {
  it('are what the functions use, and may use', () => {
    for (const [template, name] of [[after.api, 'api'], [after.processing, 'processor'], [after.processing, 'watch']] as const) {
      const { Variables: variables } = functionIn(template, name).Environment as { Variables: Record<string, unknown> };
      assert.equal(variables.TABLE_NAME, 'restored');
      assert.match(JSON.stringify(variables.QUEUE_URL), /\/other-line\.fifo"/);
      const policy = JSON.stringify(policyOf(template, name));
      assert.match(policy, /:table\/restored(?:\/index\/needs-attention)?"/);
      assert.match(policy, /:other-line\.fifo"/);
      assert.doesNotMatch(policy, /RecordsTable|LineQueue|DeadLettersQueue/);
    }
    assert.match(JSON.stringify(one(after.processing, 'AWS::Lambda::EventSourceMapping').EventSourceArn), /:other-line\.fifo"/);
    const { TableName: table, DeadLetterQueueUrl: deadLetters } = after.processing.toJSON().Outputs as Record<string, { Value: unknown }>;
    assert.equal(table?.Value, 'restored');
    assert.match(JSON.stringify(deadLetters?.Value), /\/other-dead-letters\.fifo"/);
  });

  it('leave all in the shared stack that was there: CloudFormation refuses to remove what is still imported', () => {
    const [was, is] = [before, after].map(({ shared }) => shared.toJSON());
    assert.deepEqual(ids(is?.Resources as Properties), ids(was?.Resources as Properties));
    assert.ok(ids(was?.Outputs as Properties).length >= 7);
    assert.deepEqual(ids(is?.Outputs as Properties), ids(was?.Outputs as Properties));
  });

  it('have the names of queues that a deleted stack left, which are not made again', () => {
    const settings = { queueName: 'taskline-prod-line.fifo', deadLetterQueueName: 'taskline-prod-dead-letters.fifo' };
    assert.deepEqual(all(templates({ settings }).shared, 'AWS::SQS::Queue'), []);
  });

  it('have the attributes that docs/disaster.md lists', () => {
    const document = readFileSync(join(infrastructure, '../docs/disaster.md'), 'utf8');
    const line = one(before.shared, 'AWS::SQS::Queue', (queue) => queue.RedrivePolicy !== undefined);
    const deadLetters = one(before.shared, 'AWS::SQS::Queue', (queue) => queue.RedriveAllowPolicy !== undefined);
    for (const row of [
      `| \`VisibilityTimeout\` | six times (\`handlerTimeoutSeconds\` + ${limits.leaseMarginSeconds}): ${String(line.VisibilityTimeout)} by default | any |`,
      `| \`MessageRetentionPeriod\` | ${String(line.MessageRetentionPeriod)} | ${String(deadLetters.MessageRetentionPeriod)} |`,
      `| \`MaximumMessageSize\` | ${String(line.MaximumMessageSize)} | ${String(deadLetters.MaximumMessageSize)} |`,
      `\`maxReceiveCount\` ${String(line.RedrivePolicy.maxReceiveCount)} |`,
    ]) {
      assert.ok(document.includes(row), row);
    }
    const { GlobalSecondaryIndexes: indexes, KeySchema: keys } = one(before.shared, 'AWS::DynamoDB::Table');
    const names = [...indexes as Properties[], { KeySchema: keys as Properties[] }].flatMap((each: Properties) =>
      [each.IndexName as string | undefined, ...(each.KeySchema as { AttributeName: string }[]).map((key) => key.AttributeName)]);
    for (const name of names) assert.ok(name === undefined || document.includes(`\`${name}\``), name);
  });

  it('are named as AWS names them, both queues or none', () => {
    const read = (given: Record<string, string>): void => { settingsFrom(new Map(Object.entries(given))); };
    for (const given of [{ tableName: 'a' }, { tableName: 'a/b' }, { queueName: 'line' }, { queueName: 'https://sqs/line.fifo' }]) {
      assert.throws(() => { read(given); }, /must be the name of a /);
    }
    for (const given of [{ queueName: 'line.fifo' }, { deadLetterQueueName: 'dead.fifo' }]) {
      assert.throws(() => { read(given); }, /has no effect without/);
    }
  });
});
