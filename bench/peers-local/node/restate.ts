// A worker of Restate: it serves the handler that Restate calls.

import * as restate from '@restatedev/restate-sdk';

import { Handler } from './handler.ts';
import type { Options } from './program.ts';

export async function work(options: Options): Promise<void> {
  const handler = new Handler(options);
  const begun = Promise.withResolvers<void>();
  const line = restate.object({
    name: 'line',
    handlers: {
      handle: async (context: restate.ObjectContext, task: unknown) => {
        await begun.promise;
        if (options.handler !== null) await context.run(() => handler.handle(JSON.stringify(task)));
        handler.completed();
      },
    },
  });
  await restate.endpoint().bind(line).listen(options.workerPort);
  await handler.go();
  begun.resolve();
}
