// Clients and a worker of BullMQ.

import { Queue, Worker } from 'bullmq';

import { Handler } from './handler.ts';
import { submitAll, type Options } from './program.ts';

const QUEUE = 'tasks';
const RETRIES = { attempts: 10 };

export async function accept(options: Options): Promise<void> {
  const queues = Array.from({ length: options.clients }, () => new Queue(QUEUE, { connection: { port: options.port } }));
  await Promise.all(queues.map((queue) => queue.waitUntilReady()));
  await submitAll(options, async (client, body) => queues[client]?.add('task', JSON.parse(body), RETRIES));
}

export async function work(options: Options): Promise<void> {
  const handler = new Handler(options);
  const connection = { port: options.port, maxRetriesPerRequest: null };
  const worker = new Worker(QUEUE, (job) => handler.handle(JSON.stringify(job.data)), { connection, autorun: false });
  worker.on('completed', () => handler.completed());
  await worker.waitUntilReady();
  await handler.go();
  await worker.run();
}
