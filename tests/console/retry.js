// `npm test`: runs each test file in a separate process. A file that fails is run twice more; one that then passes is
// reported as flaky.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

const TRIES = 3;

const passes = (file) => spawnSync(process.execPath, ['--test', file], { stdio: 'inherit' }).status === 0;

/** At which try it passed; none when it never did. */
const passedAt = (file) => [...Array(TRIES).keys()].map((index) => index + 1).find(() => passes(file));

const named = process.argv.slice(2);
const files = named.length > 0 ? named : readdirSync('.').filter((file) => file.endsWith('.test.js'));
const tried = files.map((file) => [file, passedAt(file)]);
const flaky = tried.filter(([, attempt]) => attempt > 1);
flaky.forEach(([file, attempt]) => console.log(`FLAKY ${attempt}/${TRIES} ${file}`));
const failed = tried.filter(([, attempt]) => !attempt).map(([file]) => file);
if (failed.length > 0) console.error(`failed ${TRIES} times: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
