// One task: its status, its history, and the actions on it.

import { at, button, element, put, renew, setText } from './element.js';
import { get } from './server.js';
import { confirm } from './confirm.js';
import { options } from './options.js';
import { count, moment, named, plain } from './words.js';
import { timeline } from './timeline.js';

// The id of the task on the page, and its record once it was loaded.
let shown = {};

/** The buttons for a task in its present status. */
export const actions = ({ task_id: id, status }) => {
  const ask = (verb, request) => button(verb, () => confirm({ action: request.action, request }));
  const amend = button('Amend', () =>
    confirm({ action: 'amend', request: { action: 'amend', id }, isEdited: true }),
  );
  const discard = ask('Discard', { action: 'discard', ids: [id] });
  const redrive = { action: 'redrive', ids: [id] };
  switch (status) {
    case 'dead_lettered':
      return [ask('Redrive', redrive), amend, discard];
    case 'redriving':
      return [ask('Finish the redrive', redrive), discard];
    case 'held':
      return [ask('Resume', { action: 'resume', id }), amend, ask('Skip', { action: 'skip', id }), discard];
    default:
      return [];
  }
};

/** Shows a task, or updates it. */
export const showTask = async (id) => {
  if (shown.id !== id) {
    // At once, so that the buttons of the previous task are gone.
    shown = { id };
    setText(at('task-heading'), `Task ${id}`);
    put(at('task-body'), 'Loading …');
  } else if (shown.task && !options.payload) {
    // Hides contents at once, even if the server does not answer.
    draw(shown.task);
  }
  let task;
  try {
    task = await get(`/tasks/${encodeURIComponent(id)}`, { payload: options.payload });
  } catch (problem) {
    // While the server does not answer, the task stays, and the banner shows the state of the connection.
    if (shown.id !== id || (shown.task && [0, 401, 503].includes(problem.status))) return;
    shown.task = undefined;
    put(at('task-body'), element('p', {}, `The task could not be loaded: ${problem.message}.`));
    return;
  }
  if (shown.id === id) draw(task);
};

const PARTS = ['headline', 'actions', 'facts', 'contents', 'result', 'history', 'overtaken'];

/** Draws each part separately: a part that did not change keeps its position, its focus and its open details. */
const draw = (task) => {
  if (!shown.task) {
    shown.parts = Object.fromEntries(PARTS.map((name) => [name, element('div')]));
    put(at('task-body'), Object.values(shown.parts));
  }
  shown.task = task;
  const { task_id: id, status } = task;
  const part = (name, identity, version, drawn) => renew(shown.parts[name], { identity, version }, drawn);
  const hidden = { task_id: id, has_result: task.has_result, result_dropped: task.result_dropped };
  const texts = options.payload ? task : hidden;
  part('headline', id, [status, task.failure], () => headline(task));
  part('actions', id, status, () => element('p', { class: 'buttons' }, actions(task)));
  part('facts', id, { ...task, ...shownTexts({}), result: undefined }, () => facts(task));
  part('contents', id, shownTexts(texts), () => [element('h2', {}, 'Contents'), ...contents(texts)]);
  part('result', id, shownResult(texts), () => result(texts));
  part('history', id, [task.audit, task.failures, status, task.lease_until], () => history(task));
  part('overtaken', id, status, () => overtaken(task));
};

const shownTexts = ({ payload, original_payload: original }) => ({ payload, original_payload: original });

const shownResult = ({ result, has_result: hasResult, result_dropped: dropped }) => [
  result,
  hasResult,
  dropped,
];

const headline = ({ status, failure }) =>
  element(
    'p',
    { class: 'headline' },
    element('strong', {}, plain(status)),
    failure && ` after ${failure.class} ${failure.code}`,
  );

const facts = (task) => {
  const left = task.attempts_left == null ? '' : ` (${task.attempts_left} left)`;
  const pairs = [
    ['Type', task.type ?? '-'],
    ['Sequence number', task.sequence_number ?? '-'],
    ['First sequence number', task.first_sequence_number ?? '-'],
    ['Attempts', `${task.attempts}${left}`],
    ['Redriven', task.generation === 0 ? 'never' : `${task.generation} ×`],
    ['Submitted by', element('bdi', {}, task.submitted_by)],
    ['Record expires', task.expires_at ? moment(task.expires_at) : '30 days after the task finishes'],
  ];
  const fact = ([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value));
  return element('dl', { class: 'figures' }, pairs.map(fact));
};

const history = (task) => [element('h2', {}, 'History'), timeline(task)];

/** Only on request: finding overtakers reads thousands of records. */
const overtaken = ({ task_id: id, status }) => {
  if (!['dead_lettered', 'redriving'].includes(status)) return [];
  const place = element('div', { role: 'status' });
  const find = async () => {
    put(place, 'Reading records …');
    try {
      const found = await get(`/tasks/${id}/overtakers`);
      const items = await Promise.all(found.first.map(overtaker));
      put(place, element('p', {}, counted(found)), element('ul', {}, items));
    } catch (problem) {
      put(place, `The records could not be read: ${problem.message}.`);
    }
  };
  return [element('h2', {}, 'Tasks that overtook it'), button('Find overtakers', find), place];
};

const counted = ({ count: found, records_seen: read, all_seen: isAll }) =>
  `${isAll ? '' : 'At least '}${count(found, 'task')} accepted after it ${found === 1 ? 'was' : 'were'} completed ` +
  `since it left the line (${count(read, 'record')} read).`;

const overtaker = async ({ task_id: id, first_sequence_number: place, finished_at: finished }) => {
  const { payload } = options.payload ? await get(`/tasks/${id}`, { payload: true }) : {};
  const link = element('a', { href: `#task/${id}` }, named({ task_id: id, title: payload?.task?.title }));
  return element('li', {}, `position ${place} `, link, ' at ', moment(finished));
};

const contents = ({ payload, original_payload: original }) => {
  if (!payload) return [element('p', { class: 'quiet' }, 'Hidden. Select “Show task contents” to see them.')];
  return [
    content(payload),
    original && element('details', {}, element('summary', {}, 'Original'), content(original)),
  ];
};

/** What the handler returned: JSON, shown as text. */
const result = ({ result: text, has_result: hasResult, result_dropped: dropped }) => {
  if (dropped) return [element('h2', {}, 'Result'), element('p', {}, `Dropped: ${plain(dropped)}.`)];
  if (!hasResult) return [];
  const hidden = () => element('p', { class: 'quiet' }, 'Hidden. Select “Show task contents” to see it.');
  return [element('h2', {}, 'Result'), text == null ? hidden() : element('pre', {}, text)];
};

const content = ({ task, raw }) => {
  if (!task) return element('pre', {}, raw);
  return element(
    'div',
    { class: 'content' },
    element('p', {}, element('strong', {}, element('bdi', {}, task.title))),
    element('pre', {}, task.description),
    element(
      'p',
      { class: 'quiet' },
      `${task.priority} priority, ${task.due_date ? `due ${task.due_date}` : 'no due date'}`,
    ),
    task.payload && [element('h3', {}, 'Payload'), element('pre', { class: 'payload' }, task.payload)],
  );
};
