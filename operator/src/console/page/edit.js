// The form with the fields of a task. The server validates them like a request.

import { button, element } from './element.js';
import { CallError, get } from './server.js';
import { words } from './verbs.js';

const PRIORITIES = ['low', 'medium', 'high'];

const field = (label, control) => element('div', { class: 'field' }, element('label', {}, label, control));

/** Shows the form for the task of `request`, then calls `ask` to preview the change. */
export const edit = async (it, request, ask) => {
  const { dialog, action } = it;
  const isPresent = dialog.begin();
  const { payload } = request.id ? await get(`/tasks/${request.id}`, { payload: true }) : { payload: {} };
  if (!isPresent()) return;
  const fields = fieldsOf(payload.task ?? {});
  const { question } = words(action);
  const open = () => {
    const isOpen = dialog.begin();
    dialog.draw({
      title: question.replace('?', ''),
      content: layout(fields),
      buttons: button('Cancel', () => dialog.close()),
      primary: element('button', { class: 'primary' }, 'Preview'),
      submit: () => preview(isOpen),
      focus: fields.title,
    });
    return isOpen;
  };
  const preview = async () => {
    for (const control of Object.values(fields)) control.removeAttribute('aria-invalid');
    try {
      await ask({ ...request, task: entered(fields) }, { edited: open });
    } catch (problem) {
      if (!(problem instanceof CallError)) throw problem;
      report(dialog, fields, problem);
    }
  };
  open();
};

const fieldsOf = ({ title = '', description = '', priority = 'medium', due_date: due, type, payload }) => {
  const choices = PRIORITIES.map((it) => element('option', { value: it }, it));
  const fields = {
    title: element('input', { value: title, required: true, autocomplete: 'off' }),
    description: element('textarea', { rows: 6, required: true }),
    priority: element('select', {}, choices),
    due_date: element('input', {
      value: due ?? '',
      placeholder: '2030-01-31T12:00:00+01:00',
      autocomplete: 'off',
    }),
    type: element('input', {
      value: type ?? '',
      placeholder: 'task',
      autocomplete: 'off',
      spellcheck: 'false',
    }),
    payload: element('textarea', { rows: 4, autocomplete: 'off', spellcheck: 'false' }),
  };
  fields.description.value = description;
  // As text: a browser would change the digits of numbers.
  fields.payload.value = payload ?? '';
  fields.priority.value = priority;
  return fields;
};

const layout = (fields) => [
  field('Title', fields.title),
  field('Description', fields.description),
  element('div', { class: 'pair' }, field('Priority', fields.priority), field('Due date', fields.due_date)),
  field('Type', fields.type),
  field('Payload (JSON)', fields.payload),
];

const entered = (fields) => {
  const task = Object.fromEntries(Object.entries(fields).map(([key, control]) => [key, control.value]));
  for (const name of ['due_date', 'type', 'payload']) if (!task[name].trim()) delete task[name];
  return task;
};

const report = (dialog, fields, { message, violations }) => {
  const wrong = violations.map(({ pointer, message: why }) => [pointer.slice(1), why]);
  // A pointer can lead into the payload.
  const control = ([key]) => fields[key.split('/')[0]];
  for (const it of wrong) control(it)?.setAttribute('aria-invalid', 'true');
  dialog.trouble([message, ...wrong.map(([key, why]) => `${key} ${why}`)].join('; '));
  ((wrong[0] && control(wrong[0])) ?? fields.title).focus();
};
