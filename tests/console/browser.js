// Debian's Chromium, headless, and a page of the console whose errors fail its test.
import { execFileSync } from 'node:child_process';
import { chromium } from 'playwright-core';

const executablePath = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim();

export const startBrowser = () =>
  chromium.launch({ executablePath, args: ['--no-sandbox', '--no-proxy-server'] });

/** Values such as `undefined` must never be shown as text, however briefly: each is reported as an error of the page. */
const watchTexts = () => {
  const odd = /\b(?:false|true|undefined|null|NaN)\b|\[object /;
  const report = (text) => odd.test(text) && console.error(`not a text: ${text}`);
  const textsOf = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return [node.data];
    if (node.nodeType !== Node.ELEMENT_NODE || ['SCRIPT', 'STYLE'].includes(node.tagName)) return [];
    const labels = ['aria-label', 'title', 'placeholder'].map((name) => node.getAttribute(name) ?? '');
    return [...labels, ...[...node.childNodes].flatMap(textsOf)];
  };
  const watcher = new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) [target, ...addedNodes].flatMap(textsOf).forEach(report);
  });
  watcher.observe(document, { subtree: true, childList: true, characterData: true });
};

export const openConsole = async (browser, url, options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.errors = [];
  page.requested = [];
  page.on('pageerror', (error) => page.errors.push(error.message));
  // The browser reports refused and lost calls itself; tests check how the page reacts to them.
  const isOwn = (message) =>
    message.type() === 'error' && !message.text().startsWith('Failed to load resource');
  page.on('console', (message) => {
    if (isOwn(message)) page.errors.push(message.text());
  });
  await page.addInitScript(watchTexts);
  page.on('request', (request) => page.requested.push(request.url()));
  await page.goto(url);
  return page;
};
