// The JSON Schema of a type, which is deployed beside the types file under the same relative path.
import { join } from 'node:path';

import { InvalidValue, type Kind } from '../settings/setting.ts';
import { textOf } from './text-of.ts';

/** The path of a schema in `folder`, or below it. */
export function schemaPath(folder: string): Kind<string> {
  return {
    json: 'string',
    read: (path) => {
      // It must mean the same file on this machine as in the function.
      if (!/^[^/\\][^\\]*$/.test(path) || path.split('/').includes('..')) {
        throw new InvalidValue('must be the path of a file in the folder of the types file or below it, with / and without ..');
      }
      refuseUnlessSchema(path, textOf(join(folder, path)));
      return path;
    },
  };
}

function refuseUnlessSchema(path: string, json: string): void {
  let schema: unknown;
  try {
    schema = JSON.parse(json);
  } catch (error) {
    throw new InvalidValue(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const isObject = typeof schema === 'object' && schema !== null && !Array.isArray(schema);
  // With false no task of the type could be accepted.
  if (!isObject && schema !== true) throw new InvalidValue(`${path} must be a JSON Schema: an object, or true`);
}
