// What protects a queue: a key, and a policy.
import { Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { QueueEncryption, type Queue, type QueueProps } from 'aws-cdk-lib/aws-sqs';

/** Encrypted with the customer's key, or with one of SQS. */
export function encryptedWith(key: IKey | undefined): Pick<QueueProps, 'encryption' | 'encryptionMasterKey'> {
  return key === undefined ? { encryption: QueueEncryption.SQS_MANAGED } : { encryption: QueueEncryption.KMS, encryptionMasterKey: key };
}

/**
 * Denies the principals of other accounts, also where somebody adds a statement that allows them. Services of AWS are no
 * principals of an account.
 */
export function ofThisAccountOnly(queue: Queue): void {
  queue.addToResourcePolicy(new PolicyStatement({
    sid: 'ThisAccountOnly',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['sqs:*'],
    resources: [queue.queueArn],
    conditions: {
      StringNotEquals: { 'aws:PrincipalAccount': Stack.of(queue).account },
      BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
    },
  }));
}
