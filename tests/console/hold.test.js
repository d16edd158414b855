// A held line: shown, resumed, amended, skipped, discarded.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { close, dialog, confirm, fixture } from './fixture.js';

const it = fixture({ FAILURE_POLICY: 'hold' });

const hold = async (page, title) => {
  it.pipeline.receiver.answer(title, 422);
  const held = await it.pipeline.submit(title);
  const behind = await it.pipeline.submit(`behind ${title}`);
  await page.getByText('Held: the line waits at a task').waitFor();
  await page.getByText('1 task waits behind it').waitFor();
  return [held, behind];
};

const head = (page, verb) => page.locator('#head').getByRole('button', { name: verb }).click();

test(
  'a held task is resumed at the front of the line',
  it.withPage(async (page) => {
    const [held, behind] = await hold(page, 'resumed');
    it.pipeline.receiver.answer('resumed', 204);
    await head(page, 'Resume');
    await confirm(page, 'the receiver was fixed', 'Resume');
    await close(page);
    await it.pipeline.untilStatus(behind, 'completed');
    await it.pipeline.untilStatus(held, 'completed');
    assert.deepEqual(it.pipeline.receiver.titles.slice(-2), ['resumed', 'behind resumed']);
    await page.getByText('Idle: no tasks wait.').waitFor();
  }),
);

test(
  'an amended held task is handled at its position',
  it.withPage(async (page) => {
    const [, behind] = await hold(page, 'wrong');
    await head(page, 'Amend');
    await dialog(page).getByLabel('Title').fill('right');
    await dialog(page).getByRole('button', { name: 'Preview' }).click();
    await confirm(page, 'typo', 'Amend');
    await close(page);
    await head(page, 'Resume');
    await confirm(page, 'amended', 'Resume');
    await close(page);
    await it.pipeline.untilStatus(behind, 'completed');
    assert.deepEqual(it.pipeline.receiver.titles.slice(-2), ['right', 'behind wrong']);
  }),
);

test(
  'a skipped held task becomes a dead letter',
  it.withPage(async (page) => {
    const [held, behind] = await hold(page, 'skipped');
    await head(page, 'Skip');
    await confirm(page, 'later', 'Skip');
    await close(page);
    await it.pipeline.untilStatus(behind, 'completed');
    await it.pipeline.untilStatus(held, 'dead_lettered');
  }),
);

test(
  'discarding a held task lets the line continue',
  it.withPage(async (page) => {
    const [held, behind] = await hold(page, 'discarded');
    await head(page, 'Discard');
    await confirm(page, 'cancelled', 'Discard');
    await close(page);
    await it.pipeline.untilStatus(behind, 'completed');
    await it.pipeline.untilStatus(held, 'discarded');
  }),
);
