// Reads a file that a setting names.
import { readFileSync } from 'node:fs';

import { InvalidValue } from '../settings/setting.ts';

export function textOf(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    throw new InvalidValue(`${path} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
