// Settings given by `-c name=value`.
import { environmentFile } from './environment-files.ts';
import { readSetting, readSettings, type Source } from './read.ts';
import { InvalidSetting } from './setting.ts';
import type { Settings } from './table.ts';
import { refuseUnknownNames } from './unknown-names.ts';

const label = (name: string): string => `-c ${name}=…`;

/** What the CDK itself keeps in its context under a plain name; its others hold a colon or begin with @. */
const namesOfTheCdk = ['cli-telemetry', 'acknowledged-issue-numbers'];

/**
 * Reads the settings of a deployment: from its context, then from the file of its environment. `forAllApps` are the names
 * that the user's own `~/.cdk.json` adds to the context of every app: another app may read them.
 */
export function settingsFrom(context: ReadonlyMap<string, unknown>, forAllApps: ReadonlySet<string> = new Set()): Settings {
  const isOfTheCdk = (name: string): boolean => namesOfTheCdk.includes(name) || name.startsWith('@') || name.includes(':');
  refuseUnknownNames([...context.keys()].filter((name) => !isOfTheCdk(name)), label, (name) => forAllApps.has(name));
  const given: Source = { label, isTyped: false, get: (name) => context.get(name) };
  return readSettings(given, environmentFile(readSetting('environment', given)));
}

/** Finds `-c name=value`, in each way that `cdk` lets it be written, among the arguments of a command. */
export function contextIn(given: readonly string[]): Map<string, string> {
  const context = new Map<string, string>();
  for (const [at, argument] of given.entries()) {
    const isValue = ['-c', '--context'].includes(given[at - 1] ?? '');
    const assignment = isValue ? argument : /^(?:--context=|-c=?)(.+)$/s.exec(argument)?.[1];
    if (assignment === undefined) continue;
    const [name = '', ...value] = assignment.split('=');
    if (value.length === 0) throw new InvalidSetting(`-c ${name}: write -c ${name}=VALUE`);
    // The CLI would silently take the last one.
    if (context.has(name)) throw new InvalidSetting(`${label(name)}: is given twice`);
    context.set(name, value.join('='));
  }
  return context;
}
