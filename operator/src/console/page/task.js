// One task: where it stands, how it got there, and what can be done.

import { at, button, element } from './element.js';
import { get } from './server.js';
import { confirm } from './confirm.js';
import { options } from './live.js';
import { count, moment, plain } from './words.js';
import { timeline } from './timeline.js';

// Which task is shown, and as what it was read; as nothing before it was.
let shown = {};

/** The buttons for a task as it stands. */
export const actions = ({ task_id: id, status }) => {
  const ask = (verb, deed, title = `${verb} this task?`) => button(verb, () => confirm({ title, verb, deed }));
  const amend = button('Amend', () => confirm({ title: 'Amend this task', verb: 'Amend', deed: { action: 'amend', id }, edited: true }));
  const discard = ask('Discard', { action: 'discard', ids: [id] });
  switch (status) {
    case 'dead_lettered': return [ask('Redrive', { action: 'redrive', ids: [id] }), amend, discard];
    case 'redriving': return [ask('Finish the redrive', { action: 'redrive', ids: [id] }, 'Finish the redrive?'), discard];
    case 'held': return [ask('Resume', { action: 'resume', id }), amend, ask('Skip', { action: 'skip', id }), discard];
    default: return [];
  }
};

/** Shows the task of `id`, or what became of it since it was shown. */
export const showTask = async (id) => {
  if (shown.id !== id) {
    // At once: the buttons of another task must not stand here meanwhile.
    shown = { id };
    at('task-heading').textContent = `Task ${id}`;
    at('task-body').replaceChildren('Looking …');
  }
  let task;
  try {
    task = await get(`/tasks/${encodeURIComponent(id)}`, { payload: options.payload });
  } catch (problem) {
    // While nobody answers, what is known of the task stays; the page's head says how the connection is.
    if (shown.version && [0, 503].includes(problem.status)) return;
    task = { problem: problem.message };
  }
  const version = JSON.stringify(task);
  if (shown.id !== id || shown.version === version) return;
  shown.version = version;
  at('task-body').replaceChildren(...(task.problem ? [element('p', {}, `Not shown: ${task.problem}.`)] : body(task)));
};

const body = (task) => [
  element('p', { class: 'headline' }, element('strong', {}, plain(task.status)), task.failure && ` after ${task.failure.class} ${task.failure.code}`),
  element('p', { class: 'buttons' }, actions(task)),
  facts([
    ['Place in the line', task.sequence_number ?? '-'],
    ['Accepted at place', task.first_sequence_number ?? '-'],
    ['Attempts', `${task.attempts}${task.attempts_left == null ? '' : ` (${task.attempts_left} left)`}`],
    ['Redriven', task.generation === 0 ? 'never' : `${task.generation} ×`],
    ['Submitted by', task.submitted_by],
    ['Record kept until', task.expires_at ? moment(task.expires_at) : '30 days after its end'],
  ]),
  element('h2', {}, 'What it says'),
  ...says(task),
  element('h2', {}, 'How it got here'),
  timeline(task),
  ...overtaken(task),
];

/** Looked for when it is asked for: it takes reading very many records. */
const overtaken = ({ task_id: id, status }) => {
  if (!['dead_lettered', 'redriving'].includes(status)) return [];
  const place = element('div', { role: 'status' });
  const look = async () => {
    place.textContent = 'Reading records …';
    try {
      const { count: found, first, records_seen: read, all_seen: isAll } = await get(`/tasks/${id}/overtakers`);
      place.replaceChildren(
        element('p', {}, `${isAll ? '' : 'At least '}${count(found, 'task')} accepted after it ${found === 1 ? 'was' : 'were'} completed since it left the line (${count(read, 'record')} read).`),
        element('ul', {}, first.map((it) => element('li', {}, `place ${it.first_sequence_number} `, element('a', { href: `#task/${it.task_id}` }, it.task_id), ' at ', moment(it.finished_at)))));
    } catch (problem) {
      place.textContent = `Not known: ${problem.message}.`;
    }
  };
  return [element('h2', {}, 'What overtook it'), button('Look for it', look), place];
};

const facts = (pairs) => element('dl', { class: 'figures' }, pairs.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))));

const says = ({ payload, original_payload: original }) => {
  if (!payload) return [element('p', { class: 'quiet' }, 'Hidden. “Show what tasks say” shows it.')];
  return [content(payload), original && element('details', {}, element('summary', {}, 'As it was submitted'), content(original))].filter(Boolean);
};

const content = ({ task, raw }) => {
  if (!task) return element('pre', {}, raw);
  return element('div', { class: 'content' },
    element('p', {}, element('strong', {}, task.title)), element('pre', {}, task.description),
    element('p', { class: 'quiet' }, `${task.priority} priority, due ${task.due_date ?? 'at no set time'}`));
};
