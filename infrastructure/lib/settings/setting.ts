// What a setting is. The table of all of them: table.ts.

/** How the values of a setting are written and read. */
export interface Kind<T> {
  /** Its type in JSON. On a command line every value is text, a list with commas between its items. */
  readonly json: 'string' | 'number' | 'boolean' | 'list';
  /** Reads the text. Throws {@link InvalidValue} if it can't be used. */
  readonly read: (text: string) => T;
}

/** The value of a setting can't be used. The message continues a sentence that begins with the setting. */
export class InvalidValue extends Error {}

/** A setting is unknown, can't be used, or has no effect. The message names it and says what to do; its value may be a secret. */
export class InvalidSetting extends Error {}

export interface Variable {
  readonly name: string;
  readonly of: readonly FunctionName[];
}

/** Another setting and the value it must have, any if none is named; or a type in the types file with this handler. */
export interface Need {
  readonly setting: string;
  readonly value?: string;
  readonly orTypeWith?: 'webhook' | 'function';
}

export interface SettingProps {
  /** What it is for, in the Markdown of the table in README.md. */
  readonly meaning: string;
  /** Without it this setting has no effect and is refused. */
  readonly needs?: Need;
  /** The environment variable of docs/settings.md that carries it, and the functions that read it. */
  readonly variable?: Variable;
  /** True if only `-c` may set it: an environment's file may not. */
  readonly isArgumentOnly?: boolean;
}

export type FunctionName = 'api' | 'processor' | 'watch';

export interface Setting<T> extends SettingProps {
  readonly kind: Kind<NonNullable<T>>;
  /** Undefined if the setting may be left unset. */
  readonly default: T;
}

/** An entry of the table. Its type is that of its values, and also undefined if it has no default. */
export function setting<T extends string | number | boolean | readonly string[], D extends T | undefined>(
  kind: Kind<T>, byDefault: D, props: SettingProps,
): Setting<D extends undefined ? T | undefined : T> {
  return { ...props, kind, default: byDefault } as unknown as Setting<D extends undefined ? T | undefined : T>;
}
