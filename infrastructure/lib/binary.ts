// A function's binary on disk: is it there, and is it for the processor that it will run on?
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { InvalidSetting, type FunctionName } from './settings/setting.ts';
import type { Settings } from './settings/table.ts';

/** The functions that have one: Cargo packages, each with a binary of the same name. */
export const functions: readonly FunctionName[] = ['api', 'processor', 'watch'];

/** Where Lambda looks, and where `cargo lambda` builds. */
function bootstrap(binaries: string, name: FunctionName): string {
  return join(binaries, name, 'bootstrap');
}

/**
 * The folder of the binaries: the one that `-c binaries=` gives, which must hold them, or `dist`, into which they may
 * not be built yet. A relative path is resolved against `infrastructure`.
 */
export function binariesFolder(infrastructure: string, given: string | undefined): string {
  const folder = resolve(infrastructure, given ?? 'dist');
  for (const name of functions) {
    const file = bootstrap(folder, name);
    if (given !== undefined && !existsSync(file)) throw new InvalidSetting(`-c binaries=${given}: there is no ${file}`);
  }
  return folder;
}

/** `e_machine` of an ELF header (ELF specification, and its supplements for each processor). */
const machines: Record<Settings['architecture'], number> = { arm64: 0xb7, x86_64: 0x3e };

/**
 * The folder to deploy, if `bootstrap` was built into it. A binary for another processor would deploy well and then
 * fail at every start, so it is refused here.
 */
export function builtFunction(binaries: string, name: FunctionName, architecture: Settings['architecture']): string | undefined {
  const file = bootstrap(binaries, name);
  if (!existsSync(file)) return undefined;
  const header = Buffer.alloc(20);
  const opened = openSync(file, 'r');
  readSync(opened, header);
  closeSync(opened);
  const isElf = header.subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1'));
  if (!isElf || header.readUInt16LE(18) !== machines[architecture]) {
    throw new InvalidSetting(`${file} is no Linux binary for ${architecture}: build it with npm run deploy, or say with `
      + `-c architecture=${Object.keys(machines).join('|')} what it was built for`);
  }
  return join(binaries, name);
}
