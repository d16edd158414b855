// Every action is previewed, confirmed with a reason and performed, and nothing else happens.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { close, dialog, confirm, listed, open, fixture } from './fixture.js';
import { until } from './until.js';

// One attempt only: a 500 makes a dead letter at once, which may be redriven unchanged.
const it = fixture({ ATTEMPT_BUDGET: '1' });

test(
  'a redrive sends the amended task, and the history shows who amended it and why',
  it.withPage(async (page) => {
    const [id] = await it.pipeline.makeDeadLetters(['Teh typo']);
    await open(page, 'Teh typo');
    await page.getByRole('button', { name: 'Amend' }).click();
    const title = dialog(page).getByLabel('Title');
    await title.fill('');
    await dialog(page).getByRole('button', { name: 'Preview' }).click();
    await page.locator('input[aria-invalid="true"]').waitFor();
    assert.match(await dialog(page).getByRole('alert').innerText(), /title/);
    await title.fill('The typo');
    await dialog(page).getByRole('button', { name: 'Preview' }).click();
    assert.match(await dialog(page).locator('.diff').innerText(), /Teh typo[\s\S]*The typo/);
    await confirm(page, 'spelled wrong', 'Amend');
    await close(page);
    await page.getByText('Amend by ann: spelled wrong').waitFor();
    await page.getByRole('button', { name: 'Redrive' }).click();
    await confirm(page, 'amended', 'Redrive');
    await close(page);
    await it.pipeline.untilStatus(id, 'completed');
    assert.equal(it.pipeline.receiver.titles.at(-1), 'The typo');
    await page.locator('#task-body').getByText('completed', { exact: true }).waitFor();
  }),
);

test(
  'a redrive that would fail again is refused unless it is forced',
  it.withPage(async (page) => {
    it.pipeline.receiver.reportVersion('1.4');
    const [id] = await it.pipeline.makeDeadLetters(['Refused permanently']);
    await it.pipeline.untilStatus(await it.pipeline.submit('Handled since'), 'completed');
    await open(page, 'Refused permanently');
    await page.getByRole('button', { name: 'Redrive' }).click();
    await dialog(page).getByText('1 of 1 would be refused').waitFor();
    assert.ok(await dialog(page).getByRole('button', { name: 'Redrive' }).isDisabled());
    await dialog(page).getByLabel('Also redrive tasks that would fail again').check();
    await dialog(page).getByText('would be refused').waitFor({ state: 'detached' });
    it.pipeline.receiver.answer('Refused permanently', 204);
    await confirm(page, 'the receiver was fixed', 'Redrive');
    await close(page);
    await it.pipeline.untilStatus(id, 'completed');
  }),
);

test(
  'a change without a reason, or a cancelled one, is not made',
  it.withPage(async (page) => {
    const [id] = await it.pipeline.makeDeadLetters(['Stays dead']);
    await open(page, 'Stays dead');
    await page.getByRole('button', { name: 'Discard' }).click();
    await confirm(page, '  ', 'Discard');
    await dialog(page).getByText('Enter a reason').waitFor();
    await dialog(page).getByRole('button', { name: 'Cancel' }).click();
    await dialog(page).waitFor({ state: 'hidden' });
    await it.pipeline.untilStatus(id, 'dead_lettered');
    await page.getByRole('button', { name: 'Discard' }).click();
    await confirm(page, 'the customer cancelled', 'Discard');
    await close(page);
    await it.pipeline.untilStatus(id, 'discarded');
  }),
);

test(
  'many dead letters are redriven in their original order',
  it.withPage(async (page) => {
    const titles = Array.from({ length: 45 }, (_, number) => `Many ${number}`);
    await page.getByLabel('Code').fill('http_500');
    const ids = await it.pipeline.makeDeadLetters(titles, 500);
    for (const title of titles) it.pipeline.receiver.answer(title, 204);
    const before = it.pipeline.receiver.titles.length;
    await page.getByRole('button', { name: 'Redrive all 45' }).click();
    await dialog(page).getByText('and 25 more').waitFor();
    await confirm(page, 'it is back', 'Redrive');
    await dialog(page).getByRole('heading', { name: '45 dead letters redriven' }).waitFor();
    await close(page);
    await it.pipeline.untilStatus(ids.at(-1), 'completed');
    assert.deepEqual(it.pipeline.receiver.titles.slice(before), titles);
    await page.getByText('No dead letter matches the filter.').waitFor();
  }),
);

test(
  'only the selected dead letters are redriven',
  it.withPage(async (page) => {
    const ids = await it.pipeline.makeDeadLetters(['Chosen', 'Not chosen'], 500);
    it.pipeline.receiver.answer('Chosen', 204);
    await page.getByLabel('Show task contents').check();
    await page.getByLabel('Select Chosen', { exact: true }).check();
    await page.getByRole('button', { name: 'Redrive 1 selected' }).click();
    await confirm(page, 'this one', 'Redrive');
    await close(page);
    await it.pipeline.untilStatus(ids[0], 'completed');
    await it.pipeline.untilStatus(ids[1], 'dead_lettered');
  }),
);

test(
  'a stopped redrive keeps the redriven tasks and leaves the others unchanged',
  it.withPage(async (page) => {
    const titles = Array.from({ length: 30 }, (_, number) => `Slowly ${number}`);
    // Before the dead letters exist, so that no list contains a dead letter of another test.
    await page.getByLabel('Title contains').fill('slowly');
    await it.pipeline.makeDeadLetters(titles, 500);
    for (const title of titles) it.pipeline.receiver.answer(title, 204);
    await page.getByRole('button', { name: 'Redrive all 30' }).click();
    await dialog(page).getByLabel('Per second').fill('1');
    await confirm(page, 'gently', 'Redrive');
    await dialog(page)
      .getByText(/^([4-9]|1\d|2\d) of 30 done/)
      .waitFor();
    await dialog(page).getByRole('button', { name: 'Stop here' }).click();
    const message = await dialog(page)
      .getByText(/tasks not changed/)
      .innerText();
    await close(page);
    const left = Number(message.split(' ')[0]);
    assert.ok(left > 0 && left < 30, message);
    await until(`${left} are listed`, async () => (await listed(page).count()) === left);
  }),
);

test(
  'the line is paused and resumed',
  it.withPage(async (page) => {
    await page.getByRole('button', { name: 'Pause the line' }).click();
    await confirm(page, 'the receiver moves', 'Pause');
    await close(page);
    await page.getByText('Paused: an operator stopped deliveries').waitFor();
    const id = await it.pipeline.submit('Waits for the line');
    await page.getByRole('link', { name: id }).waitFor();
    await page.getByRole('button', { name: 'Resume the line' }).click();
    await confirm(page, 'it has moved', 'Resume');
    await close(page);
    await it.pipeline.untilStatus(id, 'completed');
  }),
);

test(
  'a submitted task is validated like a request',
  it.withPage(async (page) => {
    await page.getByText('Idle: no tasks wait.').waitFor();
    await page.getByRole('button', { name: 'Submit a task' }).click();
    await dialog(page).getByRole('button', { name: 'Preview' }).click();
    await dialog(page)
      .getByRole('alert')
      .filter({ hasText: /title.*description/ })
      .waitFor();
    await dialog(page).getByLabel('Title').fill('By hand');
    await dialog(page).getByLabel('Description').fill('From the console');
    await dialog(page).getByRole('button', { name: 'Preview' }).click();
    await dialog(page).getByText('It goes to the end of the line, behind 0 tasks.').waitFor();
    await dialog(page).getByRole('button', { name: 'Submit' }).click();
    await close(page);
    await until('it was delivered', () => it.pipeline.receiver.titles.includes('By hand'));
  }),
);

test(
  'the page verifies the order and reconciles queues and records',
  it.withPage(async (page) => {
    await page.getByRole('button', { name: 'Verify the order' }).click();
    await page.getByText('In order: no task began before').waitFor();
    await page.getByRole('button', { name: 'Reconcile' }).click();
    await dialog(page).getByText('The queues and the records agree.').waitFor();
    await close(page);
  }),
);
