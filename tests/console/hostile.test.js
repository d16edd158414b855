// Text that imitates markup, code, or the page's text.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { listed, fixture } from './fixture.js';
import { until } from './until.js';

const it = fixture();

const HOSTILE = [
  '<img src=x onerror="window.hit = 1">',
  '"><svg onload=window.hit=1>',
  '</a></li></ol><script>window.hit = 1</script>',
  'javascript:window.hit=1',
  '${window.hit = 1} {{window.hit = 1}}',
  '\u202Egnp.exe\u2066 and no way back',
];

test(
  'task contents are shown as text everywhere',
  it.withPage(async (page) => {
    const [id] = await it.pipeline.makeDeadLetters(['Tame']);
    it.pipeline.copyDeadLetter(id, ...HOSTILE);
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
  'the browser refuses to turn a string into markup',
  it.withPage(async (page) => {
    const outcome = await page.evaluate(() => {
      try {
        document.body.innerHTML = '<b>hit</b>';
        return 'made';
      } catch (error) {
        return error.name;
      }
    });
    assert.equal(outcome, 'TypeError');
    page.errors.length = 0;
  }),
);
