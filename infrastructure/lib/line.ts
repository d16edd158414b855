// The line: the FIFO queue whose sequence numbers are the order of everything.
import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, type IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import { adoptedQueue } from './adopted.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { limits, visibilitySeconds } from './limits.ts';
import { encryptedWith, ofThisAccountOnly } from './queue-protection.ts';

/** All tasks are of one message group: that is what makes the line one. */
export const MESSAGE_GROUP = 'line';

export interface LineProps {
  readonly queueName: string;
  /** The name of an existing queue that replaces the stack's. */
  readonly adoptedName: string | undefined;
  readonly deadLetters: DeadLetterQueue;
  /** The longest time that a handler may run. */
  readonly handlerSeconds: number;
  readonly removalPolicy: RemovalPolicy;
  readonly key: IKey | undefined;
}

export class Line extends Construct {
  readonly queue: IQueue;

  constructor(scope: Construct, id: string, props: LineProps) {
    super(scope, id);
    this.queue = adoptedQueue(this, props.adoptedName, { name: props.queueName, make: () => this.make(props) });
  }

  private make(props: LineProps): Queue {
    const queue = new Queue(this, 'Queue', {
      queueName: props.queueName,
      fifo: true,
      // The API gives every message its dedupe id; one without should fail loudly, not be hashed.
      contentBasedDeduplication: false,
      visibilityTimeout: Duration.seconds(visibilitySeconds(props.handlerSeconds)),
      retentionPeriod: Duration.seconds(limits.retentionSecondsMax),
      // As small as every task's message fits (shared/src/limits.rs has the sum).
      maxMessageSizeBytes: limits.lineMessageBytesMax,
      ...encryptedWith(props.key),
      enforceSSL: true,
      removalPolicy: props.removalPolicy,
      deadLetterQueue: {
        queue: props.deadLetters.own ?? props.deadLetters.queue,
        // Only a backstop, as high as SQS allows: throttling, holding and outages spend receives without an attempt. The
        // processor counts attempts and gives tasks up with a reason.
        maxReceiveCount: limits.receiveCountMax,
      },
    });
    ofThisAccountOnly(queue);
    return queue;
  }
}
