// Runs another program, for the scripts in `bin`.
import { spawnSync } from 'node:child_process';

import { InvalidSetting } from './settings/setting.ts';

/** Runs a program, showing what; ends with its exit code if it fails. */
export function run(program: string, args: string[], folder: string): void {
  console.error(`> ${program} ${args.join(' ')}`);
  const { status, error } = spawnSync(program, args, { cwd: folder, stdio: 'inherit' });
  if (error !== undefined) console.error(`${program} can't be run: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** Ends the program at a setting that is refused, with one line; anything else is a mistake of ours, and keeps its trace. */
export function refuse(error: unknown): never {
  if (!(error instanceof InvalidSetting)) throw error;
  console.error(error.message);
  process.exit(2);
}
