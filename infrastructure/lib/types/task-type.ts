// One `[[type]]` of a types file: its keys, and what they must be on AWS. The functions read the same file
// (types/src).
import { limits } from '../limits.ts';
import { handlerFunction } from '../settings/handler-function.ts';
import { flag, taskTypeName, wholeNumber } from '../settings/kinds.ts';
import { InvalidValue, type Kind } from '../settings/setting.ts';
import { webhookUrl } from '../settings/webhook-url.ts';
import { schemaPath } from './schema-file.ts';

/** What the stacks need to know of a type. */
export interface TaskType {
  readonly name: string;
  /** The URL that its tasks are posted to. */
  readonly webhook: string | undefined;
  /** The Lambda function that handles its tasks. */
  readonly function: string | undefined;
  readonly timeoutSeconds: number | undefined;
  /** The path of its JSON Schema, relative to the folder of the types file. */
  readonly schema: string | undefined;
}

/** A table of TOML. A whole number is a bigint, and 1.0 is a number. */
export type Table = Readonly<Record<string, unknown>>;

/** What handles the tasks of a type: at most one of them. */
const handlers = ['webhook', 'function', 'record'];

/** Handlers that run a program. */
const ofOneMachine = ['command', 'server'];

const known = ['name', ...handlers, 'timeout_seconds', 'attempt_budget', 'schema'];

/** Reads a type of the file in `folder`. An error names the key. */
export function readTaskType(given: Table, folder: string): TaskType {
  for (const key of Object.keys(given)) {
    if (ofOneMachine.includes(key)) throw new InvalidValue(`${key}: runs a program, which is possible on one machine only; on AWS set webhook or function`);
    if (!known.includes(key)) throw new InvalidValue(`${key}: is not known: there are ${known.join(', ')}`);
  }
  const [first, second] = handlers.filter((key) => Object.hasOwn(given, key));
  if (first !== undefined && second !== undefined) throw new InvalidValue(`${second}: can't be set with ${first}: a type has one handler`);
  // Only the functions use these two.
  if (read(given, 'record', flag) === false) throw new InvalidValue('record: must be true, or absent');
  read(given, 'attempt_budget', wholeNumber(1, 100));
  return {
    name: read(given, 'name', taskTypeName) ?? refuseWithoutName(),
    webhook: read(given, 'webhook', webhookUrl),
    function: read(given, 'function', handlerFunction),
    timeoutSeconds: read(given, 'timeout_seconds', wholeNumber(1, limits.handlerSecondsMax)),
    schema: read(given, 'schema', schemaPath(folder)),
  };
}

const tomlTypes = { string: 'a text', number: 'a whole number', boolean: 'true or false', list: 'an array' };

function read<T>(given: Table, key: string, kind: Kind<T>): T | undefined {
  const value = given[key];
  if (value === undefined) return undefined;
  const isScalar = typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean';
  const type = typeof value === 'bigint' ? 'number' : typeof value;
  if (!isScalar || type !== kind.json) throw new InvalidValue(`${key}: must be ${tomlTypes[kind.json]}`);
  return naming(key, () => kind.read(String(value)));
}

function refuseWithoutName(): never {
  throw new InvalidValue('name: is missing');
}

/** Runs `read`, and puts a name in front of what is refused. */
export function naming<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof InvalidValue) throw new InvalidValue(`${name}: ${error.message}`);
    throw error;
  }
}
