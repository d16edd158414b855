// How the functions are built: with cargo lambda, for a processor, for the C library of their runtime.
import type { FunctionName } from './settings/setting.ts';
import type { Settings } from './settings/table.ts';

/** What Amazon Linux 2023, and so `provided.al2023`, brings. A binary linked against a newer one fails at its start. */
const GLIBC_FLOOR = '2.34';

const triples: Record<Settings['architecture'], string> = {
  arm64: 'aarch64-unknown-linux-gnu',
  x86_64: 'x86_64-unknown-linux-gnu',
};

/** The arguments to `cargo` that put `<binaries>/<name>/bootstrap` in its place. */
export function cargoLambdaArguments(name: FunctionName, architecture: Settings['architecture'], binaries: string): string[] {
  return [
    'lambda', 'build', '--profile', 'lambda', '--locked',
    '--package', `taskline-${name}`, '--bin', name, '--features', 'lambda',
    '--target', `${triples[architecture]}.${GLIBC_FLOOR}`,
    '--lambda-dir', binaries,
  ];
}
