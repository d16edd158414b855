// A press acts on the element at which it was aimed, even if the page changes.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { close, dialog, confirm, listed, open, fixture } from './fixture.js';
import { until } from './until.js';

const it = fixture({ ATTEMPT_BUDGET: '1' });
const tall = { viewport: { width: 1280, height: 2000 } };

/** Stops the page's clock, except when a test advances it. The page is live, and no element is settling. */
const stopTime = async (page) => {
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 3_600_000);
  // To the page, the jump looks like a machine that was asleep: it requests the state again.
  await until('the page is live and settled', async () => {
    await page.clock.runFor(2_000);
    const isLive = await page.getByText('Live', { exact: true }).isVisible();
    return isLive && (await page.locator('[data-settling]').count()) === 0;
  });
};

const middle = async (locator) => {
  const { x, y, width, height } = await locator.boundingBox();
  return [x + width / 2, y + height / 2];
};

test(
  'a press that began on one row does not open another row that moved under the pointer',
  it.withPage(async (page) => {
    await it.pipeline.makeDeadLetters(Array.from({ length: 8 }, (_, number) => `Row ${number}`));
    await until('all are listed', async () => (await listed(page).count()) === 8);
    await stopTime(page);
    const link = listed(page).nth(5).getByRole('link');
    const [x, y] = await middle(link);
    await page.mouse.move(x, y);
    await page.mouse.down();
    // A further cause appears: everything below it moves down.
    await it.pipeline.makeDeadLetters(['Another cause'], 400);
    await page.getByText('http_400').first().waitFor();
    assert.ok((await middle(link))[1] > y + 20, 'the list moved');
    await page.mouse.up();
    assert.equal(await page.evaluate(() => location.hash), '');
    // A press just after the row moved does nothing.
    const [, now] = await middle(link);
    await page.mouse.click(x, now);
    assert.equal(await page.evaluate(() => location.hash), '');
    await page.clock.runFor(600);
    await page.mouse.click(x, now);
    await page.getByRole('heading', { name: /^Task / }).waitFor();
  }, tall),
);

test(
  'no row moves under the pointer: a removed row is marked until the pointer leaves',
  it.withPage(async (page) => {
    const [first] = await it.pipeline.makeDeadLetters(['Gone soon', 'Stays here'], 409);
    await page.getByLabel('Code').fill('http_409');
    await until('two are listed', async () => (await listed(page).count()) === 2);
    const row = page.locator('#dead-letters-list li').nth(1);
    await row.hover();
    const before = await row.boundingBox();
    await it.pipeline.act({ action: 'discard', ids: [first] });
    await page.getByText('1 to 1 of 1 dead letter').waitFor();
    assert.deepEqual(await row.boundingBox(), before);
    assert.equal(await page.locator('#dead-letters-list li[data-gone]').count(), 1);
    assert.ok(await page.locator('#dead-letters-list li[data-gone] input').isDisabled());
    await page.getByRole('heading', { name: 'Dead letters' }).hover();
    await until('the row is gone', async () => (await page.locator('#dead-letters-list li').count()) === 1);
  }, tall),
);

test(
  'the second click of a double click confirms nothing and closes no outcome',
  it.withPage(async (page) => {
    const [id] = await it.pipeline.makeDeadLetters(['Twice']);
    await open(page, 'Twice');
    await page.getByRole('button', { name: 'Discard' }).click();
    await dialog(page).getByLabel('Reason', { exact: true }).fill('no longer wanted');
    await stopTime(page);
    const [x, y] = await middle(dialog(page).getByRole('button', { name: 'Discard' }));
    const outcome = dialog(page).getByRole('heading', { name: 'Task discarded' });
    const settling = dialog(page).locator('button[data-settling]', { hasText: 'Discard' });
    await until('a press counts', async () => {
      if (await outcome.isVisible()) return true;
      // From the press on, neither time passes nor another press is made.
      if (page.requested.some((url) => url.endsWith('/api/act'))) return false;
      // The jump can disconnect the page again: its controls are disabled, and ignore presses for a moment afterwards.
      if (!(await page.getByText('Live', { exact: true }).isVisible())) await page.clock.runFor(2_000);
      else if ((await settling.count()) > 0) await page.clock.runFor(600);
      else await page.mouse.click(x, y);
      return false;
    });
    await page.mouse.click(x, y);
    assert.ok(await dialog(page).isVisible(), 'the outcome is still shown');
    await page.clock.runFor(600);
    await page.mouse.click(x, y);
    await dialog(page).waitFor({ state: 'hidden' });
    await it.pipeline.untilStatus(id, 'discarded');
  }),
);

test(
  'a key that is held down presses one button only',
  it.withPage(async (page) => {
    await page.getByRole('button', { name: 'Pause the line' }).click();
    await dialog(page).getByLabel('Reason', { exact: true }).fill('for a reason');
    await dialog(page).getByRole('button', { name: 'Pause' }).focus();
    await page.keyboard.down('Enter');
    await dialog(page).getByRole('heading', { name: 'Line paused' }).waitFor();
    await dialog(page).getByRole('button', { name: 'Close' }).waitFor();
    await page.keyboard.down('Enter');
    await page.keyboard.down('Enter');
    assert.ok(await dialog(page).isVisible());
    await page.keyboard.up('Enter');
    await close(page);
    await it.pipeline.act({ action: 'resume_line' });
  }),
);

test(
  'a button keeps its position and focus when its count changes',
  it.withPage(async (page) => {
    await it.pipeline.makeDeadLetters(['Counted once'], 423);
    const cause = page.getByRole('button', { name: /with transient http_423|with permanent http_423/ });
    await cause.waitFor();
    await stopTime(page);
    const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? '');
    // The jump can disconnect the page again, which disables its controls: they can't be focused then.
    await until('the button can have the focus', async () => {
      await cause.focus();
      if (/1 task/.test(await focused())) return true;
      await page.clock.runFor(2_000);
      return false;
    });
    await it.pipeline.makeDeadLetters(['Counted twice'], 423);
    await page.getByRole('button', { name: /List the 2 tasks that failed with \w+ http_423/ }).waitFor();
    // While the page waits for a slow machine, its controls are disabled; the focus returns when they are enabled.
    await until('the button has the focus', async () => /2 tasks/.test(await focused()));
    await cause.click();
    await until(
      'the list is filtered',
      async () => (await page.getByLabel('Code').inputValue()) === 'http_423',
    );
  }),
);

test(
  'a changed task keeps the focus and its expanded parts',
  it.withPage(async (page) => {
    const [id] = await it.pipeline.makeDeadLetters(['Amended elsewhere']);
    await open(page, 'Amended elsewhere');
    await page.getByRole('button', { name: 'Find overtakers' }).click();
    await page.getByText('accepted after it').waitFor();
    await page.getByRole('button', { name: 'Discard' }).focus();
    const task = { title: 'As amended', description: 'd', priority: 'low' };
    await it.pipeline.act({ action: 'amend', id, task });
    await page.getByText('Amend by ann: meanwhile').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Discard');
    assert.ok(await page.getByText('accepted after it').isVisible());
    await page.keyboard.press('Enter');
    await confirm(page, 'done with it', 'Discard');
    await close(page);
    await it.pipeline.untilStatus(id, 'discarded');
  }),
);
