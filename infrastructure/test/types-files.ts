// Types files for the tests.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { emptyFolder } from './folder.ts';

/** A folder with these files; the path of its types file. */
export function typesFile(toml: string, files: Record<string, string> = {}): string {
  const folder = emptyFolder();
  for (const [path, text] of Object.entries({ 'types.toml': toml, ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return join(folder, 'types.toml');
}

/** One with all its keys, whose longest handler runs for 120 s, and files that it doesn't name. */
export const example = typesFile(`
[[type]]
name = "invoice.send"
webhook = "https://a.example/invoices"
timeout_seconds = 120
attempt_budget = 3
schema = "schemas/invoice.json"

[[type]]
name = "invoice.archive"
function = "archive:live"
schema = "schemas/invoice.json"

[[type]]
name = "report"
function = "arn:aws:lambda:eu-west-1:111122223333:function:reports"
schema = "report.json"

[[type]]
name = "note"
record = true

[[type]]
name = "task"
`, { 'schemas/invoice.json': '{"type": "object"}', 'report.json': 'true', 'unnamed.json': '{}', 'schemas/unnamed.json': '{}' });
