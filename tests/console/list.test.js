// Failures by cause, and the list of dead letters.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { listed, open, fixture } from './fixture.js';
import { until } from './until.js';

const it = fixture();

const shows = (page, number) =>
  until(`${number} dead letters are listed`, async () => (await listed(page).count()) === number);

test(
  'the page shows the state of the line, then failures by cause, then the dead letters',
  it.withPage(async (page) => {
    await page.getByText('Idle: no tasks wait.').waitFor();
    await it.pipeline.makeDeadLetters(['Ship order 1', 'Ship order 2'], 422);
    await it.pipeline.makeDeadLetters(['Bill order 3'], 409);
    // The page is live: it was not reloaded. A failure during a poll appears at the next poll.
    const cause = (place, words) =>
      page.locator('#causes li').nth(place).filter({ hasText: words }).waitFor();
    await cause(0, /1 task[\s\S]*http_409/);
    await cause(1, /2 tasks[\s\S]*http_422/);
    await shows(page, 3);
    await until('the title shows the state', async () => (await page.title()) === '(3) idle – Taskline');
  }),
);

test(
  'task contents are shown only on request',
  it.withPage(async (page) => {
    await shows(page, 3);
    assert.doesNotMatch(await page.content(), /Ship order/);
    await page.getByLabel('Show task contents').check();
    await page.getByRole('link', { name: 'Ship order 1' }).waitFor();
    await page.getByLabel('Show task contents').uncheck();
    await page.getByRole('link', { name: 'Ship order 1' }).waitFor({ state: 'detached' });
  }),
);

test(
  'filters narrow the list, and a cause lists its dead letters',
  it.withPage(async (page) => {
    await shows(page, 3);
    await page.getByLabel('Title contains').fill('ship');
    await shows(page, 2);
    await page.getByLabel('Code').fill('http_409');
    await shows(page, 0);
    await page.getByRole('button', { name: 'Clear' }).click();
    await shows(page, 3);
    await page.getByLabel('Priority').selectOption('high');
    await shows(page, 0);
    await page.getByRole('button', { name: 'List the 1 task that failed with permanent http_409' }).click();
    await shows(page, 1);
    assert.equal(await page.getByLabel('Class').inputValue(), 'permanent');
  }),
);

test(
  'a task opens by a click or by its id with everything that its record contains',
  it.withPage(async (page) => {
    await open(page, 'Bill order 3');
    await page.getByText('Attempt 1 failed').waitFor();
    assert.match(await page.locator('#task-body').innerText(), /http_409[\s\S]*version \S+ · request \S+/);
    const id = (await page.locator('#task-heading').innerText()).split(' ')[1];
    await page.goBack();
    await page.getByRole('heading', { name: 'The line', exact: true }).waitFor();
    await page.getByLabel('Task id').fill(id);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('heading', { name: id }).waitFor();
  }),
);

test(
  'ten thousand dead letters are listed page by page and searched',
  it.withPage(async (page) => {
    const [id] = await it.pipeline.makeDeadLetters(['The model of ten thousand']);
    it.pipeline.copyDeadLetter(id, 10_000);
    await page.getByText('1 to 100 of 10,004 dead letters').waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('101 to 200 of 10,004 dead letters').waitFor();
    assert.equal(await listed(page).count(), 100);
    await page.getByLabel('Title contains').fill('copy 9999');
    await shows(page, 1);
  }),
);

test(
  'a reload keeps the filter, which is stored for this tab only and not in the address',
  it.withPage(async (page) => {
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
