// A change whose response is lost is unknown until the page has checked it.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { close, dialog, confirm, listed, open, fixture } from './fixture.js';
import { until } from './until.js';

const it = fixture({ ATTEMPT_BUDGET: '1' });

const titled = (page, name) => dialog(page).getByRole('heading', { name }).waitFor();

/** From now on, responses to changes are lost; the changes reach the console only if `isDone`. */
const dropResponses = (page, { isDone }) =>
  page.route(/\/api\/act/, async (route) => {
    if (isDone) await route.fetch();
    await route.abort();
  });

test(
  'a change whose response was lost is found to be made',
  it.withPage(async (page) => {
    const [id] = await it.pipeline.makeDeadLetters(['Discarded unheard']);
    await open(page, 'Discarded unheard');
    await dropResponses(page, { isDone: true });
    await page.getByRole('button', { name: 'Discard' }).click();
    await confirm(page, 'for a reason', 'Discard');
    await dialog(page).getByText('No answer came: the console does not answer').waitFor();
    await dialog(page).getByText('It was discarded. Its status is discarded.').waitFor();
    await titled(page, 'Task discarded');
    await close(page);
    await it.pipeline.untilStatus(id, 'discarded');
  }),
);

test(
  'a change that never arrived is reported as unknown and not made so far',
  it.withPage(async (page) => {
    await it.pipeline.makeDeadLetters(['Not discarded']);
    await open(page, 'Not discarded');
    await dropResponses(page, { isDone: false });
    await page.getByRole('button', { name: 'Discard' }).click();
    await confirm(page, 'for a reason', 'Discard');
    await titled(page, 'It is unknown whether this task was discarded');
    await dialog(page).getByText('So far it was not discarded. Its status is dead lettered.').waitFor();
    await close(page);
  }),
);

test(
  'after an error of the console the change is also unknown',
  it.withPage(async (page) => {
    await listed(page).first().getByRole('link').click();
    const problem = {
      status: 500,
      json: { status: 500, title: 'the console failed at this', violations: [] },
    };
    await page.route(/\/api\/act/, (route) => route.fulfill(problem));
    await page.getByRole('button', { name: 'Discard' }).click();
    await confirm(page, 'for a reason', 'Discard');
    await titled(page, 'It is unknown whether this task was discarded');
    await close(page);
  }),
);

test(
  'of many tasks, the changed ones are counted and the others are unchanged',
  it.withPage(async (page) => {
    const titles = Array.from({ length: 30 }, (_, number) => `Unheard ${number}`);
    await page.getByLabel('Title contains').fill('unheard');
    await it.pipeline.makeDeadLetters(titles);
    await dropResponses(page, { isDone: true });
    await page.getByRole('button', { name: 'Discard all 30' }).click();
    await confirm(page, 'for a reason', 'Discard');
    await dialog(page).getByText('All 20 were discarded.').waitFor();
    await titled(page, '20 of 30 dead letters discarded');
    await dialog(page).getByText('10 tasks not changed.').waitFor();
    await close(page);
    await until('ten are listed', async () => (await listed(page).count()) === 10);
  }),
);

test(
  'the state of the line is checked, and a repeated submission makes one task',
  it.withPage(async (page) => {
    await dropResponses(page, { isDone: true });
    await page.getByRole('button', { name: 'Pause the line' }).click();
    await confirm(page, 'for a reason', 'Pause');
    await dialog(page).getByText('The line is paused now.').waitFor();
    await titled(page, 'Line paused');
    await close(page);
    await page.getByRole('button', { name: 'Submit a task' }).click();
    await dialog(page).getByLabel('Title').fill('Submitted once');
    await dialog(page).getByLabel('Description').fill('and not twice');
    await dialog(page).getByRole('button', { name: 'Preview' }).click();
    await dialog(page).getByRole('button', { name: 'Submit' }).click();
    await titled(page, 'It is unknown whether a task was submitted');
    await page.unrouteAll({ behavior: 'wait' });
    await dialog(page).getByRole('button', { name: 'Submit again' }).click();
    await dialog(page).getByRole('button', { name: 'Submit', exact: true }).click();
    await titled(page, 'Task submitted');
    await close(page);
    await it.pipeline.act({ action: 'resume_line' });
    await until('it is handled', () => it.pipeline.receiver.titles.includes('Submitted once'));
    await page.getByText('Idle: no tasks wait.').waitFor();
    assert.equal(it.pipeline.receiver.titles.filter((title) => title === 'Submitted once').length, 1);
  }),
);
