// Accessibility: keyboard only, the rules of axe, light and dark, wide and narrow.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dialog, listed, open, fixture } from './fixture.js';

// Evaluated through the browser's debugging interface: the page's policy would not load it.
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const it = fixture();

const passes = async (page, where) => {
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
  assert.deepEqual(found, [], where);
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(tooWide <= 0, `${where}: ${tooWide} px too wide`);
};

for (const colorScheme of ['light', 'dark']) {
  for (const width of [1280, 390, 360]) {
    test(
      `axe finds nothing in ${colorScheme} at ${width} px`,
      it.withPage(
        async (page) => {
          await it.pipeline.makeDeadLetters([`${colorScheme} ${width}`]);
          await page.evaluate(axe);
          await page.getByLabel('Show task contents').check();
          await listed(page)
            .getByRole('link', { name: `${colorScheme} ${width}`, exact: true })
            .waitFor();
          await passes(page, 'the line');
          await open(page, `${colorScheme} ${width}`);
          await page.getByText('History', { exact: true }).waitFor();
          await passes(page, 'a task');
          await page.getByRole('button', { name: 'Redrive' }).click();
          await dialog(page).getByLabel('Reason', { exact: true }).waitFor();
          await passes(page, 'a confirmation');
          await page.keyboard.press('Escape');
          await page.getByRole('button', { name: 'Amend' }).click();
          await dialog(page).getByLabel('Title').waitFor();
          await passes(page, 'an amendment');
          await page.keyboard.press('Escape');
          await page.context().setOffline(true);
          await page.getByText('Connection lost').waitFor();
          await passes(page, 'a lost connection');
        },
        { colorScheme, viewport: { width, height: 800 } },
      ),
    );
  }
}

test(
  'a dead letter can be found, opened and discarded with the keyboard only',
  it.withPage(async (page) => {
    const [id] = await it.pipeline.makeDeadLetters(['By keyboard']);
    const press = (key) => page.keyboard.press(key);
    const focused = () =>
      page.evaluate(
        () =>
          document.activeElement.getAttribute('aria-label') ??
          document.activeElement.labels?.[0]?.textContent ??
          document.activeElement.textContent,
      );
    const tabTo = async (wanted) => {
      for (let presses = 0; presses < 80; presses += 1) {
        await press('Tab');
        if ((await focused())?.trim().startsWith(wanted)) return;
      }
      assert.fail(`Tab never reached ${wanted}`);
    };
    await tabTo('Show task contents');
    await press('Space');
    await tabTo('Title contains');
    await page.keyboard.type('by keyboard');
    await page.getByText('1 to 1 of 1 dead letter').waitFor();
    await tabTo('By keyboard');
    await press('Enter');
    await page.getByRole('heading', { name: id }).waitFor();
    assert.equal(await focused(), `Task ${id}`);
    await page.getByRole('button', { name: 'Discard' }).waitFor();
    await tabTo('Discard');
    await press('Enter');
    await dialog(page).getByLabel('Reason', { exact: true }).waitFor();
    await press('Escape');
    await dialog(page).waitFor({ state: 'hidden' });
    assert.equal(await focused(), 'Discard');
    await press('Enter');
    await dialog(page).getByLabel('Reason', { exact: true }).waitFor();
    await page.keyboard.type('no longer wanted');
    await tabTo('Discard');
    await press('Enter');
    await dialog(page).getByRole('heading', { name: 'Task discarded' }).waitFor();
    assert.equal(await focused(), 'Close');
    await press('Enter');
    await it.pipeline.untilStatus(id, 'discarded');
  }),
);
