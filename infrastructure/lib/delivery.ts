// The event source mapping: delivers the line to the processor, one message at a time. `taskline line pause` and
// `resume` switch it off and on.
import { Validations } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

import type { Line } from './line.ts';
import type { Processor } from './processor.ts';

export interface DeliveryProps {
  readonly line: Line;
  readonly processor: Processor;
}

export class Delivery extends Construct {
  readonly mapping: EventSourceMapping;

  constructor(scope: Construct, id: string, props: DeliveryProps) {
    super(scope, id);
    // Not SqsEventSource: that grants more than the mapping needs. No filter either: what a filter passes over is
    // deleted permanently.
    this.mapping = new EventSourceMapping(this, 'Mapping', {
      target: props.processor.rust.function,
      eventSourceArn: props.line.queue.queueArn,
      batchSize: 1,
      // A failure is answered, not thrown, so that Errors counts only what the processor did not foresee.
      reportBatchItemFailures: true,
    });
    // Lambda refuses the mapping of a function whose role may not read the queue yet.
    this.mapping.node.addDependency(props.processor.rust.role);
    Validations.of(this.mapping).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason: 'Lambda takes no failure destination for SQS sources; the queue has its own redrive policy.',
    });
  }
}
