// The settings that a function is given as environment variables.
import type { FunctionName, Setting } from './setting.ts';
import { settingNames, table, type Settings } from './table.ts';

export function variablesOf(name: FunctionName, settings: Settings): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const each of settingNames) {
    const { variable }: Setting<unknown> = table[each];
    const value = settings[each];
    if (variable?.of.includes(name) === true && value !== undefined) variables[variable.name] = String(value);
  }
  return variables;
}
