// The result of a verification, in sentences.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { fixture } from './fixture.js';

const it = fixture();

const FOUND = { order: 'departures', clock_tolerance_ms: null, violations: [], unproven: [], exceptions: [] };
const ON_AWS = { ...FOUND, order: 'clocks', clock_tolerance_ms: 1_000 };
const OVERTAKING = { kind: 'overtook', task_id: 'B', started_at: 'T1', overtaken: 'A', finished_at: null };

/** The page's text for a pipeline's findings. */
const shown = (page, found) =>
  page.evaluate(async (answer) => {
    const { findings, verdict } = await import('/verdict.js');
    return { verdict: verdict(answer), lists: Object.fromEntries(findings(answer)) };
  }, found);

test(
  'the verdict names the evidence for the order and the tolerance for clocks',
  it.withPage(async (page) => {
    const here = await shown(page, FOUND);
    assert.ok(here.verdict.endsWith('had left the line (by the numbers in the data file).'), here.verdict);
    const there = await shown(page, ON_AWS);
    assert.ok(there.verdict.endsWith('(by clocks, with a tolerance of 1 s).'), there.verdict);
    assert.deepEqual([here.lists, there.lists], [{}, {}]);
  }),
);

test(
  'the page shows the verdict',
  it.withPage(async (page) => {
    await page.getByRole('button', { name: 'Verify the order' }).click();
    await page
      .getByText('had left the line (by the numbers in the data file). 0 records: 0 completed')
      .waitFor();
  }),
);

test(
  'violations, doubts and exceptions are shown as sentences and counted separately',
  it.withPage(async (page) => {
    const { verdict, lists } = await shown(page, {
      ...ON_AWS,
      violations: [OVERTAKING, { kind: 'missing_from_the_line', task_id: 'C', status: 'accepted' }],
      unproven: [
        { ...OVERTAKING, finished_at: 'T2', reason: 'within_clock_tolerance' },
        { ...OVERTAKING, reason: 'a_new_one' },
        { kind: 'missing_from_the_line', task_id: 'D', status: 'retrying' },
      ],
      exceptions: [{ task_id: 'E', first_sequence_number: '5', status: 'dead_lettered', cause: 'given up' }],
    });
    assert.ok(verdict.startsWith('NOT in order: 2 violations (by clocks'), verdict);
    assert.deepEqual(lists, {
      '2 violations': [
        'B began at T1, before A, which has not left the line',
        'C is accepted, and the line is empty: reconcile to send its message again',
      ],
      '3 cases neither proven nor ruled out': [
        'B may have begun at T1, before A, which left the line at T2: the two clocks may differ by this much (1 s)',
        'B may have begun at T1, before A, which has not left the line: a new one',
        'D is retrying, and the line seems to be empty, by counts that can be late: reconcile to find out',
      ],
      '1 explained exception': ['E at 5: dead lettered: given up'],
    });
  }),
);
