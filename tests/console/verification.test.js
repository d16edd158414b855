// The result of a verification.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { fixture } from './fixture.js';

const it = fixture();

test(
  'the page shows the verdict and the counts',
  it.withPage(async (page) => {
    await page.getByRole('button', { name: 'Verify the order' }).click();
    await page
      .getByText('had left the line (by the numbers in the data file). 0 records: 0 completed')
      .waitFor();
  }),
);

test(
  'violations, doubts and exceptions are counted separately, and empty kinds are left out',
  it.withPage(async (page) => {
    const shown = (report) =>
      page.evaluate(async (answer) => {
        const { findings } = await import('/findings.js');
        return Object.fromEntries(findings(answer));
      }, report);
    const none = { violations: [], unproven: [], exceptions: [] };
    assert.deepEqual(await shown(none), {});
    assert.deepEqual(await shown({ violations: ['a', 'b'], unproven: ['c'], exceptions: ['d'] }), {
      '2 violations': ['a', 'b'],
      '1 case neither proven nor ruled out': ['c'],
      '1 explained exception': ['d'],
    });
  }),
);
