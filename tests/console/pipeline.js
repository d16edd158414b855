// The real program: `taskline local` on a separate folder, with a separate webhook receiver.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startReceiver } from './receiver.js';
import { until } from './until.js';

const PROGRAM = resolve(process.env.TASKLINE ?? '../../target/debug/taskline');
const DATA = 'taskline-data';

export const task = (title, more = {}) => ({
  title,
  description: `All about ${title}`,
  priority: 'low',
  ...more,
});

export const startPipeline = async (settings = {}) => {
  const receiver = await startReceiver();
  const folder = await mkdtemp(join(tmpdir(), 'taskline-console-'));
  const environment = {
    USER: 'ann',
    NO_PROXY: '127.0.0.1',
    RUST_LOG: 'warn',
    TASK_HANDLER: 'webhook',
    WEBHOOK_URL: receiver.url,
    WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    ATTEMPT_BUDGET: '2',
    RETRY_BASE_SECONDS: '1',
    RETRY_MAX_SECONDS: '1',
    HANDLER_TIMEOUT_SECONDS: '600',
    WEBHOOK_TIMEOUT_SECONDS: '600',
    ...settings,
  };
  const program = spawn(PROGRAM, ['--json', 'local', '--data', DATA, '--listen', '127.0.0.1:0'], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const announced = await announcement(program);
  const kill = async () => {
    if (program.exitCode === null && program.signalCode === null) {
      program.kill('SIGKILL');
      await once(program, 'exit');
    }
  };
  const submit = async (title, more) => {
    const answer = await fetch(`${announced.url}/tasks`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(task(title, more)),
    });
    if (answer.status !== 202) throw new Error(`not accepted: ${await answer.text()}`);
    return (await answer.json()).task_id;
  };
  const status = async (id) => (await (await fetch(`${announced.url}/tasks/${id}`)).json()).status;
  return {
    receiver,
    console: announced.console,
    submit,
    kill,
    /** Performs an action like another operator. */
    act: async (request) => {
      const [origin, token] = announced.console.split('/#');
      const answer = await fetch(`${origin}/api/act`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
        body: JSON.stringify({ reason: 'meanwhile', ...request }),
      });
      if (!answer.ok) throw new Error(`not performed: ${await answer.text()}`);
      return answer.json();
    },
    /** Waits until a task has this status. */
    untilStatus: (id, wanted) => until(`${id} is ${wanted}`, async () => (await status(id)) === wanted),
    /** Submits tasks that the receiver refuses, and waits until all are dead letters. */
    async makeDeadLetters(titles, answer = 422) {
      const ids = [];
      for (const title of titles) {
        receiver.answer(title, answer);
        ids.push(await submit(title));
      }
      await this.untilStatus(ids.at(-1), 'dead_lettered');
      return ids;
    },
    /** Copies the dead letter `id` in the database, with these titles, which no API would accept, or this number of times. */
    copyDeadLetter: (id, ...titles) =>
      execFileSync('python3', [
        'copy_dead_letter.py',
        join(folder, DATA, 'taskline.db'),
        id,
        ...titles.map(String),
      ]),
    stop: async () => {
      await kill();
      receiver.stop();
      await rm(folder, { recursive: true });
    },
  };
};

const announcement = async (program) => {
  let printed = '';
  for await (const chunk of program.stdout) {
    printed += chunk;
    try {
      return JSON.parse(printed);
    } catch {
      /* incomplete so far */
    }
  }
  throw new Error(`the program did not start: ${printed}`);
};
