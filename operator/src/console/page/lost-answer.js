// The answer to a change was lost. The page polls until it knows whether the change was made.

import { at, element, put } from './element.js';
import { pause } from './live.js';
import { CallError, get, post } from './server.js';
import { number, plain } from './words.js';

// In milliseconds.
const POLL_INTERVAL = 2_000;
// How far the clocks of the page and the pipeline may differ, in milliseconds.
const TOLERANCE = 2_000;

/** Polls the tasks or the line of `request` until the change is seen or the dialog is closed. */
export const poll = async ({ dialog }, { isPresent, request, ids, since, spoken, before }) => {
  const place = at('found-out');
  const check =
    request.ids || request.id ? () => ofTasks(request, ids, since, spoken.past) : POLLS[request.action];
  while (isPresent()) {
    const found = await check().catch((problem) => {
      if (!(problem instanceof CallError)) throw problem;
      return { lines: [`Checking again: ${problem.message} …`] };
    });
    if (!isPresent()) return;
    if (place.textContent !== found.lines.join('')) {
      put(
        place,
        found.lines.map((line) => element('p', {}, line)),
      );
    }
    if (found.done !== undefined) dialog.title(titled(request, before + found.done, spoken));
    if (found.isDone) return;
    await pause(POLL_INTERVAL);
  }
};

const titled = (request, done, spoken) => {
  if (!request.ids || done === request.ids.length) return done ? spoken.done : spoken.unknown;
  return done ? spoken.some(done) : spoken.unknown;
};

/** Checks the records of the tasks, which store every change with its time. */
const ofTasks = async ({ action, id }, ids, since, past) => {
  const tasks = [];
  for (const each of id ? [id] : ids) tasks.push(await get(`/tasks/${each}`));
  const isChange = (entry) => entry.action === action && Date.parse(entry.at) >= since - TOLERANCE;
  const changed = tasks.filter(({ audit }) => audit.some(isChange)).length;
  const isDone = changed === tasks.length;
  return { done: changed, isDone, lines: [isDone ? ofDone(past, tasks) : ofSome(past, changed, tasks)] };
};

const statusOf = (tasks) => (tasks.length === 1 ? ` Its status is ${plain(tasks[0].status)}.` : '');

const ofDone = (past, tasks) =>
  `${tasks.length === 1 ? 'It was' : `All ${number(tasks.length)} were`} ${past}.${statusOf(tasks)}`;

const ofSome = (past, changed, tasks) =>
  tasks.length === 1
    ? `So far it was not ${past}.${statusOf(tasks)}`
    : `So far ${number(changed)} of these ${number(tasks.length)} were ${past}.`;

const ofState = async (isDone) => {
  const { state } = await get('/snapshot');
  return {
    isDone: isDone(state),
    done: isDone(state) ? 1 : undefined,
    lines: [`The line is ${plain(state)} now.`],
  };
};

const POLLS = {
  pause_line: () => ofState((state) => state === 'paused'),
  resume_line: () => ofState((state) => state !== 'paused'),
  reconcile: async () => {
    const { sentences: lines, count: left } = await post('/preview', { action: 'reconcile' });
    return { isDone: left === 0, done: left === 0 ? 1 : undefined, lines };
  },
};
