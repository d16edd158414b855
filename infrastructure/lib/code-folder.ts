// The folder that is deployed as a function's code: its binary, and the types file with its schemas if it reads one.
//
// Beside the binary and not in a layer: so both change at once, also when a deployment is rolled back.
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import type { TaskType } from './types/task-type.ts';

/** Where the files are in the code. */
const TYPES = 'types';

export interface CodeFolder {
  readonly path: string;
  /** The types file in it, relative to the folder. */
  readonly typesFile: string | undefined;
}

/** Runs `use` with a function's code; `typesFile` is undefined if it reads none. */
export function withCode<T>(binary: string, typesFile: string | undefined, types: readonly TaskType[], use: (code: CodeFolder) => T): T {
  if (typesFile === undefined) return use({ path: binary, typesFile });
  const path = mkdtempSync(join(tmpdir(), 'taskline-code-'));
  try {
    cpSync(binary, path, { recursive: true });
    const name = basename(typesFile);
    for (const file of new Set([name, ...types.flatMap(({ schema }) => schema ?? [])])) {
      const copy = join(path, TYPES, file);
      mkdirSync(dirname(copy), { recursive: true });
      copyFileSync(join(dirname(typesFile), file), copy);
    }
    return use({ path, typesFile: `${TYPES}/${name}` });
  } finally {
    rmSync(path, { recursive: true });
  }
}
