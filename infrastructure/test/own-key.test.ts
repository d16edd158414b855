// A key of the customer's encrypts all that can be encrypted, and the functions may use it for no more than that.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { settingsFrom } from '../lib/settings/arguments.ts';
import { all, one, policyOf, templates, type Properties } from './production.ts';

const kmsKeyArn = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const { shared, api, processing } = templates({ settings: { kmsKeyArn, handler: 'webhook', webhookUrl: 'https://hooks.example/' } });

describe('a key of one\'s own', () => {
  it('encrypts queues, table, topic, secret and every log group', () => {
    for (const queue of all(shared, 'AWS::SQS::Queue')) assert.equal(queue.KmsMasterKeyId, kmsKeyArn);
    assert.deepEqual(one(shared, 'AWS::DynamoDB::Table').SSESpecification, { KMSMasterKeyId: kmsKeyArn, SSEEnabled: true, SSEType: 'KMS' });
    assert.equal(one(shared, 'AWS::SNS::Topic').KmsMasterKeyId, kmsKeyArn);
    assert.equal(one(processing, 'AWS::SecretsManager::Secret').KmsKeyId, kmsKeyArn);
    for (const group of [api, processing].flatMap((template) => all(template, 'AWS::Logs::LogGroup'))) assert.equal(group.KmsKeyId, kmsKeyArn);
  });

  it('is used by the functions through those services alone', () => {
    const uses = (policy: Properties): string[] => (policy.PolicyDocument.Statement as Properties[])
      .filter((statement) => statement.Resource === kmsKeyArn)
      .map((statement) => {
        const via = JSON.stringify(statement.Condition.StringEquals['kms:ViaService']);
        return `${/[a-z]+\./.exec(via)?.[0] ?? via} ${[statement.Action].flat().sort().join(' ')}`;
      });
    const table = 'dynamodb. kms:Decrypt kms:DescribeKey kms:Encrypt kms:GenerateDataKey kms:ReEncryptFrom kms:ReEncryptTo';
    assert.deepEqual(uses(policyOf(api, 'api')), ['sqs. kms:Decrypt kms:GenerateDataKey', table]);
    assert.deepEqual(uses(policyOf(processing, 'processor')), ['sqs. kms:Decrypt kms:GenerateDataKey', table, 'secretsmanager. kms:Decrypt']);
    assert.deepEqual(uses(policyOf(processing, 'watch')), [table]);
  });

  it('is named by its ARN', () => {
    const read = (arn: string): void => { settingsFrom(new Map([['kmsKeyArn', arn]])); };
    for (const arn of ['alias/mine', '1234abcd-12ab-34cd-56ef-1234567890ab', 'arn:aws:kms:eu-central-1:111122223333:alias/mine', 'arn:aws:sns:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab', `${kmsKeyArn} `]) {
      assert.throws(() => { read(arn); }, /must be the ARN of a symmetric KMS key/, arn);
    }
    for (const arn of [kmsKeyArn, 'arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab']) read(arn);
  });
});
