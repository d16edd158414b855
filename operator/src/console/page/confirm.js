// The one dialog: previews a change, asks for a reason, does it, and says what became of it.

import { at, button, element } from './element.js';
import { get, post } from './server.js';
import { again, pause } from './live.js';
import { count, failure } from './words.js';

// How many tasks are changed by one call: what a cancel has to wait for.
const CHUNK = 20;

const dialog = () => at('confirm');

const heading = (title) => element('h2', { id: 'confirm-heading' }, title);

const field = (label, control, hint) => element('div', { class: 'field' }, element('label', {}, label, control), hint && element('small', {}, hint));

/** Opens the dialog, with a task's fields first when these are `edited`. Ends when it is closed. */
export const confirm = async ({ title, verb, deed, edited }) => {
  const back = document.activeElement;
  const closed = new Promise((end) => dialog().addEventListener('close', end, { once: true }));
  dialog().replaceChildren(heading(title), element('p', {}, 'Looking …'));
  dialog().showModal();
  try {
    if (edited) await edit(title, verb, deed);
    else await ask(title, verb, deed);
  } catch (problem) {
    tell(title, [`Not done: ${problem.message}.`]);
  }
  await closed;
  again();
  (back.isConnected ? back : at('overview').hidden ? at('task-heading') : at('line-heading')).focus();
};

/** Shows what would happen and asks; `edited` goes back to the fields of a task. */
const ask = async (title, verb, deed, { edited, why = '' } = {}) => {
  const preview = await post('/preview', deed);
  const reason = element('textarea', { name: 'reason', rows: 2, required: true, maxlength: 500, 'aria-describedby': 'confirm-trouble' });
  const force = element('input', { type: 'checkbox', name: 'force', change: () => ask(title, verb, { ...deed, force: force.checked }, { why: reason.value }).catch((problem) => trouble(`${problem.message}.`)) });
  force.checked = deed.force ?? false;
  reason.value = why;
  const isMany = preview.count > 1 && deed.ids;
  const going = preview.count - preview.refused_count;
  const most = element('input', { type: 'number', name: 'most', min: 1, max: preview.count, placeholder: 'all', inputmode: 'numeric' });
  const rate = element('input', { type: 'number', name: 'rate', min: 1, placeholder: 'as fast as it goes', inputmode: 'numeric' });
  const nothing = deed.action === 'reconcile' && preview.count === 0;
  const submit = (event) => {
    event.preventDefault();
    if (preview.keeps_a_reason && !reason.value.trim()) { reason.focus(); return trouble('Say why: the reason is kept with the task.'); }
    const ids = isMany && most.value ? deed.ids.slice(0, Number(most.value)) : deed.ids;
    run(title, verb, { ...deed, ...(ids && { ids }), reason: reason.value }, Number(rate.value));
  };
  dialog().replaceChildren(element('form', { submit, novalidate: true },
    heading(title),
    preview.says.map((line) => element('p', {}, line)),
    preview.changes.length > 0 && diff(preview.changes),
    deed.action === 'amend' && preview.changes.length === 0 && element('p', {}, 'Nothing changes.'),
    preview.tasks.length > 0 && element('ol', { class: 'preview' }, preview.tasks.map((task) => element('li', {}, element('code', {}, task.task_id), task.failure && ['  ', failure(task.failure)]))),
    going > preview.tasks.length && element('p', { class: 'quiet' }, `and ${going - preview.tasks.length} more`),
    preview.refused_count > 0 && element('div', { class: 'warning' },
      element('p', {}, element('strong', {}, `${preview.refused_count} of ${preview.count} would be refused`), ':'),
      element('ul', {}, preview.refused_alike.map((it) => element('li', {}, `${it.count}: ${it.reason}`)))),
    (preview.can_be_forced || deed.force) && element('label', { class: 'switch' }, force, ' Redrive also what would fail the same way again'),
    isMany && element('div', { class: 'pair' }, field('At most', most), deed.action === 'redrive' && field('A second', rate)),
    preview.keeps_a_reason && field('Why', reason, 'Kept beside your name.'),
    element('p', { id: 'confirm-trouble', role: 'alert' }),
    element('p', { class: 'buttons end' },
      button(nothing ? 'Close' : 'Cancel', () => dialog().close()),
      edited && button('Back', edited),
      !nothing && element('button', { class: 'primary' }, isMany && preview.refused_count ? `${verb} ${going}` : verb))));
  (dialog().querySelector('textarea') ?? dialog().querySelector('.primary, button')).focus();
};

const trouble = (text) => { at('confirm-trouble').textContent = text; };

/** Does it, many in chunks: a cancel leaves whole what was done and untouched what was not. */
const run = async (title, verb, deed, rate) => {
  const ids = deed.ids ?? [null];
  const size = Math.min(CHUNK, rate || CHUNK);
  const bar = element('progress', { max: ids.length, 'aria-label': title });
  if (deed.ids) bar.value = 0;
  const cancel = new AbortController();
  const stop = (event) => { event.preventDefault(); cancel.abort(); };
  const said = element('p', { role: 'status' });
  dialog().addEventListener('cancel', stop);
  dialog().replaceChildren(heading(title), bar, said, element('p', { class: 'buttons end' }, ids.length > size && button('Stop here', stop)));
  const done = [];
  const refused = [];
  let broken;
  try {
    for (let next = 0; next < ids.length && !cancel.signal.aborted; next += size) {
      const begun = Date.now();
      const outcome = await post('/act', { ...deed, ...(deed.ids && { ids: ids.slice(next, next + size) }) });
      done.push(...outcome.done);
      refused.push(...outcome.refused);
      if (deed.ids) bar.value = next + size;
      said.textContent = deed.ids ? `${done.length} of ${ids.length} done` : '';
      if (rate && next + size < ids.length) await pause(Math.max(0, (size / rate) * 1_000 - (Date.now() - begun)));
    }
  } catch (problem) {
    broken = problem;
  }
  dialog().removeEventListener('cancel', stop);
  const left = ids.length - done.length - refused.length;
  tell(title, [
    deed.ids ? `${count(done.length, 'task')}: ${verb.toLowerCase()} done.` : broken ? '' : `${verb}: done.`,
    broken && `It broke off: ${broken.message}. What was done stays so; the rest can be done by doing it again.`,
    deed.ids && left > 0 && `${count(left, 'task')} left as ${left === 1 ? 'it was' : 'they were'}.`,
  ], refused);
};

const tell = (title, lines, refused = []) => {
  const close = button('Close', () => dialog().close(), { class: 'primary' });
  dialog().replaceChildren(heading(title),
    element('div', { role: 'status' }, lines.filter(Boolean).map((line) => element('p', {}, line))),
    refused.length > 0 && element('div', { class: 'warning' }, element('p', {}, element('strong', {}, `${refused.length} refused`)),
      element('ul', {}, refused.slice(0, CHUNK).map((it) => element('li', {}, element('code', {}, it.task_id), `: ${it.reason}`)))),
    element('p', { class: 'buttons end' }, close));
  close.focus();
};

const LINES = { gone: ['del', '−'], new: ['ins', '+'], kept: ['span', ' '] };

const diff = (changes) => element('pre', { class: 'diff' }, changes.map(({ becomes, text }) => {
  const [name, sign] = LINES[becomes];
  return [element(name, {}, `${sign} ${text}`), '\n'];
}));

/** The fields of a task; the server judges them by the rules of a request. */
const edit = async (title, verb, deed) => {
  const { payload } = deed.id ? await get(`/tasks/${deed.id}`, { payload: true }) : { payload: {} };
  const { title: name = '', description = '', priority = 'medium', due_date: due = '' } = payload.task ?? {};
  const fields = {
    title: element('input', { value: name, required: true }),
    description: element('textarea', { rows: 6, required: true }),
    priority: element('select', {}, ['low', 'medium', 'high'].map((it) => element('option', { value: it }, it))),
    due_date: element('input', { value: due ?? '', placeholder: '2030-01-31T12:00:00+01:00' }),
  };
  fields.description.value = description;
  fields.priority.value = priority;
  const open = () => {
    dialog().replaceChildren(form);
    fields.title.focus();
  };
  const submit = async (event) => {
    event.preventDefault();
    const task = Object.fromEntries(Object.entries(fields).map(([key, control]) => [key, control.value]));
    if (!task.due_date.trim()) delete task.due_date;
    for (const control of Object.values(fields)) control.removeAttribute('aria-invalid');
    try {
      await ask(title, verb, { ...deed, task }, { edited: open });
    } catch (problem) {
      const wrong = problem.violations.map(({ pointer, message }) => [pointer.slice(1), message]);
      for (const [key] of wrong) fields[key]?.setAttribute('aria-invalid', 'true');
      trouble([problem.message, ...wrong.map(([key, message]) => `${key} ${message}`)].join('; '));
      (fields[wrong[0]?.[0]] ?? fields.title).focus();
    }
  };
  const form = element('form', { submit, novalidate: true }, heading(title),
    field('Title', fields.title), field('Description', fields.description),
    element('div', { class: 'pair' }, field('Priority', fields.priority), field('Due date', fields.due_date)),
    element('p', { id: 'confirm-trouble', role: 'alert' }),
    element('p', { class: 'buttons end' }, button('Cancel', () => dialog().close()), element('button', { class: 'primary' }, 'Preview')));
  open();
};
