// The path of a types file.
import { readTypesFile } from '../types/types-file.ts';
import { text } from './kinds.ts';
import type { Kind } from './setting.ts';

export const typesFile: Kind<string> = {
  json: 'string',
  read: (given) => {
    const path = text.read(given);
    readTypesFile(path);
    return path;
  },
};
