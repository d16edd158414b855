// A consumer of a Redis stream.

import { Redis } from 'ioredis';

import { Handler } from './handler.ts';
import type { Options } from './program.ts';

type Entries = [stream: string, entries: [id: string, fields: string[]][]][] | null;

const GROUP = ['tasks', 'workers'] as const;
/** Entries that nobody got; those that this consumer got and did not acknowledge. */
const NEW = '>';
const PENDING = '0';

export async function work(options: Options): Promise<void> {
  const redis = new Redis(options.port);
  const handler = new Handler(options);
  await redis.xgroup('CREATE', ...GROUP, '0', 'MKSTREAM').catch((error: Error) => {
    if (!error.message.startsWith('BUSYGROUP')) throw error;
  });
  const next = (from: string): Promise<Entries> =>
    redis.xreadgroup('GROUP', 'workers', 'worker', 'COUNT', 1, 'BLOCK', 0, 'STREAMS', 'tasks', from) as Promise<Entries>;
  await handler.go();
  let entries = await next(PENDING);
  for (;;) {
    const entry = entries?.[0]?.[1][0];
    if (entry === undefined) {
      entries = await next(NEW);
      continue;
    }
    const [id, fields] = entry;
    try {
      await handler.handle(fields[1] ?? '');
    } catch {
      entries = await next(PENDING);
      continue;
    }
    const acknowledged = redis.xack(...GROUP, id);
    const following = next(NEW);
    await acknowledged;
    handler.completed();
    entries = await following;
  }
}
