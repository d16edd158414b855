// Builds the functions for a deployment's arguments, unless the arguments name a folder of binaries.
import { join } from 'node:path';

import { binariesFolder, functions } from './binary.ts';
import { cargoLambdaArguments } from './cargo-lambda.ts';
import { choices } from './handlers.ts';
import { refuse, run } from './run.ts';
import { contextIn, settingsFrom } from './settings/arguments.ts';
import { environmentNames } from './settings/environment-files.ts';
import { InvalidSetting } from './settings/setting.ts';
import { typesOf } from './types/types-file.ts';

/** Builds them into `infrastructure/dist`; `script` is the npm script that was run. */
export function buildFunctions(infrastructure: string, script: 'deploy' | 'functions', given: readonly string[]): void {
  try {
    const context = contextIn(given);
    const settings = settingsFrom(context);
    if (!context.has('environment')) {
      throw new InvalidSetting(`Which environment? npm run ${script} -- -c environment=${environmentNames().join('|')}`);
    }
    if (script === 'deploy' && settings.handler === undefined) {
      throw new InvalidSetting(`What is done with tasks? ${choices}: npm run deploy -- -c handler=record|webhook|lambda|own ...`);
    }
    const binaries = binariesFolder(infrastructure, settings.binaries);
    if (settings.binaries !== undefined) return;
    const types = typesOf(settings);
    for (const each of functions) run('cargo', cargoLambdaArguments(each, settings.architecture, binaries, types), join(infrastructure, '..'));
  } catch (error) {
    refuse(error);
  }
}
