// A connection that is lost, restored, or no longer authorized.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { fixture } from './fixture.js';
import { until } from './until.js';
import { openConsole } from './browser.js';

const it = fixture();

test(
  'a lost connection is reported, and the page catches up when it is back',
  it.withPage(async (page) => {
    await page.context().setOffline(true);
    await page.getByText('Connection lost: trying again').waitFor({ timeout: 30_000 });
    await it.pipeline.makeDeadLetters(['Died unseen']);
    await page.context().setOffline(false);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText('permanent http_422').first().waitFor();
  }),
);

test(
  'a truncated response counts as a lost connection',
  it.withPage(async (page) => {
    const broken = { status: 200, contentType: 'application/json', body: '{"line":' };
    await page.route(/\/api\/snapshot/, (route) => route.fulfill(broken));
    await it.pipeline.makeDeadLetters(['Died while it broke off']);
    await page.getByText('Connection lost: trying again').waitFor();
    await page.unrouteAll();
    await page.getByText('Live', { exact: true }).waitFor();
  }),
);

test(
  'the token is removed from the address, and a reload still works in the same tab',
  it.withPage(async (page) => {
    assert.equal(new URL(page.url()).hash, '');
    await page.reload();
    await page.getByText('Live', { exact: true }).waitFor();
  }),
);

test('without the token the page shows no data', async () => {
  const page = await openConsole(it.browser, new URL(it.pipeline.console).origin);
  await page.getByText('Locked: open the URL').waitFor();
  assert.equal(await page.locator('#figures').innerText(), '');
  await page.context().close();
});

const isStale = async (page) => {
  for (const name of ['Pause the line', 'Open', 'Clear']) {
    assert.ok(await page.getByRole('button', { name, exact: true }).isDisabled(), name);
  }
  const mark = await page
    .locator('#state')
    .evaluate((state) => getComputedStyle(state, '::before').content + getComputedStyle(state).color);
  assert.match(mark, /Last known/);
  assert.match(await page.title(), /^(Not live|Locked) – Taskline$/);
  assert.match(
    await page.locator('#banner').innerText(),
    /What you see is from \d{4}-\d\d-\d\d \d\d:\d\d:\d\d/,
  );
};

test(
  'a page without a connection shows since when, disables every change, and stops every age',
  it.withPage(async (page) => {
    await page.locator('#causes time').first().waitFor();
    await page.getByRole('button', { name: 'Verify the order' }).focus();
    await page.context().setOffline(true);
    await page.getByText('Connection lost: trying again').waitFor();
    await isStale(page);
    const age = page.locator('#causes time').first();
    const before = await age.innerText();
    const since = page.locator('#banner time').last();
    const first = await since.innerText();
    await until('the age of the page increases', async () => (await since.innerText()) !== first);
    assert.equal(await age.innerText(), before);
    // A disabled text field looks different from an enabled one.
    const field = page.getByLabel('Task id');
    assert.equal(await field.evaluate((input) => getComputedStyle(input).borderStyle), 'dashed');
    await page.context().setOffline(false);
    await page.getByText('Live', { exact: true }).waitFor();
    assert.ok(await page.locator('#banner').isHidden());
    const focused = await page.evaluate(() => document.activeElement.textContent);
    assert.equal(focused, 'Verify the order', 'the focus was restored');
    await page.getByRole('button', { name: 'Pause the line' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  }),
);

test(
  'a console that does not answer counts as a lost connection',
  it.withPage(async (page) => {
    await page.clock.install();
    await page.route(/\/api\/snapshot/, () => {});
    // The request in progress is answered once something happens.
    await it.pipeline.makeDeadLetters(['Died before it hung']);
    await until('the request of the page timed out', async () => {
      await page.clock.fastForward(16_000);
      return page.getByText('Connection lost: trying again').isVisible();
    });
    await isStale(page);
    await page.unrouteAll();
    await until('the page is live again', async () => {
      await page.clock.fastForward(2_000);
      return page.getByText('Live', { exact: true }).isVisible();
    });
  }),
);

test(
  'a page with an outdated token is locked, and the new URL unlocks it in the same tab',
  it.withPage(async (page) => {
    await page.evaluate(() => sessionStorage.setItem('taskline-token', '0'.repeat(64)));
    await it.pipeline.makeDeadLetters(['Died behind the lock']);
    await page.getByText('Locked: open the URL').waitFor();
    await isStale(page);
    await page.goto(it.pipeline.console);
    await page.getByText('Live', { exact: true }).waitFor();
    assert.equal(new URL(page.url()).hash, '');
  }),
);

test(
  'a page with an error of its script reports it and disables every change',
  it.withPage(async (page) => {
    await page.evaluate(() => {
      setTimeout(() => {
        throw new Error('deliberate');
      });
    });
    await page.getByText('This page failed: reload it (deliberate)').waitFor();
    await isStale(page);
    assert.deepEqual(page.errors.splice(0), ['deliberate']);
  }),
);

test(
  'an unknown state is shown by its name',
  it.withPage(async (page) => {
    const states = {
      stopped: 'Stopped: no process runs',
      retrying: 'Retrying: the last attempt',
      half_open: 'half open: this page does not know',
    };
    for (const [state, words] of Object.entries(states)) {
      await page.route(/\/api\/snapshot/, async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ response: answer, json: { ...(await answer.json()), state } });
      });
      await page.reload();
      await page.getByText(words).waitFor();
      await page.unrouteAll({ behavior: 'wait' });
    }
    await page.getByText('Live', { exact: true }).waitFor();
  }),
);

test(
  'titles can be hidden at once, also without a connection',
  it.withPage(async (page) => {
    await page.getByLabel('Show task contents').check();
    await page.getByRole('link', { name: 'Died unseen' }).click();
    await page.getByText('All about Died unseen').waitFor();
    await page.context().setOffline(true);
    await page.getByText('Connection lost: trying again').waitFor();
    await page.getByLabel('Show task contents').uncheck();
    assert.doesNotMatch(await page.content(), /Died unseen/);
    await page.context().setOffline(false);
    await page.getByText('Live', { exact: true }).waitFor();
  }),
);

test(
  'ages stop without a connection, also when titles are switched on',
  it.withPage(async (page) => {
    await it.pipeline.act({ action: 'pause_line' });
    await it.pipeline.submit('Waits meanwhile');
    const age = page.locator('#figures div', { hasText: 'Head’s age' }).locator('time');
    await age.waitFor();
    await page.context().setOffline(true);
    await page.getByText('Connection lost: trying again').waitFor();
    const before = await age.innerText();
    const since = page.locator('#banner time').last();
    const first = await since.innerText();
    await until('the age of the page increases', async () => (await since.innerText()) !== first);
    await page.getByLabel('Show task contents').check();
    await page.getByLabel('Show task contents').uncheck();
    assert.equal(await age.innerText(), before);
    await page.context().setOffline(false);
    await page.getByText('Live', { exact: true }).waitFor();
    await until('the age increases again', async () => (await age.innerText()) !== before);
    await it.pipeline.act({ action: 'resume_line' });
    await page.getByText('Idle: no tasks wait.').waitFor();
  }),
);

test(
  'a change can’t be confirmed without a connection',
  it.withPage(async (page) => {
    await page.locator('#dead-letters-list').getByRole('link').first().click();
    await page.getByRole('button', { name: 'Discard' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason', { exact: true }).fill('too late');
    await it.pipeline.kill();
    await dialog.getByText('This can be confirmed once the page is live again').waitFor();
    assert.ok(await dialog.getByRole('button', { name: 'Discard' }).isDisabled());
    assert.equal(await dialog.getByLabel('Reason', { exact: true }).inputValue(), 'too late');
  }),
);
