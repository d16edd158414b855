// What died and why, and finding it.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { listed, open, scene } from './scene.js';
import { until } from './until.js';

const it = scene();

const shows = (page, number) =>
  until(`${number} letters are listed`, async () => (await listed(page).count()) === number);

test(
  'the page says first how the line stands, then what died and why, then lists it',
  it.on(async (page) => {
    await page.getByText('Idle: no tasks wait.').waitFor();
    await it.pipeline.bury(['Ship order 1', 'Ship order 2'], 422);
    await it.pipeline.bury(['Bill order 3'], 403);
    // Live: nothing was reloaded. What comes while the page looks is on it at its next look.
    const cause = (place, words) =>
      page.locator('#causes li').nth(place).filter({ hasText: words }).waitFor();
    await cause(0, /1 task[\s\S]*http_403/);
    await cause(1, /2 tasks[\s\S]*http_422/);
    await shows(page, 3);
    await until('the title says so', async () => (await page.title()) === '(3) idle – Taskline');
  }),
);

test(
  'what tasks say is shown only when it is asked for',
  it.on(async (page) => {
    await shows(page, 3);
    assert.doesNotMatch(await page.content(), /Ship order/);
    await page.getByLabel('Show task contents').check();
    await page.getByRole('link', { name: 'Ship order 1' }).waitFor();
    await page.getByLabel('Show task contents').uncheck();
    await page.getByRole('link', { name: 'Ship order 1' }).waitFor({ state: 'detached' });
  }),
);

test(
  'filters narrow the list, and a cause lists its own',
  it.on(async (page) => {
    await shows(page, 3);
    await page.getByLabel('Title contains').fill('ship');
    await shows(page, 2);
    await page.getByLabel('Code').fill('http_403');
    await shows(page, 0);
    await page.getByRole('button', { name: 'Clear' }).click();
    await shows(page, 3);
    await page.getByLabel('Priority').selectOption('high');
    await shows(page, 0);
    await page.getByRole('button', { name: 'List the 1 task that failed with permanent http_403' }).click();
    await shows(page, 1);
    assert.equal(await page.getByLabel('Class').inputValue(), 'permanent');
  }),
);

test(
  'a task opens with all that its record keeps, by a click and by its id',
  it.on(async (page) => {
    await open(page, 'Bill order 3');
    await page.getByText('Attempt 1 failed').waitFor();
    assert.match(await page.locator('#task-body').innerText(), /http_403[\s\S]*version \S+ · request \S+/);
    const id = (await page.locator('#task-heading').innerText()).split(' ')[1];
    await page.goBack();
    await page.getByRole('heading', { name: 'The line', exact: true }).waitFor();
    await page.getByLabel('Task id').fill(id);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('heading', { name: id }).waitFor();
  }),
);

test(
  'ten thousand letters are listed page by page, and searched',
  it.on(async (page) => {
    const [id] = await it.pipeline.bury(['The model of ten thousand']);
    it.pipeline.plant(id, 10_000);
    await page.getByText('1 to 100 of 10,004 dead letters').waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('101 to 200 of 10,004 dead letters').waitFor();
    assert.equal(await listed(page).count(), 100);
    await page.getByLabel('Title contains').fill('planted 9999');
    await shows(page, 1);
  }),
);

test(
  'a reload keeps the filter, for this tab alone and out of the address',
  it.on(async (page) => {
    await page.getByLabel('Title contains').fill('ship');
    await page.getByLabel('Class').selectOption('permanent');
    await shows(page, 2);
    assert.doesNotMatch(page.url(), /ship/);
    await page.reload();
    await shows(page, 2);
    assert.equal(await page.getByLabel('Title contains').inputValue(), 'ship');
    assert.equal(await page.getByLabel('Class').inputValue(), 'permanent');
    const kept = await page.evaluate(() =>
      JSON.stringify([sessionStorage['taskline-filter'], localStorage.length]),
    );
    assert.doesNotMatch(kept, /[0-9a-f]{64}/);
    assert.match(kept, /,0\]$/);
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('of 10,004').waitFor();
    await page.reload();
    await page.getByText('of 10,004').waitFor();
    await page.evaluate(() => sessionStorage.setItem('taskline-filter', '{"class":"odd","none":1,'));
    await page.reload();
    await page.getByText('of 10,004').waitFor();
    await page.evaluate(() => sessionStorage.setItem('taskline-filter', '{"class":"odd","none":1}'));
    await page.reload();
    await page.getByText('of 10,004').waitFor();
    assert.equal(await page.getByLabel('Class').inputValue(), '');
  }),
);
