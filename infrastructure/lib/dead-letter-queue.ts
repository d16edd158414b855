// The dead-letter queue: the messages of dead letters, for the alarms and the redrive of SQS.
import { Duration, type RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, RedrivePermission, type IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import { adoptedQueue } from './adopted.ts';
import { limits } from './limits.ts';
import { encryptedWith, ofThisAccountOnly } from './queue-protection.ts';

export interface DeadLetterQueueProps {
  readonly queueName: string;
  /** The name of an existing queue that replaces the stack's. */
  readonly adoptedName: string | undefined;
  /** The line's name. Its ARN is put together from it: to reference the queue itself would be a circle. */
  readonly lineName: string;
  readonly removalPolicy: RemovalPolicy;
  readonly key: IKey | undefined;
}

export class DeadLetterQueue extends Construct {
  readonly queue: IQueue;
  /** The stack's own, also while another one is adopted: that of the stack's own line. */
  readonly own: Queue | undefined;

  constructor(scope: Construct, id: string, props: DeadLetterQueueProps) {
    super(scope, id);
    let own: Queue | undefined;
    this.queue = adoptedQueue(this, props.adoptedName, { name: props.queueName, make: () => own = this.make(props) });
    this.own = own;
  }

  private make(props: DeadLetterQueueProps): Queue {
    const line = Queue.fromQueueAttributes(this, 'Line', {
      queueArn: Stack.of(this).formatArn({ service: 'sqs', resource: props.lineName }),
      fifo: true,
    });
    const queue = new Queue(this, 'Queue', {
      queueName: props.queueName,
      fifo: true,
      contentBasedDeduplication: false,
      retentionPeriod: Duration.seconds(limits.retentionSecondsMax),
      // Every message that the line accepted, also under an earlier limit, must fit.
      maxMessageSizeBytes: limits.messageBytesMax,
      ...encryptedWith(props.key),
      enforceSSL: true,
      removalPolicy: props.removalPolicy,
      // No other queue may send its dead letters here.
      redriveAllowPolicy: { redrivePermission: RedrivePermission.BY_QUEUE, sourceQueues: [line] },
    });
    ofThisAccountOnly(queue);
    Validations.of(queue).acknowledge({
      id: 'Serverless-SQSRedrivePolicy',
      reason: 'This is the dead-letter queue: an operator handles its messages.',
    });
    return queue;
  }
}
