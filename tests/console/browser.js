// Debian's Chromium, headless, and a page of the console that fails its test on any error of its own.
import { execFileSync } from 'node:child_process';
import { chromium } from 'playwright-core';

const executablePath = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim();

export const startBrowser = () =>
  chromium.launch({ executablePath, args: ['--no-sandbox', '--no-proxy-server'] });

/** What is no text must not become one, however briefly: reports it as an error of the page. */
const watchTexts = () => {
  const odd = /\b(?:false|true|undefined|null|NaN)\b|\[object /;
  const report = (text) => odd.test(text) && console.error(`not a text: ${text}`);
  const textsOf = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return [node.data];
    if (node.nodeType !== Node.ELEMENT_NODE || ['SCRIPT', 'STYLE'].includes(node.tagName)) return [];
    const said = ['aria-label', 'title', 'placeholder'].map((name) => node.getAttribute(name) ?? '');
    return [...said, ...[...node.childNodes].flatMap(textsOf)];
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
  page.troubles = [];
  page.requested = [];
  page.on('pageerror', (error) => page.troubles.push(error.message));
  // A call that was refused or got lost the browser reports by itself; what the page makes of it is what its test tries.
  const isOwn = (message) =>
    message.type() === 'error' && !message.text().startsWith('Failed to load resource');
  page.on('console', (message) => {
    if (isOwn(message)) page.troubles.push(message.text());
  });
  await page.addInitScript(watchTexts);
  page.on('request', (request) => page.requested.push(request.url()));
  await page.goto(url);
  return page;
};
