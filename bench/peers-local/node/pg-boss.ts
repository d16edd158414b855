// Clients and a worker of pg-boss.

import { setTimeout } from 'node:timers/promises';

import { PgBoss } from 'pg-boss';

import { Handler } from './handler.ts';
import { go, submitAll, type Options } from './program.ts';

const QUEUE = 'tasks';
// The least that `work` allows.
const POLL_MILLISECONDS = 500;

async function started({ port }: Options, max: number): Promise<PgBoss> {
  const boss = new PgBoss({ connectionString: `postgres://postgres@127.0.0.1:${port}/postgres`, max });
  boss.on('error', (error) => console.error(error));
  return boss.start();
}

export async function prepare(options: Options): Promise<void> {
  const boss = await started(options, 10);
  await boss.createQueue(QUEUE, { policy: 'key_strict_fifo' });
  await go();
}

export async function accept(options: Options): Promise<void> {
  const boss = await started(options, options.clients);
  await submitAll(options, (_, body) => boss.send(QUEUE, JSON.parse(body) as object, { singletonKey: 'line' }));
}

/** By `fetch`, as `work` pauses for at least half a second between single jobs. */
export async function work(options: Options): Promise<void> {
  const boss = await started(options, 10);
  const handler = new Handler(options);
  await handler.go();
  for (;;) {
    const [job] = await boss.fetch(QUEUE);
    if (job === undefined) {
      await setTimeout(POLL_MILLISECONDS);
      continue;
    }
    try {
      await handler.handle(JSON.stringify(job.data));
    } catch (error) {
      await boss.fail(QUEUE, job.id, error as Error);
      continue;
    }
    await boss.complete(QUEUE, job.id);
    handler.completed();
  }
}
