// Runs another program, for the scripts in `bin`.
import { spawnSync } from 'node:child_process';

/** Runs a program, showing what; ends with its exit code if it fails. */
export function run(program: string, args: string[], folder: string): void {
  console.error(`> ${program} ${args.join(' ')}`);
  const { status, error } = spawnSync(program, args, { cwd: folder, stdio: 'inherit' });
  if (error !== undefined) console.error(`${program} can't be run: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** What is wrong is said at once, and not after the build. */
export function refuse(because: string): never {
  console.error(because);
  process.exit(2);
}
