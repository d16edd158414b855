// A pipeline and a browser for the tests of one file; both end with them.
import { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { startBrowser, openConsole } from './browser.js';
import { startPipeline } from './pipeline.js';

export const scene = (settings) => {
  const it = {};
  before(async () => {
    it.browser = await startBrowser();
    it.pipeline = await startPipeline(settings);
  });
  after(async () => {
    await it.pipeline?.stop();
    await it.browser?.close();
  });
  /** Runs a test on a page that is live, and finds no error on it afterwards. */
  it.on = (test, options) => async () => {
    const page = await openConsole(it.browser, it.pipeline.console, options);
    await page.getByText('Live', { exact: true }).waitFor();
    await test(page);
    assert.deepEqual(page.troubles, []);
    const own = new URL(it.pipeline.console).origin;
    assert.deepEqual(
      page.requested.filter((url) => new URL(url).origin !== own),
      [],
      'a request went elsewhere',
    );
    await page.context().close();
  };
  return it;
};

/** What an operator does on a page. */
export const open = async (page, title) => {
  await page.getByLabel('Show task contents').check();
  await listed(page).getByRole('link', { name: title, exact: true }).click();
  await page.getByRole('heading', { name: /^Task / }).waitFor();
};

export const dialog = (page) => page.getByRole('dialog');

export const give = async (page, reason, verb) => {
  await dialog(page).getByLabel('Reason', { exact: true }).fill(reason);
  await dialog(page).getByRole('button', { name: verb }).click();
};

export const close = async (page) => {
  await dialog(page).getByRole('button', { name: 'Close' }).click();
  await dialog(page).waitFor({ state: 'hidden' });
};

/** The rows that are listed; not those that only keep their place until the pointer leaves the list. */
export const listed = (page) => page.locator('#dead-letters-list li:not([data-gone])');
