// Builds both functions as a deployment's arguments say, unless these say where they are.
import { join } from 'node:path';

import { binariesFolder, functions } from './binary.ts';
import { cargoLambdaArguments } from './cargo-lambda.ts';
import { contextIn, readContext } from './context.ts';
import { environments } from './environments.ts';
import { refuse, run } from './run.ts';

/** Builds them into `dist` of `infrastructure`; `script` is what `npm run` was told. */
export function buildFunctions(infrastructure: string, script: string, given: readonly string[]): void {
  const lookup = contextIn(given);
  if (lookup('environment') === undefined) {
    refuse(`Which environment? npm run ${script} -- -c environment=${Object.keys(environments).join('|')}`);
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
}
