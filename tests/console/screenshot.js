// Makes docs/images/console.png: the console of a pipeline with dead letters of several causes, a retrying task and tasks
// that wait behind it. Run `npm run screenshot` after a change of the page.
import { startBrowser, openConsole } from './browser.js';
import { startPipeline } from './pipeline.js';

const IMAGE = new URL('../../docs/images/console.png', import.meta.url).pathname;

const FAILING = [
  ['Send invoice 1042', 422],
  ['Send invoice 1043', 422],
  ['Ship order 77 to Lisbon', 409],
  ['Close account 5530', 400],
  ['Send invoice 1051', 422],
];
const WAITING = ['Ship order 79 to Porto', 'Send invoice 1052', 'Send reminder for invoice 990'];

const pipeline = await startPipeline({ RETRY_BASE_SECONDS: '60', RETRY_MAX_SECONDS: '60' });
const browser = await startBrowser();
try {
  for (const number of [1039, 1040, 1041]) await pipeline.submit(`Send invoice ${number}`);
  for (const [title, answer] of FAILING) await pipeline.makeDeadLetters([title], answer);
  pipeline.receiver.answer('Ship order 78 to Faro', 503);
  const head = await pipeline.submit('Ship order 78 to Faro', { priority: 'high' });
  for (const title of WAITING) await pipeline.submit(title);
  await pipeline.untilStatus(head, 'retrying');
  const page = await openConsole(browser, pipeline.console, {
    viewport: { width: 1100, height: 900 },
    deviceScaleFactor: 1.5,
    colorScheme: 'light',
  });
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByLabel('Show task contents').check();
  await page.getByText(FAILING[0][0]).first().waitFor();
  await page.screenshot({ path: IMAGE, fullPage: true });
  if (page.errors.length > 0) throw new Error(page.errors.join('\n'));
} finally {
  await pipeline.stop();
  await browser.close();
}
