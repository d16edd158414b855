// The names that `-c name=value` may have. One that nothing reads is refused: its value would be ignored without a word.

export const contextNames = [
  'environment', 'handler', 'webhookUrl', 'failurePolicy', 'jwtIssuer', 'jwtAudience', 'corsOrigins', 'architecture', 'binaries',
] as const;

export type ContextName = (typeof contextNames)[number];

/** What the CDK itself keeps in its context under a plain name; its others hold a colon or begin with @. */
const namesOfTheCdk = ['cli-telemetry', 'acknowledged-issue-numbers'];

/** With so many slips it is still the same word. */
const SLIPS_MAX = 2;

/**
 * Refuses the first name that nothing reads. What stands in the user's own file for all apps (`~/.cdk.json`) may be
 * another app's: of that only what is one of ours, misspelt, is refused.
 */
export function refuseUnknownNames(names: Iterable<string>, forAllApps: ReadonlySet<string> = new Set()): void {
  for (const name of names) {
    if (isKnown(name)) continue;
    const meant = nearest(name);
    if (meant !== undefined) throw new Error(`-c ${name}=… is not known: did you mean ${meant}?`);
    if (!forAllApps.has(name)) throw new Error(`-c ${name}=… is not known: there are ${contextNames.join(', ')}`);
  }
}

function isKnown(name: string): boolean {
  return (contextNames as readonly string[]).includes(name) || namesOfTheCdk.includes(name) || name.startsWith('@') || name.includes(':');
}

function nearest(name: string): ContextName | undefined {
  const letters = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const slips = contextNames.map((ours) => ({ ours, count: distance(letters(name), letters(ours)) }));
  const [first] = slips.sort((a, b) => a.count - b.count);
  return first !== undefined && first.count <= SLIPS_MAX ? first.ours : undefined;
}

/** Optimal string alignment: letters left out, added, changed, or swapped with the next. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j += 1) {
      const changed = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const areSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(Math.min(changed, at(i - 1, j) + 1, at(i, j - 1) + 1, areSwapped ? at(i - 2, j - 2) + 1 : Infinity));
    }
  }
  return at(a.length, b.length);
}
