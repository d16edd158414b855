// What is done elsewhere while a page is open: by another operator, in another tab, from the command line.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { close, dialog, give, listed, scene } from './scene.js';
import { until } from './until.js';

const it = scene({ ATTEMPT_BUDGET: '1' });

const idsOf = (page) =>
  listed(page)
    .locator('input')
    .evaluateAll((boxes) => boxes.map((box) => box.value));

test(
  'a last page that is gone gives way to the one before it, and the list goes on',
  it.on(async (page) => {
    const [id] = await it.pipeline.bury(['The model of these']);
    it.pipeline.plant(id, 200);
    await page.getByText('1 to 100 of 201 dead letters').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('101 to 200 of 201 dead letters').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('201 to 201 of 201 dead letters').waitFor();
    await it.pipeline.act({ action: 'discard', ids: await idsOf(page) });
    await page.getByText('101 to 200 of 200 dead letters').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Next' }).isDisabled());
    // Discarded from here: the dialog ends, and its button opens it again.
    await page.getByLabel('Select this page').check();
    await page.getByRole('button', { name: 'Discard 100 selected' }).click();
    await give(page, 'for a reason', 'Discard');
    await close(page);
    await page.getByText('1 to 100 of 100 dead letters').waitFor();
    await page.getByRole('button', { name: 'Discard all 100' }).click();
    await give(page, 'for a reason', 'Discard');
    await close(page);
    await page.getByText('No dead letters.', { exact: true }).first().waitFor();
  }),
);

test(
  'what was selected and is gone is selected no more',
  it.on(async (page) => {
    const ids = await it.pipeline.bury(['Picked 1', 'Picked 2', 'Picked 3']);
    await until('three are listed', async () => (await listed(page).count()) === 3);
    await page.getByLabel('Select this page').check();
    await page.getByRole('button', { name: 'Redrive 3 selected' }).waitFor();
    await it.pipeline.act({ action: 'discard', ids: ids.slice(0, 2) });
    await page.getByRole('button', { name: 'Redrive 1 selected' }).waitFor();
    await it.pipeline.bury(['Not picked']);
    await it.pipeline.act({ action: 'discard', ids: ids.slice(2) });
    await page.getByRole('button', { name: 'Redrive all 1' }).waitFor();
  }),
);

test(
  'a line that was paused elsewhere says by whom, since when and why',
  it.on(async (page) => {
    await it.pipeline.act({ action: 'pause_line', reason: 'the receiver moves' });
    const said = page.locator('#state').filter({ hasText: /By ann, .+ ago: the receiver moves/ });
    await said.waitFor();
    await page.getByRole('button', { name: 'Resume the line' }).click();
    await dialog(page).getByText('Stored with the line, with your name.').waitFor();
    await it.pipeline.act({ action: 'resume_line' });
    await give(page, 'it has moved', 'Resume');
    await dialog(page).getByRole('heading', { name: 'The line was resumed already', exact: true }).waitFor();
    await dialog(page).getByText('Nothing was changed, and this reason was not stored.').waitFor();
    await close(page);
    await said.waitFor({ state: 'detached' });
  }),
);
