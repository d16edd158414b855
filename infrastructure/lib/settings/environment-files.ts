// The settings of an environment: `environments/NAME.json`, with the names of the table and typed values. Accounts and
// Regions are not among them: those of the AWS CLI's environment are used.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { typedSource, type Source } from './read.ts';
import { InvalidSetting, type Setting } from './setting.ts';
import { table, type SettingName } from './table.ts';
import { refuseUnknownNames } from './unknown-names.ts';

const folder = join(import.meta.dirname, '..', '..', 'environments');

/** The names of all environments. */
export function environmentNames(): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length)).sort();
}

export function environmentFile(environment: string): Source {
  const names = environmentNames();
  if (!names.includes(environment)) {
    throw new InvalidSetting(`-c environment=${environment}: there are ${names.join(', ')}; another one is a file infrastructure/environments/${environment}.json`);
  }
  return sourceOf(`environments/${environment}.json`, readFileSync(join(folder, `${environment}.json`), 'utf8'));
}

/** What a file sets; `path` is what it is called in a message. */
export function sourceOf(path: string, json: string): Source {
  const label = (name: string): string => `${path}: ${name}`;
  const given = parse(path, json);
  refuseUnknownNames(Object.keys(given), label);
  for (const name of Object.keys(given) as SettingName[]) {
    const { isArgumentOnly }: Setting<unknown> = table[name];
    if (isArgumentOnly === true) throw new InvalidSetting(`${label(name)}: can only be set by -c ${name}=…`);
    if (given[name] === null) throw new InvalidSetting(`${label(name)}: null is no value; leave the setting out`);
  }
  return typedSource(given, label);
}

function parse(path: string, json: string): Record<string, unknown> {
  try {
    const given: unknown = JSON.parse(json);
    if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given as Record<string, unknown>;
  } catch (error) {
    throw new InvalidSetting(`${path}: is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new InvalidSetting(`${path}: must be a JSON object of settings`);
}
