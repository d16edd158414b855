// All tests in one process: to load the CDK and to start its validation takes most of the time that a file needs alone.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'))) {
  await import(join(import.meta.dirname, file));
}
