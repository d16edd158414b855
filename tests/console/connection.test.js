// A connection that is lost, comes back, or is nobody's any more.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { scene } from './scene.js';
import { until } from './until.js';
import { openConsole } from './browser.js';

const it = scene();

test(
  'a lost connection is said, and what happened meanwhile is shown when it is back',
  it.on(async (page) => {
    await page.context().setOffline(true);
    await page.getByText('Connection lost: trying again').waitFor({ timeout: 30_000 });
    await it.pipeline.bury(['Died unseen']);
    await page.context().setOffline(false);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText('permanent http_422').first().waitFor();
  }),
);

test(
  'an answer that breaks off is a lost connection too',
  it.on(async (page) => {
    const broken = { status: 200, contentType: 'application/json', body: '{"line":' };
    await page.route(/\/api\/snapshot/, (route) => route.fulfill(broken));
    await it.pipeline.bury(['Died while it broke off']);
    await page.getByText('Connection lost: trying again').waitFor();
    await page.unrouteAll();
    await page.getByText('Live', { exact: true }).waitFor();
  }),
);

test(
  'the token leaves the address, and a reload still works in its tab',
  it.on(async (page) => {
    assert.equal(new URL(page.url()).hash, '');
    await page.reload();
    await page.getByText('Live', { exact: true }).waitFor();
  }),
);

test('without the token nothing is told', async () => {
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
  'a page that lost its connection says since when, lets nothing be changed, and lets no age go on',
  it.on(async (page) => {
    await page.locator('#causes time').first().waitFor();
    await page.getByRole('button', { name: 'Verify the order' }).focus();
    await page.context().setOffline(true);
    await page.getByText('Connection lost: trying again').waitFor();
    await isStale(page);
    const age = page.locator('#causes time').first();
    const before = await age.innerText();
    const since = page.locator('#banner time').last();
    const first = await since.innerText();
    await until('the age of the page goes on', async () => (await since.innerText()) !== first);
    assert.equal(await age.innerText(), before);
    // A text field that can't be used does not look like one that can.
    const field = page.getByLabel('Task id');
    assert.equal(await field.evaluate((input) => getComputedStyle(input).borderStyle), 'dashed');
    await page.context().setOffline(false);
    await page.getByText('Live', { exact: true }).waitFor();
    assert.ok(await page.locator('#banner').isHidden());
    const focused = await page.evaluate(() => document.activeElement.textContent);
    assert.equal(focused, 'Verify the order', 'the focus came back');
    await page.getByRole('button', { name: 'Pause the line' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  }),
);

test(
  'a console that hangs is a lost connection',
  it.on(async (page) => {
    await page.clock.install();
    await page.route(/\/api\/snapshot/, () => {});
    // The look that was under way is answered once something happens.
    await it.pipeline.bury(['Died before it hung']);
    await until('the page asked in vain', async () => {
      await page.clock.fastForward(16_000);
      return page.getByText('Connection lost: trying again').isVisible();
    });
    await isStale(page);
    await page.unrouteAll();
    await until('it is live again', async () => {
      await page.clock.fastForward(2_000);
      return page.getByText('Live', { exact: true }).isVisible();
    });
  }),
);

test(
  'a page whose token is not right any more is locked, and opened by the new URL in the same tab',
  it.on(async (page) => {
    await page.evaluate(() => sessionStorage.setItem('taskline-token', '0'.repeat(64)));
    await it.pipeline.bury(['Died behind the lock']);
    await page.getByText('Locked: open the URL').waitFor();
    await isStale(page);
    await page.goto(it.pipeline.console);
    await page.getByText('Live', { exact: true }).waitFor();
    assert.equal(new URL(page.url()).hash, '');
  }),
);

test(
  'a page that fails says so and lets nothing be changed',
  it.on(async (page) => {
    await page.evaluate(() => {
      setTimeout(() => {
        throw new Error('planted');
      });
    });
    await page.getByText('This page failed: reload it (planted)').waitFor();
    await isStale(page);
    assert.deepEqual(page.troubles.splice(0), ['planted']);
  }),
);

test(
  'a state that the page does not know is shown as it is called',
  it.on(async (page) => {
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
  'titles that are shown are hidden at once, also while nobody answers',
  it.on(async (page) => {
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
  'no age goes on while nobody answers, also when titles are asked for',
  it.on(async (page) => {
    await it.pipeline.act({ action: 'pause_line' });
    await it.pipeline.submit('Waits meanwhile');
    const age = page.locator('#figures div', { hasText: 'Head’s age' }).locator('time');
    await age.waitFor();
    await page.context().setOffline(true);
    await page.getByText('Connection lost: trying again').waitFor();
    const before = await age.innerText();
    const since = page.locator('#banner time').last();
    const first = await since.innerText();
    await until('the age of the page goes on', async () => (await since.innerText()) !== first);
    await page.getByLabel('Show task contents').check();
    await page.getByLabel('Show task contents').uncheck();
    assert.equal(await age.innerText(), before);
    await page.context().setOffline(false);
    await page.getByText('Live', { exact: true }).waitFor();
    await until('it goes on again', async () => (await age.innerText()) !== before);
    await it.pipeline.act({ action: 'resume_line' });
    await page.getByText('Idle: no tasks wait.').waitFor();
  }),
);

test(
  'a change can’t be confirmed while nobody answers',
  it.on(async (page) => {
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
