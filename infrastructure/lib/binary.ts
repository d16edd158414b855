// A function's binary on disk: is it there, and is it for the processor that it will run on?
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

import type { Environment } from './environments.ts';

/** `e_machine` of an ELF header (ELF specification, and its supplements for each processor). */
const machines: Record<Environment['architecture'], number> = { arm64: 0xb7, x86_64: 0x3e };

/**
 * The folder to deploy, if `bootstrap` was built into it. A binary for another processor would deploy well and then
 * fail at every start, so it is refused here.
 */
export function builtFunction(folder: string, architecture: Environment['architecture']): string | undefined {
  const file = join(folder, 'bootstrap');
  if (!existsSync(file)) return undefined;
  const header = Buffer.alloc(20);
  const opened = openSync(file, 'r');
  readSync(opened, header);
  closeSync(opened);
  const isElf = header.subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1'));
  if (!isElf || header.readUInt16LE(18) !== machines[architecture]) {
    throw new Error(`${file} is no Linux binary for ${architecture}: delete it, or build it with npm run deploy`);
  }
  return folder;
}
