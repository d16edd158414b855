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

const fieldsOf = ({ title = '', description = '', priority = 'medium', due_date: due }) => {
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
  };
  fields.description.value = description;
  fields.priority.value = priority;
  return fields;
};

const layout = (fields) => [
  field('Title', fields.title),
  field('Description', fields.description),
  element('div', { class: 'pair' }, field('Priority', fields.priority), field('Due date', fields.due_date)),
];

const entered = (fields) => {
  const task = Object.fromEntries(Object.entries(fields).map(([key, control]) => [key, control.value]));
  if (!task.due_date.trim()) delete task.due_date;
  return task;
};

const report = (dialog, fields, { message, violations }) => {
  const wrong = violations.map(({ pointer, message: why }) => [pointer.slice(1), why]);
  for (const [key] of wrong) fields[key]?.setAttribute('aria-invalid', 'true');
  dialog.trouble([message, ...wrong.map(([key, why]) => `${key} ${why}`)].join('; '));
  (fields[wrong[0]?.[0]] ?? fields.title).focus();
};
