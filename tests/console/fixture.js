// A pipeline and a browser for the tests of one file; both are stopped after the tests.
import { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { startBrowser, openConsole } from './browser.js';
import { startPipeline } from './pipeline.js';

export const fixture = (settings) => {
  const it = {};
  before(async () => {
    it.browser = await startBrowser();
    it.pipeline = await startPipeline(settings);
  });
  after(async () => {
    await it.pipeline?.stop();
    await it.browser?.close();
  });
  /** Runs a test on a live page, and asserts that the page has no error afterwards. */
  it.withPage = (test, options) => async () => {
    const page = await openConsole(it.browser, it.pipeline.console, options);
    await page.getByText('Live', { exact: true }).waitFor();
    await test(page);
    assert.deepEqual(page.errors, []);
    const own = new URL(it.pipeline.console).origin;
    assert.deepEqual(
      page.requested.filter((url) => new URL(url).origin !== own),
      [],
      'a request to another origin',
    );
    await page.context().close();
  };
  return it;
};

/** Opens a task like an operator. */
export const open = async (page, title) => {
  await page.getByLabel('Show task contents').check();
  await listed(page).getByRole('link', { name: title, exact: true }).click();
  await page.getByRole('heading', { name: /^Task / }).waitFor();
};

export const dialog = (page) => page.getByRole('dialog');

export const confirm = async (page, reason, verb) => {
  await dialog(page).getByLabel('Reason', { exact: true }).fill(reason);
  await dialog(page).getByRole('button', { name: verb }).click();
};

export const close = async (page) => {
  await dialog(page).getByRole('button', { name: 'Close' }).click();
  await dialog(page).waitFor({ state: 'hidden' });
};

/** The listed rows, without removed ones that keep their position until the pointer leaves the list. */
export const listed = (page) => page.locator('#dead-letters-list li:not([data-gone])');
