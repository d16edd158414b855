// Clients and a worker of graphile-worker.

import { Logger, makeWorkerUtils, run, type WorkerUtilsOptions } from 'graphile-worker';

import { Handler } from './handler.ts';
import { go, submitAll, type Options } from './program.ts';

const TASK = 'task';
// One connection listens, and one is left: the worker asks for its next job before its last is completed, and if that overtakes,
// the queue is still locked and the worker pauses for its poll interval.
const POOL = 2;

const settings = ({ port }: Options): WorkerUtilsOptions => ({
  connectionString: `postgres://postgres@127.0.0.1:${port}/postgres`,
  logger: new Logger(() => () => {}),
});

export async function prepare(options: Options): Promise<void> {
  await (await makeWorkerUtils(settings(options))).migrate();
  await go();
}

export async function accept(options: Options): Promise<void> {
  const utils = await makeWorkerUtils({ ...settings(options), maxPoolSize: options.clients });
  await submitAll(options, (_, body) => utils.addJob(TASK, JSON.parse(body), { queueName: 'line' }));
}

export async function work(options: Options): Promise<void> {
  const handler = new Handler(options);
  await handler.go();
  const taskList = { [TASK]: (payload: unknown) => handler.handle(JSON.stringify(payload)) };
  const runner = await run({ ...settings(options), concurrency: 1, maxPoolSize: POOL, taskList });
  runner.events.on('job:complete', ({ error }) => {
    if (!error) handler.completed();
  });
  await runner.promise;
}
