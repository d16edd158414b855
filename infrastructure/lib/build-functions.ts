// Builds both functions as a deployment's arguments say, unless these say where they are.
import { join } from 'node:path';

import { binariesFolder, functions } from './binary.ts';
import { cargoLambdaArguments } from './cargo-lambda.ts';
import { contextIn, readContext } from './context.ts';
import { refuseUnknownNames } from './context-names.ts';
import { environments } from './environments.ts';
import { choices, handlers } from './handlers.ts';
import { refuse, run } from './run.ts';

/** Builds them into `dist` of `infrastructure`; `script` is what `npm run` was told. */
export function buildFunctions(infrastructure: string, script: 'deploy' | 'functions', given: readonly string[]): void {
  try {
    const pairs = contextIn(given);
    refuseUnknownNames(pairs.keys());
    if (!pairs.has('environment')) {
      throw new Error(`Which environment? npm run ${script} -- -c environment=${Object.keys(environments).join('|')}`);
    }
    const context = readContext((name) => pairs.get(name));
    if (script === 'deploy' && context.handler === undefined) {
      throw new Error(`What is done with tasks? ${choices}: npm run deploy -- -c handler=${handlers.join('|')} ...`);
    }
    const binaries = binariesFolder(infrastructure, context.binaries);
    if (context.binaries === undefined) {
      const architecture = context.architecture ?? environments[context.environment].architecture;
      for (const each of functions) run('cargo', cargoLambdaArguments(each, architecture, binaries), join(infrastructure, '..'));
    }
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error));
  }
}
