// How the functions are built: with cargo lambda, for a processor, for the C library of their runtime.
import type { FunctionName } from './settings/setting.ts';
import type { Settings } from './settings/table.ts';
import type { TaskType } from './types/task-type.ts';

/** What Amazon Linux 2023, and so `provided.al2023`, brings. A binary linked against a newer one fails at its start. */
const GLIBC_FLOOR = '2.34';

const triples: Record<Settings['architecture'], string> = {
  arm64: 'aarch64-unknown-linux-gnu',
  x86_64: 'x86_64-unknown-linux-gnu',
};

/**
 * The arguments to `cargo` that put `<binaries>/<name>/bootstrap` in its place. Only the API checks payloads, with a library that takes 3 MiB.
 */
export function cargoLambdaArguments(
  name: FunctionName,
  architecture: Settings['architecture'],
  binaries: string,
  types: readonly Pick<TaskType, 'schema'>[],
): string[] {
  const checksPayloads = name === 'api' && types.some(({ schema }) => schema !== undefined);
  return [
    'lambda', 'build', '--profile', 'lambda', '--locked',
    '--package', `taskline-${name}`, '--bin', name, '--features', checksPayloads ? 'lambda,schemas' : 'lambda',
    '--target', `${triples[architecture]}.${GLIBC_FLOOR}`,
    '--lambda-dir', binaries,
  ];
}
