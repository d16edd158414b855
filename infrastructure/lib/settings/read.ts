// Reads the settings of a deployment from where they are given; the first source that has one counts.
import { checkTogether } from './together.ts';
import { InvalidSetting, InvalidValue, type Kind, type Setting } from './setting.ts';
import { settingNames, table, type SettingName, type Settings } from './table.ts';
import { typesOf } from '../types/types-file.ts';
import type { TaskType } from '../types/task-type.ts';

/** A place where settings are given. */
export interface Source {
  /** Names a setting of this source in a message. */
  readonly label: (name: string) => string;
  readonly get: (name: SettingName) => unknown;
  /** Whether values have their type in JSON. Otherwise they are text. */
  readonly isTyped: boolean;
}

/** Values that have their types, with undefined for what is not set. */
export function typedSource(given: Readonly<Record<string, unknown>>, label: Source['label']): Source {
  return { label, isTyped: true, get: (name) => given[name] };
}

/** Reads and checks every setting. */
export function readSettings(...sources: Source[]): Settings {
  const labels = new Map<string, string>();
  const settings: Record<string, unknown> = {};
  for (const name of settingNames) {
    const { kind, default: byDefault }: Setting<unknown> = table[name];
    const source = sources.find((each) => each.get(name) !== undefined);
    settings[name] = source === undefined ? byDefault : read(kind, source, name);
    if (source !== undefined) labels.set(name, source.label(name));
  }
  const complete = settings as unknown as Settings;
  const types = typesOf(complete);
  for (const [name, label] of labels) checkNeed(name as SettingName, label, settings, types);
  checkTogether(complete, types, (name) => labels.get(name) ?? `-c ${name}=…`);
  return complete;
}

/** Reads one setting, before the others are known. */
export function readSetting<Name extends SettingName>(name: Name, source: Source): Settings[Name] {
  const { kind, default: byDefault }: Setting<unknown> = table[name];
  return (source.get(name) === undefined ? byDefault : read(kind, source, name)) as Settings[Name];
}

function read(kind: Kind<unknown>, source: Source, name: SettingName): unknown {
  try {
    return kind.read(source.isTyped ? textOf(source.get(name), kind.json) : textAlone(source.get(name)));
  } catch (error) {
    if (error instanceof InvalidValue) throw new InvalidSetting(`${source.label(name)}: ${error.message}`);
    throw error;
  }
}

function textAlone(value: unknown): string {
  if (typeof value !== 'string' || value === '') throw new InvalidValue('must be text, and not empty');
  return value;
}

/** A value of the right JSON type, as it is written on a command line. */
function textOf(value: unknown, type: Kind<unknown>['json']): string {
  if (type === 'list') {
    const isList = Array.isArray(value) && value.every((item) => typeof item === 'string' && !item.includes(','));
    if (!isList) throw new InvalidValue('must be a list of texts, none of them with a comma');
    return value.join(',');
  }
  if (typeof value !== type || value === '') throw new InvalidValue(`must be ${typeNames[type]}`);
  return String(value);
}

const typeNames = { string: 'a text, and not empty', number: 'a number, without quotation marks', boolean: 'true or false, without quotation marks' };

/** A setting that has no effect is refused. */
function checkNeed(name: SettingName, label: string, settings: Readonly<Record<string, unknown>>, types: readonly TaskType[]): void {
  const { needs }: Setting<unknown> = table[name];
  if (needs === undefined) return;
  const value = settings[needs.setting];
  if (needs.value === undefined ? value !== undefined : value === needs.value) return;
  const { orTypeWith: handler } = needs;
  if (handler !== undefined && types.some((type) => type[handler] !== undefined)) return;
  throw new InvalidSetting(`${label}: has no effect without ${needs.setting}=${needs.value ?? '…'}; set that, or leave this out`);
}
