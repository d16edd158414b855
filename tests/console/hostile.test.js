// Text that would like to be markup, or code, or the page's own words.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { listed, scene } from './scene.js';
import { until } from './until.js';

const it = scene();

const HOSTILE = [
  '<img src=x onerror="window.hit = 1">',
  '"><svg onload=window.hit=1>',
  '</a></li></ol><script>window.hit = 1</script>',
  'javascript:window.hit=1',
  '${window.hit = 1} {{window.hit = 1}}',
  '\u202Egnp.exe\u2066 and no way back',
];

test(
  'what a task says is text wherever it is shown',
  it.on(async (page) => {
    const [id] = await it.pipeline.bury(['Tame']);
    it.pipeline.plant(id, ...HOSTILE);
    await page.getByLabel('Show task contents').check();
    await page.getByText(`1 to ${HOSTILE.length + 1} of`).waitFor();
    for (const title of HOSTILE) {
      await until(`${title} is listed`, async () =>
        (await listed(page).allTextContents()).some((text) => text.includes(title)),
      );
      await listed(page).filter({ hasText: title }).getByRole('link').click();
      await page.getByText('History', { exact: true }).waitFor();
      assert.ok((await page.locator('#task-body').textContent()).includes(title), title);
      await page.getByRole('button', { name: 'Amend' }).click();
      assert.equal(await page.getByRole('dialog').getByLabel('Title').inputValue(), title);
      await page.keyboard.press('Escape');
      await page.getByRole('link', { name: 'Back to the line' }).click();
    }
    assert.equal(await page.evaluate(() => window.hit), undefined);
    assert.equal(await page.locator('main img, main script').count(), 0);
  }),
);

test(
  'what would turn a string into markup is refused by the browser',
  it.on(async (page) => {
    const outcome = await page.evaluate(() => {
      try {
        document.body.innerHTML = '<b>hit</b>';
        return 'made';
      } catch (error) {
        return error.name;
      }
    });
    assert.equal(outcome, 'TypeError');
    page.troubles.length = 0;
  }),
);
