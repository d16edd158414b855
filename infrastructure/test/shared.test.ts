// What holds messages and records, in production.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { all, one, templates } from './production.ts';

const { shared } = templates();

describe('line and dead letters', () => {
  it('are FIFO queues that want an explicit dedupe id, and are encrypted', () => {
    for (const queue of all(shared, 'AWS::SQS::Queue')) {
      assert.equal(queue.FifoQueue, true);
      assert.equal(queue.ContentBasedDeduplication, false);
      assert.equal(queue.SqsManagedSseEnabled, true);
    }
  });

  it('belong to each other: the dead-letter queue takes from this line only', () => {
    const deadLetters = one(shared, 'AWS::SQS::Queue', (queue) => queue.RedriveAllowPolicy !== undefined);
    const line = one(shared, 'AWS::SQS::Queue', (queue) => queue.RedrivePolicy !== undefined);
    assert.equal(deadLetters.RedriveAllowPolicy.redrivePermission, 'byQueue');
    const sources = JSON.stringify(deadLetters.RedriveAllowPolicy.sourceQueueArns);
    assert.ok(sources.includes(`:${String(line.QueueName)}"`), 'the ARN is put together from the name that the line has');
  });
});

describe('records', () => {
  const table = one(shared, 'AWS::DynamoDB::Table');

  it('are found by task id, expire once finished, and can be restored to any minute', () => {
    assert.deepEqual(table.KeySchema, [{ AttributeName: 'task_id', KeyType: 'HASH' }]);
    assert.deepEqual(table.TimeToLiveSpecification, { AttributeName: 'expires_at', Enabled: true });
    assert.equal(table.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled, true);
    assert.equal(table.BillingMode, 'PAY_PER_REQUEST');
  });

  it('have one sparse index, of those that need attention, in the order of the line', () => {
    assert.deepEqual(table.GlobalSecondaryIndexes, [{
      IndexName: 'needs-attention',
      KeySchema: [{ AttributeName: 'needs_attention', KeyType: 'HASH' }, { AttributeName: 'needs_attention_at', KeyType: 'RANGE' }],
      Projection: { ProjectionType: 'ALL' },
    }]);
    const types = Object.fromEntries((table.AttributeDefinitions as { AttributeName: string; AttributeType: string }[])
      .map((attribute) => [attribute.AttributeName, attribute.AttributeType]));
    assert.deepEqual(types, { task_id: 'S', needs_attention: 'S', needs_attention_at: 'N' });
  });
});

describe('what holds messages and records', () => {
  it('outlives its stack', () => {
    for (const type of ['AWS::SQS::Queue', 'AWS::DynamoDB::Table']) {
      for (const resource of Object.values(shared.findResources(type)) as { DeletionPolicy: string; UpdateReplacePolicy: string }[]) {
        assert.equal(resource.DeletionPolicy, 'Retain');
        assert.equal(resource.UpdateReplacePolicy, 'Retain');
      }
    }
  });

  it('is protected against deletion in production, and can be cleared away in dev', () => {
    assert.equal(one(shared, 'AWS::DynamoDB::Table').DeletionProtectionEnabled, true);
    const dev = templates({ settings: { environment: 'dev' } }).shared;
    assert.equal(one(dev, 'AWS::DynamoDB::Table').DeletionProtectionEnabled, false);
  });
});
