// The relations between limits, in the template and not only in the numbers it was made from.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { leaseSeconds, limits, runSeconds } from '../lib/limits.ts';
import { environmentNames } from '../lib/settings/environment-files.ts';
import { all, functionIn, one, templates } from './production.ts';

const { shared, api, processing } = templates();
const line = one(shared, 'AWS::SQS::Queue', (queue) => queue.RedrivePolicy !== undefined);
const deadLetters = one(shared, 'AWS::SQS::Queue', (queue) => queue.RedriveAllowPolicy !== undefined);
const processor = functionIn(processing, 'processor');

describe('limits of production', () => {
  it('hide a message for at least six times as long as the processor may run', () => {
    assert.ok(line.VisibilityTimeout >= 6 * processor.Timeout);
  });

  it('let a lease lapse before its message is redelivered, and after its run has ended', () => {
    const lease = leaseSeconds(Number(processor.Environment.Variables.HANDLER_TIMEOUT_SECONDS));
    assert.ok(lease < line.VisibilityTimeout);
    assert.equal(processor.Timeout, lease, 'no renewal is needed with the settings of production');
  });

  it('let a run that is longer than the longest lease renew it', () => {
    assert.equal(leaseSeconds(47), runSeconds(47));
    assert.equal(leaseSeconds(840), limits.leaseSecondsMax);
    assert.equal(runSeconds(limits.handlerSecondsMax), 853);
  });

  it('give a handler its whole time before Lambda ends the run', () => {
    assert.ok(Number(processor.Environment.Variables.HANDLER_TIMEOUT_SECONDS) < processor.Timeout);
  });

  it('let the API answer before API Gateway stops waiting for it', () => {
    assert.equal(one(api, 'AWS::Lambda::Function').Timeout, limits.requestSecondsMax);
    for (const integration of all(api, 'AWS::ApiGatewayV2::Integration')) {
      assert.ok(limits.requestSecondsMax < (integration.TimeoutInMillis ?? 1_000 * limits.integrationSecondsMax) / 1_000);
    }
  });

  it('never let SQS give a task up before its attempts are spent, or its hold is over', () => {
    const { maxReceiveCount } = line.RedrivePolicy as { maxReceiveCount: number };
    // Outages spend receives without attempts: shared/src/limits.rs has the sum for exactly this number.
    assert.equal(maxReceiveCount, limits.receiveCountMax);
    assert.ok(maxReceiveCount >= 100 * Number(processor.Environment.Variables.ATTEMPT_BUDGET));
    assert.ok(Number(processor.Environment.Variables.UNAVAILABLE_SECONDS_MAX) <= line.MessageRetentionPeriod / 2);
    assert.ok(maxReceiveCount > line.MessageRetentionPeriod / limits.holdVisibilitySeconds);
  });

  it('keep a record for longer than its message can live in both queues', () => {
    assert.ok(limits.recordSecondsKept > line.MessageRetentionPeriod + deadLetters.MessageRetentionPeriod);
    assert.equal(deadLetters.MessageRetentionPeriod, limits.retentionSecondsMax);
  });

  it('fit a body into a record and a record into a message', () => {
    assert.ok(limits.bodyBytesMax < limits.itemBytesMax && limits.itemBytesMax < limits.messageBytesMax);
    assert.equal(line.MaximumMessageSize, limits.lineMessageBytesMax);
    assert.ok(limits.lineMessageBytesMax >= limits.bodyBytesMax);
    assert.equal(deadLetters.MaximumMessageSize, limits.messageBytesMax);
  });
});

describe('limits of every environment', () => {
  for (const environment of environmentNames()) {
    it(`${environment} stays within Lambda's and SQS's own, also with the longest handler timeout`, () => {
      const { shared, processing } = templates({ settings: { environment, handlerTimeoutSeconds: 840, oldestTaskSecondsMax: 86_400 } });
      const { Timeout: timeout } = functionIn(processing, 'processor');
      assert.equal(timeout, 853);
      assert.ok(timeout <= limits.functionSecondsMax);
      const { VisibilityTimeout: visibility } = one(shared, 'AWS::SQS::Queue', (queue) => queue.RedrivePolicy !== undefined);
      assert.equal(visibility, 5_118);
      assert.ok(visibility <= limits.visibilitySecondsMax);
    });
  }
});
