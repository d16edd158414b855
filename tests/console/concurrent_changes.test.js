// Changes made while a page is open: by another operator, in another tab, or on the command line.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { close, dialog, confirm, listed, fixture } from './fixture.js';
import { until } from './until.js';

const it = fixture({ ATTEMPT_BUDGET: '1' });

const idsOf = (page) =>
  listed(page)
    .locator('input')
    .evaluateAll((boxes) => boxes.map((box) => box.value));

test(
  'the list shows the page before when its last page is gone',
  it.withPage(async (page) => {
    const [id] = await it.pipeline.makeDeadLetters(['The model of these']);
    it.pipeline.copyDeadLetter(id, 200);
    await page.getByText('1 to 100 of 201 dead letters').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('101 to 200 of 201 dead letters').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('201 to 201 of 201 dead letters').waitFor();
    await it.pipeline.act({ action: 'discard', ids: await idsOf(page) });
    await page.getByText('101 to 200 of 200 dead letters').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Next' }).isDisabled());
    // Discarded on this page: the dialog closes, and its button opens a new one.
    await page.getByLabel('Select this page').check();
    await page.getByRole('button', { name: 'Discard 100 selected' }).click();
    await confirm(page, 'for a reason', 'Discard');
    await close(page);
    await page.getByText('1 to 100 of 100 dead letters').waitFor();
    await page.getByRole('button', { name: 'Discard all 100' }).click();
    await confirm(page, 'for a reason', 'Discard');
    await close(page);
    await page.getByText('No dead letters.', { exact: true }).first().waitFor();
  }),
);

test(
  'a task that left the list is no longer selected',
  it.withPage(async (page) => {
    const ids = await it.pipeline.makeDeadLetters(['Picked 1', 'Picked 2', 'Picked 3']);
    await until('three are listed', async () => (await listed(page).count()) === 3);
    await page.getByLabel('Select this page').check();
    await page.getByRole('button', { name: 'Redrive 3 selected' }).waitFor();
    await it.pipeline.act({ action: 'discard', ids: ids.slice(0, 2) });
    await page.getByRole('button', { name: 'Redrive 1 selected' }).waitFor();
    await it.pipeline.makeDeadLetters(['Not picked']);
    await it.pipeline.act({ action: 'discard', ids: ids.slice(2) });
    await page.getByRole('button', { name: 'Redrive all 1' }).waitFor();
  }),
);

test(
  'a line that another operator paused shows by whom, since when and why',
  it.withPage(async (page) => {
    await it.pipeline.act({ action: 'pause_line', reason: 'the receiver moves' });
    const pause = page.locator('#state').filter({ hasText: /By ann, .+ ago: the receiver moves/ });
    await pause.waitFor();
    await page.getByRole('button', { name: 'Resume the line' }).click();
    await dialog(page).getByText('Stored with the line, with your name.').waitFor();
    await it.pipeline.act({ action: 'resume_line' });
    await confirm(page, 'it has moved', 'Resume');
    await dialog(page).getByRole('heading', { name: 'The line was resumed already', exact: true }).waitFor();
    await dialog(page).getByText('Nothing was changed, and this reason was not stored.').waitFor();
    await close(page);
    await pause.waitFor({ state: 'detached' });
  }),
);
