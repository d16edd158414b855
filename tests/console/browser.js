// Debian's Chromium, headless, and a page of the console that fails its test on any error of its own.
import { execFileSync } from 'node:child_process';
import { chromium } from 'playwright-core';

const executablePath = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim();

export const startBrowser = () => chromium.launch({ executablePath, args: ['--no-sandbox', '--no-proxy-server'] });

export const openConsole = async (browser, url, options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.troubles = [];
  page.requested = [];
  page.on('pageerror', (error) => page.troubles.push(error.message));
  // A call that was refused or got lost the browser reports by itself; what the page makes of it is what its test tries.
  const isOwn = (message) => message.type() === 'error' && !message.text().startsWith('Failed to load resource');
  page.on('console', (message) => { if (isOwn(message)) page.troubles.push(message.text()); });
  page.on('request', (request) => page.requested.push(request.url()));
  await page.goto(url);
  return page;
};
