// A worker of beanstalkd.

import Jackd from 'jackd';

import { Handler } from './handler.ts';
import type { Options } from './program.ts';

const PRIORITY = 1024;
// The class is the module, other than its types say.
const Client = Jackd as unknown as typeof Jackd.default;

export async function work(options: Options): Promise<void> {
  const beanstalkd = await new Client({ useLegacyStringPayloads: false }).connect({ host: '127.0.0.1', port: options.port });
  const handler = new Handler(options);
  await handler.go();
  let next = beanstalkd.reserve();
  for (;;) {
    const { id, payload } = await next;
    try {
      await handler.handle(payload as Buffer);
    } catch {
      await beanstalkd.release(id, { priority: PRIORITY, delay: 0 });
      next = beanstalkd.reserve();
      continue;
    }
    const deleted = beanstalkd.delete(id);
    next = beanstalkd.reserve();
    await deleted;
    handler.completed();
  }
}
