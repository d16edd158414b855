// A connection that is lost, comes back, or is nobody's any more.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { scene } from './scene.js';
import { openConsole } from './browser.js';

const it = scene();

test('a lost connection is said, and what happened meanwhile is shown when it is back', it.on(async (page) => {
  await page.context().setOffline(true);
  await page.getByText('Connection lost: trying again').waitFor({ timeout: 30_000 });
  await it.pipeline.bury(['Died unseen']);
  await page.context().setOffline(false);
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByText('permanent http_422').first().waitFor();
}));

test('an answer that breaks off is a lost connection too', it.on(async (page) => {
  const broken = { status: 200, contentType: 'application/json', body: '{"line":' };
  await page.route(/\/api\/look/, (route) => route.fulfill(broken));
  await it.pipeline.bury(['Died while it broke off']);
  await page.getByText('Connection lost: trying again').waitFor();
  await page.unrouteAll();
  await page.getByText('Live', { exact: true }).waitFor();
}));

test('the token leaves the address, and a reload still works in its tab', it.on(async (page) => {
  assert.equal(new URL(page.url()).hash, '');
  await page.reload();
  await page.getByText('Live', { exact: true }).waitFor();
}));

test('without the token nothing is told', async () => {
  const page = await openConsole(it.browser, new URL(it.pipeline.console).origin);
  await page.getByText('Locked: open the URL').waitFor();
  assert.equal(await page.locator('#figures').innerText(), '');
  await page.context().close();
});

test('a change that meets a dead console is said not to be done', it.on(async (page) => {
  const link = page.locator('#letters-list').getByRole('link').first();
  await link.click();
  await page.getByRole('button', { name: 'Discard' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Why', { exact: true }).fill('too late');
  await it.pipeline.kill();
  await dialog.getByRole('button', { name: 'Discard' }).click();
  await dialog.getByText('It broke off: the console does not answer').waitFor();
  await page.getByText('Connection lost: trying again').waitFor();
}));
