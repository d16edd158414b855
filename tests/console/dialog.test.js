// The dialog names the question, the action, its outcome, and the tasks.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { close, dialog, confirm, listed, open, fixture } from './fixture.js';
import { until } from './until.js';

const it = fixture({ ATTEMPT_BUDGET: '1' });

const titled = (page, name) => dialog(page).getByRole('heading', { name, exact: true }).waitFor();

/** Delays the response to a change until the test releases it. */
const delayResponse = async (page) => {
  let release;
  const released = new Promise((end) => (release = end));
  await page.route(/\/api\/act/, async (route) => {
    await released;
    await route.continue();
  });
  return release;
};

test(
  'the title of the dialog asks, then names the action in progress, then its outcome',
  it.withPage(async (page) => {
    await it.pipeline.makeDeadLetters(['First of three', 'Second of three', 'Third of three']);
    await page.getByLabel('Title contains').fill('of three');
    const release = await delayResponse(page);
    await page.getByRole('button', { name: 'Discard all 3' }).click();
    await titled(page, 'Discard 3 dead letters?');
    await confirm(page, 'for a reason', 'Discard');
    await titled(page, 'Discarding 3 dead letters');
    // Nothing closes the dialog meanwhile, not even a second press.
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await titled(page, 'Discarding 3 dead letters');
    release();
    await titled(page, '3 dead letters discarded');
    await close(page);
    await page.unrouteAll({ behavior: 'wait' });
    await page.getByRole('button', { name: 'Pause the line' }).click();
    await titled(page, 'Pause the line?');
    await confirm(page, 'for a reason', 'Pause');
    await titled(page, 'Line paused');
    await close(page);
    await page.getByRole('button', { name: 'Resume the line' }).click();
    await confirm(page, 'for another', 'Resume');
    await titled(page, 'Line resumed');
    await close(page);
  }),
);

test(
  'the dialog names tasks, also refused ones, by title where titles are shown and by id otherwise',
  it.withPage(async (page) => {
    const [taken] = await it.pipeline.makeDeadLetters(['Named one', 'Named two']);
    await page.getByLabel('Title contains').fill('named');
    await page.getByRole('button', { name: 'Discard all 2' }).click();
    await dialog(page).getByText(taken).waitFor();
    assert.doesNotMatch(await dialog(page).innerText(), /Named/);
    await page.keyboard.press('Escape');
    await page.getByLabel('Show task contents').check();
    await page.getByRole('button', { name: 'Discard all 2' }).click();
    await dialog(page).getByText('Named two').waitFor();
    // Another operator discards one of them first.
    await it.pipeline.act({ action: 'discard', ids: [taken] });
    await confirm(page, 'for a reason', 'Discard');
    await titled(page, '1 of 2 dead letters discarded');
    assert.match(await dialog(page).locator('.warning').innerText(), /1 refused[\s\S]*Named one.*discarded/);
    await close(page);
    const [id] = await it.pipeline.makeDeadLetters(['Named alone']);
    await open(page, 'Named alone');
    for (const verb of ['Redrive', 'Discard', 'Amend']) {
      await page.getByRole('button', { name: verb }).click();
      if (verb === 'Amend') await dialog(page).getByRole('button', { name: 'Preview' }).click();
      await dialog(page).getByText('Named alone').first().waitFor();
      assert.match(await dialog(page).innerText(), new RegExp(id));
      await page.keyboard.press('Escape');
      await dialog(page).waitFor({ state: 'hidden' });
    }
  }),
);

test(
  'a button without an effect can’t be pressed',
  it.withPage(async (page) => {
    await page.getByLabel('Code').fill('nothing has this code');
    await page.getByText('No dead letter matches the filter.').waitFor();
    for (const name of ['Redrive all', 'Discard all', 'Previous', 'Next']) {
      assert.ok(await page.locator('button', { hasText: new RegExp(`^${name}$`) }).isDisabled(), name);
    }
    await page.getByLabel('Code').fill('');
    const [id] = await it.pipeline.makeDeadLetters(['Gone before']);
    await page.getByLabel('Title contains').fill('gone before');
    await page.getByText('1 to 1 of 1 dead letter').waitFor();
    // The task leaves the list before the button is pressed.
    await page.route(/\/api\/dead-letters\/ids/, (route) => route.fulfill({ json: [] }));
    await page.getByRole('button', { name: 'Redrive all 1' }).click();
    await titled(page, 'Nothing to redrive');
    assert.equal(await dialog(page).locator('.primary').count(), 0);
    await close(page);
    await page.unrouteAll({ behavior: 'wait' });
    // Every selected task would be refused.
    await page.route(/\/api\/preview/, async (route) => {
      const answer = await route.fetch();
      const refused = {
        refused_count: 1,
        refused: [{ task_id: id, reason: 'it is done' }],
        can_be_forced: false,
      };
      await route.fulfill({ response: answer, json: { ...(await answer.json()), ...refused } });
    });
    for (const verb of ['Redrive', 'Discard']) {
      await page.getByRole('button', { name: `${verb} all 1` }).click();
      await dialog(page).getByText('1 of 1 would be refused').waitFor();
      assert.equal(await dialog(page).locator('.primary').count(), 0);
      await close(page);
    }
    await page.unrouteAll({ behavior: 'wait' });
    await page.getByLabel('Show task contents').check();
    await listed(page).getByRole('link', { name: 'Gone before' }).click();
    await page.getByRole('button', { name: 'Amend' }).click();
    await dialog(page).getByRole('button', { name: 'Preview' }).click();
    await dialog(page).getByText('Nothing would change.').waitFor();
    assert.equal(await dialog(page).locator('.primary').count(), 0);
    await close(page);
  }),
);

test(
  'an invalid number is refused and does not count as no limit',
  it.withPage(async (page) => {
    const titles = ['Number 1', 'Number 2', 'Number 3'];
    await it.pipeline.makeDeadLetters(titles, 500);
    await page.getByLabel('Title contains').fill('number');
    await page.getByRole('button', { name: 'Redrive all 3' }).click();
    await dialog(page).getByLabel('Reason', { exact: true }).fill('in numbers');
    const most = dialog(page).getByLabel('Limit');
    for (const wrong of ['0', '-1', '1.5', '1e', '4']) {
      await most.fill('');
      await most.pressSequentially(wrong);
      await page.keyboard.press('Enter');
      await dialog(page).getByText('Limit: enter a whole number from 1 to 3').waitFor();
    }
    await most.fill('1');
    const rate = dialog(page).getByLabel('Per second');
    for (const wrong of ['0', '-5', '0.5', 'e']) {
      await rate.fill('');
      await rate.pressSequentially(wrong);
      await page.keyboard.press('Enter');
      await dialog(page).getByText('Per second: enter a whole number from 1').waitFor();
    }
    await rate.fill('');
    await dialog(page).getByRole('button', { name: 'Redrive at most 1', exact: true }).click();
    await titled(page, '1 dead letter redriven');
    await close(page);
  }),
);

test(
  'a preview that arrives after its dialog was closed does not appear in the next dialog',
  it.withPage(async (page) => {
    await it.pipeline.makeDeadLetters(['Slow to preview']);
    await open(page, 'Slow to preview');
    let answer;
    await page.route(/\/api\/preview/, (route) => {
      if (!answer) answer = () => route.continue();
      else route.continue();
    });
    await page.getByRole('button', { name: 'Discard' }).click();
    await dialog(page).getByText('Loading …').waitFor();
    await until('the preview is requested', () => answer);
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Amend' }).click();
    await dialog(page).getByLabel('Title').waitFor();
    const answered = page.waitForResponse(/\/api\/preview/);
    await answer();
    await answered;
    await dialog(page).getByRole('button', { name: 'Preview' }).click();
    await titled(page, 'Amend this task?');
    assert.equal(await dialog(page).count(), 1);
    await page.keyboard.press('Escape');
  }),
);

test(
  'navigating back closes the dialog',
  it.withPage(async (page) => {
    await it.pipeline.makeDeadLetters(['Left by the way back']);
    await open(page, 'Left by the way back');
    await page.getByRole('button', { name: 'Discard' }).click();
    await titled(page, 'Discard this task?');
    await page.goBack();
    await dialog(page).waitFor({ state: 'hidden' });
    await page.getByRole('heading', { name: 'The line', exact: true }).waitFor();
  }),
);

test(
  'a refused reason can be entered again',
  it.withPage(async (page) => {
    await it.pipeline.makeDeadLetters(['Refused reason']);
    await open(page, 'Refused reason');
    const problem = {
      status: 400,
      json: { status: 400, title: 'the reason is not plain text', violations: [] },
    };
    await page.route(/\/api\/act/, (route) => route.fulfill(problem));
    await page.getByRole('button', { name: 'Discard' }).click();
    await confirm(page, 'as it was entered', 'Discard');
    await dialog(page).getByText('the reason is not plain text.').waitFor();
    assert.equal(await dialog(page).getByLabel('Reason', { exact: true }).inputValue(), 'as it was entered');
    await page.unrouteAll({ behavior: 'wait' });
    await dialog(page).getByRole('button', { name: 'Discard' }).click();
    await titled(page, 'Task discarded');
    await close(page);
  }),
);

test(
  'an amendment is named by the old title before it and by the stored title after it',
  it.withPage(async (page) => {
    const [id] = await it.pipeline.makeDeadLetters(['Named before']);
    await open(page, 'Named before');
    await page.getByRole('button', { name: 'Amend' }).click();
    await dialog(page).getByLabel('Title').fill('<b>Named</b> \u202Eafterwards');
    await dialog(page).getByRole('button', { name: 'Preview' }).click();
    await titled(page, 'Amend this task?');
    const name = dialog(page).locator('bdi.title');
    assert.deepEqual(await name.allTextContents(), ['Named before']);
    const text = await dialog(page).innerText();
    assert.equal(text.split('Cleaning changed').length - 1, 1, text);
    const release = await delayResponse(page);
    await confirm(page, 'for a reason', 'Amend');
    await titled(page, 'Amending this task');
    assert.deepEqual(await name.allTextContents(), ['Named before']);
    release();
    await titled(page, 'Task amended');
    assert.deepEqual(await name.allTextContents(), ['Named afterwards']);
    assert.match(await dialog(page).innerText(), new RegExp(id));
    await close(page);
    await page.unrouteAll({ behavior: 'wait' });
    await page.getByRole('button', { name: 'Amend' }).click();
    await dialog(page).getByRole('button', { name: 'Preview' }).click();
    await dialog(page).getByText('Nothing would change.').waitFor();
    assert.doesNotMatch(await dialog(page).innerText(), /gets the new contents/);
    await close(page);
  }),
);

test(
  'neither the button nor the title counts tasks that would be refused',
  it.withPage(async (page) => {
    await it.pipeline.makeDeadLetters(['Counted 1', 'Counted 2', 'Counted 3']);
    await page.getByLabel('Title contains').fill('counted');
    await page.route(/\/api\/preview/, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...(await answer.json()), refused_count: 1 } });
    });
    const release = await delayResponse(page);
    await page.getByRole('button', { name: 'Discard all 3' }).click();
    await confirm(page, 'for a reason', 'Discard 2');
    await titled(page, 'Discarding 2 dead letters');
    release();
    await close(page);
    await page.unrouteAll({ behavior: 'wait' });
  }),
);

for (const [width, height] of [
  [320, 640],
  [1024, 600],
  [320, 480],
  [640, 360],
]) {
  test(
    `a dialog fits into ${width} by ${height}, and its button can be pressed`,
    it.withPage(
      async (page) => {
        const fits = async (name) => {
          const box = await dialog(page).boundingBox();
          const button = await dialog(page).getByRole('button', { name, exact: true }).boundingBox();
          for (const { y, height: high } of [box, button]) {
            assert.ok(y >= 0 && y + high <= height, `${name}: ${y} and ${high} high`);
          }
        };
        await page.getByRole('button', { name: 'Submit a task' }).click();
        await dialog(page).getByLabel('Title').fill('A long one');
        await dialog(page).getByLabel('Description').fill('It has very many words. '.repeat(60));
        await fits('Preview');
        await dialog(page).getByRole('button', { name: 'Preview' }).click();
        await titled(page, 'Submit a task?');
        await fits('Submit');
        await page.keyboard.press('Escape');
        await dialog(page).waitFor({ state: 'hidden' });
        await it.pipeline.makeDeadLetters(
          Array.from({ length: 5 }, (_, number) => `Of ${width} ${height}: ${number}`),
        );
        await page.getByLabel('Title contains').fill(`of ${width} ${height}`);
        await page.getByRole('button', { name: 'Discard all 5' }).click();
        await dialog(page).getByLabel('Reason', { exact: true }).fill('for a reason');
        await fits('Discard 5');
        await dialog(page).getByRole('button', { name: 'Discard 5' }).click();
        await titled(page, '5 dead letters discarded');
        await fits('Close');
        await close(page);
      },
      { viewport: { width, height } },
    ),
  );
}
