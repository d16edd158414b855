// Which origins are taken, and as what: the same table as for the program on one machine (api/src/origin.rs).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { origins } from '../lib/settings/origins.ts';

interface Table {
  readonly accepted: readonly (readonly [string, readonly string[]])[];
  readonly refused: readonly (readonly [string, string])[];
}

const { accepted, refused } = JSON.parse(readFileSync(new URL('../../tests/cors-origins.json', import.meta.url), 'utf8')) as Table;
const read = (list: string): readonly string[] => origins.read(list);

describe('origins', () => {
  it('are written as browsers send them', () => {
    assert.ok(accepted.length > 20);
    for (const [list, expected] of accepted) assert.deepEqual(read(list), expected, JSON.stringify(list));
  });

  it('that are none are refused with their reason', () => {
    assert.ok(refused.length > 50);
    for (const [list, reason] of refused) {
      assert.throws(() => read(list), ({ message }: Error) => message.startsWith('"') && message.endsWith(`": ${reason}`), JSON.stringify(list));
    }
  });

  it('are quoted in a refusal, and a password is not', () => {
    assert.throws(() => read('https://a.example, https://b.example/'), /: "https:\/\/b\.example\/": an origin ends/);
    assert.throws(() => read('https://ann:hunter2@a.example'), /: "…@a\.example": an origin has no user name/);
  });
});
