// Existing resources that replace the stack's own.
import { Stack, type IResource } from 'aws-cdk-lib';
import { Queue, type IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/**
 * Keeps the exports of a resource that nothing refers to any more. Stacks that are deployed still import them when this one is
 * updated, and CloudFormation would refuse to remove them.
 */
export function keepExported(own: IResource, ...attributes: string[]): void {
  for (const attribute of attributes) Stack.of(own).exportValue(attribute);
}

/** The existing queue with this name, or the stack's queue if no name is set. */
export function adoptedQueue(scope: Construct, name: string | undefined, own: { readonly name: string; readonly make: () => Queue }): IQueue {
  const adopted = name === undefined ? undefined : Queue.fromQueueAttributes(scope, 'Adopted', {
    queueArn: Stack.of(scope).formatArn({ service: 'sqs', resource: name }),
    fifo: true,
  });
  // Kept when an earlier stack of this pipeline was deleted: another one of its name can't be made.
  if (adopted !== undefined && name === own.name) return adopted;
  const made = own.make();
  if (adopted === undefined) return made;
  keepExported(made, made.queueArn, made.queueName, made.queueUrl);
  return adopted;
}
