// A consumer of JetStream.

import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

import { Handler } from './handler.ts';
import type { Options } from './program.ts';

const STREAM = 'tasks';
const CONSUMER = 'worker';

export async function work(options: Options): Promise<void> {
  const connection = await connect({ port: options.port });
  const manager = await jetstreamManager(connection);
  await manager.consumers.add(STREAM, { durable_name: CONSUMER, ack_policy: AckPolicy.Explicit, max_ack_pending: 1 });
  const consumer = await jetstream(connection).consumers.get(STREAM, CONSUMER);
  const handler = new Handler(options);
  await handler.go();
  for await (const message of await consumer.consume()) {
    try {
      await handler.handle(Buffer.from(message.data));
    } catch {
      message.nak();
      continue;
    }
    await message.ackAck();
    handler.completed();
  }
}
