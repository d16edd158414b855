// `npm run deploy -- -c environment=NAME`: builds both functions for that environment, then deploys its three stacks.
// All arguments go on to `cdk deploy`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { cargoLambdaArguments } from '../lib/cargo-lambda.ts';
import { environments, isEnvironmentName } from '../lib/environments.ts';

const infrastructure = join(import.meta.dirname, '..');
const given = process.argv.slice(2);

/** Runs a program, showing what; ends with its exit code if it fails. */
function run(program: string, args: string[], folder: string): void {
  console.error(`> ${program} ${args.join(' ')}`);
  const { status, error } = spawnSync(program, args, { cwd: folder, stdio: 'inherit' });
  if (error !== undefined) console.error(`${program} can't be run: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

const name = given.map((argument) => /^(?:--context=|-c=?)?environment=(.*)$/.exec(argument)?.[1]).findLast((value) => value !== undefined);
if (!isEnvironmentName(name)) {
  console.error(`Which environment? npm run deploy -- -c environment=${Object.keys(environments).join('|')}`);
  process.exit(2);
}
const binaries = join(infrastructure, 'dist');
for (const each of ['api', 'processor'] as const) {
  run('cargo', cargoLambdaArguments(each, environments[name].architecture, binaries), join(infrastructure, '..'));
}
run('npx', ['cdk', 'deploy', '--all', '--strict', '--no-lookups', ...given], infrastructure);
