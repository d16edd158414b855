// `npm run deploy -- -c environment=NAME -c handler=record|webhook|lambda|own`: builds the functions for that environment,
// unless `-c binaries=DIR` says where they are, then deploys its three stacks. All arguments go on to `cdk deploy`.
import { join } from 'node:path';

import { buildFunctions } from '../lib/build-functions.ts';
import { run } from '../lib/run.ts';

const infrastructure = join(import.meta.dirname, '..');
const given = process.argv.slice(2);
buildFunctions(infrastructure, 'deploy', given);
run('npx', ['cdk', 'deploy', '--all', '--strict', '--no-lookups', ...given], infrastructure);
