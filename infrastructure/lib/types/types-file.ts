// The types file: which types of tasks a deployment knows, and what handles them (docs/handlers.md).
import { dirname } from 'node:path';

import { parse, TomlError } from 'smol-toml';

import { InvalidValue } from '../settings/setting.ts';
import { naming, readTaskType, type Table, type TaskType } from './task-type.ts';
import { textOf } from './text-of.ts';

/** The types of a deployment's types file; none without one. */
export function typesOf(settings: { readonly typesFile: string | undefined }): readonly TaskType[] {
  return settings.typesFile === undefined ? [] : readTypesFile(settings.typesFile);
}

/** How long a handler may run: the longest of all types. */
export function handlerSecondsOf(settings: { readonly handlerTimeoutSeconds: number }, types: readonly TaskType[]): number {
  return Math.max(settings.handlerTimeoutSeconds, ...types.flatMap(({ timeoutSeconds }) => timeoutSeconds ?? []));
}

/** Reads and checks the file and the schemas that it names. An error names the file, the type and the key. */
export function readTypesFile(path: string): readonly TaskType[] {
  const text = textOf(path);
  return naming(path, () => typesIn(text, dirname(path)));
}

function typesIn(text: string, folder: string): TaskType[] {
  const { type: tables, ...others } = parsed(text);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new InvalidValue(`${unknown}: is not known: there are [[type]] tables only`);
  if (!areTables(tables)) throw new InvalidValue('must have a [[type]] table for each type');
  const types = tables.map((table, index) => naming(labelOf(table, index), () => readTaskType(table, folder)));
  const names = types.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new InvalidValue(`type ${twice}: is there twice`);
  return types;
}

function parsed(text: string): Table {
  try {
    return parse(text, { integersAsBigInt: true });
  } catch (error) {
    // Its message goes on with the lines of the file.
    if (error instanceof TomlError) throw new InvalidValue(`line ${error.line}, column ${error.column}: ${error.message.split('\n')[0] ?? ''}`);
    throw error;
  }
}

function areTables(value: unknown): value is Table[] {
  const isTable = (each: unknown): boolean => typeof each === 'object' && each !== null && !Array.isArray(each);
  return Array.isArray(value) && value.length > 0 && value.every(isTable);
}

function labelOf({ name }: Table, index: number): string {
  return typeof name === 'string' ? `type ${name}` : `type number ${index + 1}`;
}
