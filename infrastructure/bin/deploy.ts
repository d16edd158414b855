// `npm run deploy -- -c environment=NAME`: builds both functions for that environment, unless `-c binaries=DIR` says
// where they are, then deploys its three stacks. All arguments go on to `cdk deploy`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { binariesFolder, functions } from '../lib/binary.ts';
import { cargoLambdaArguments } from '../lib/cargo-lambda.ts';
import { contextIn, readContext } from '../lib/context.ts';
import { environments } from '../lib/environments.ts';

const infrastructure = join(import.meta.dirname, '..');
const given = process.argv.slice(2);

/** Runs a program, showing what; ends with its exit code if it fails. */
function run(program: string, args: string[], folder: string): void {
  console.error(`> ${program} ${args.join(' ')}`);
  const { status, error } = spawnSync(program, args, { cwd: folder, stdio: 'inherit' });
  if (error !== undefined) console.error(`${program} can't be run: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** What is wrong is said at once, and not after the build. */
function refuse(because: string): never {
  console.error(because);
  process.exit(2);
}

const lookup = contextIn(given);
if (lookup('environment') === undefined) {
  refuse(`Which environment? npm run deploy -- -c environment=${Object.keys(environments).join('|')}`);
}
try {
  const context = readContext(lookup);
  const binaries = binariesFolder(infrastructure, context.binaries);
  if (context.binaries === undefined) {
    const architecture = context.architecture ?? environments[context.environment].architecture;
    for (const each of functions) run('cargo', cargoLambdaArguments(each, architecture, binaries), join(infrastructure, '..'));
  }
} catch (error) {
  refuse(error instanceof Error ? error.message : String(error));
}
run('npx', ['cdk', 'deploy', '--all', '--strict', '--no-lookups', ...given], infrastructure);
