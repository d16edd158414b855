// The folders of a test run. They are removed when it ends.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'taskline-infrastructure-'));
process.on('exit', () => { rmSync(folder, { recursive: true, force: true }); });

export function emptyFolder(): string {
  return mkdtempSync(join(folder, '-'));
}
