// An unknown name is refused: its value would be ignored silently.
import { InvalidSetting } from './setting.ts';
import { settingNames, type SettingName } from './table.ts';

/** Up to this many typing errors, a name counts as the same word. */
const SLIPS_MAX = 2;

/** Refuses the first name that is unknown; `mayBeForOthers` has the names that another app may read. */
export function refuseUnknownNames(
  names: Iterable<string>, label: (name: string) => string, mayBeForOthers: (name: string) => boolean = () => false,
): void {
  for (const name of names) {
    if ((settingNames as readonly string[]).includes(name)) continue;
    const meant = nearest(name);
    if (meant !== undefined) throw new InvalidSetting(`${label(name)}: is not known: did you mean ${meant}?`);
    if (!mayBeForOthers(name)) throw new InvalidSetting(`${label(name)}: is not known: there are ${settingNames.join(', ')}`);
  }
}

function nearest(name: string): SettingName | undefined {
  const plain = (word: string): string => word.toLowerCase().replace(/[^a-z0-9]/g, '');
  const slips = settingNames.map((ours) => ({ ours, count: distance(plain(name), plain(ours)) }));
  const [first] = slips.sort((a, b) => a.count - b.count);
  return first !== undefined && first.count <= SLIPS_MAX ? first.ours : undefined;
}

/** Optimal string alignment: characters removed, added, changed, or swapped with the next. */
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
