// `npm test`: runs each test file in a separate process, some at once, because a file waits for its browser and its pipeline
// more than it computes. A file that fails is run twice more; one that then passes is reported as flaky.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';

const TRIES = 3;
const AT_ONCE = 3;

/** What a file prints is shown once it has ended, so that files are not mixed. */
const passes = async (file) => {
  const run = spawn(process.execPath, ['--test', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = [];
  for (const stream of [run.stdout, run.stderr]) stream.on('data', (chunk) => printed.push(chunk));
  const [status] = await once(run, 'close');
  process.stdout.write(Buffer.concat(printed));
  return status === 0;
};

/** At which try it passed; none when it never did. */
const passedAt = async (file) => {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) if (await passes(file)) return attempt;
  return undefined;
};

const named = process.argv.slice(2);
const files = named.length > 0 ? named : readdirSync('.').filter((file) => file.endsWith('.test.js'));
const waiting = [...files];
const tried = [];
const runWaiting = async () => {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    tried.push([file, await passedAt(file)]);
  }
};
await Promise.all(Array.from({ length: AT_ONCE }, runWaiting));

const flaky = tried.filter(([, attempt]) => attempt > 1);
flaky.forEach(([file, attempt]) => console.log(`FLAKY ${attempt}/${TRIES} ${file}`));
const failed = tried.filter(([, attempt]) => !attempt).map(([file]) => file);
if (failed.length > 0) console.error(`failed ${TRIES} times: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
