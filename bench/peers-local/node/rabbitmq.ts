// A consumer of a quorum queue.

import { connect } from 'amqplib';

import { Handler } from './handler.ts';
import type { Options } from './program.ts';

export async function work(options: Options): Promise<void> {
  const channel = await (await connect({ port: options.port })).createChannel();
  await channel.prefetch(1);
  const handler = new Handler(options);
  await handler.go();
  await channel.consume('tasks', (message) => {
    if (message === null) throw new Error('RabbitMQ cancelled the consumer');
    handler.handle(message.content).then(
      () => {
        channel.ack(message);
        handler.completed();
      },
      () => channel.reject(message, true),
    );
  });
}
