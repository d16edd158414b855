// Asks before an action: shows its preview, asks for a reason, and runs it.

import { at, button, element, setText } from './element.js';
import { openDialog } from './dialog.js';
import { edit } from './edit.js';
import { refresh } from './live.js';
import { options } from './options.js';
import { Question } from './question.js';
import { run, showResult } from './run.js';
import { CallError, post } from './server.js';
import { currentControl } from './settle.js';
import { words } from './verbs.js';

/**
 * Opens the dialog for a request, or for the result of `request` if it is a function. If it `isEdited`, the form of the task
 * comes first. Resolves when the dialog is closed, with whether anything was tried.
 */
export const confirm = async ({ action, noun, request, isEdited = false }) => {
  const back = document.activeElement;
  const dialog = openDialog();
  if (!dialog) return false;
  const it = { dialog, action, noun, isTried: false };
  const isPresent = dialog.begin();
  dialog.draw({
    title: words(action).verb,
    content: element('p', {}, 'Loading …'),
    buttons: button('Cancel', () => dialog.close()),
  });
  try {
    const found = typeof request === 'function' ? await request() : request;
    if (isEdited) await edit(it, found, (edited, from) => ask(it, edited, from));
    else await ask(it, found);
  } catch (problem) {
    if (!(problem instanceof CallError)) {
      dialog.close();
      throw problem;
    }
    if (isPresent()) showResult(it, { title: 'Not done', lines: [`${problem.message}.`] });
  }
  await dialog.closed;
  refresh();
  returnFocus(back);
  return it.isTried;
};

const returnFocus = (back) => {
  currentControl(back).focus();
  if (document.activeElement !== document.body) return;
  at(at('overview').hidden ? 'task-heading' : 'line-heading').focus({ preventScroll: true });
};

/** Shows the preview and asks. Earlier values are `entered` again; `edited` returns to the form of the task. */
const ask = async (it, request, { edited, entered = {}, trouble } = {}) => {
  const { dialog, action, noun } = it;
  const isPresent = dialog.begin();
  const preview = await post('/preview', { ...request, payload: options.payload });
  if (!isPresent()) return;
  const form = new Question(request, preview, entered);
  // A task on its own page is “this task”; tasks of a list are counted.
  const spokenOf = (many) =>
    words(action, request.ids && (request.ids.length > 1 || noun) ? many : undefined, noun);
  const spoken = spokenOf(preview.count);
  const askAgain = (wrong, change) =>
    ask(it, { ...request, ...change }, { edited, entered: form.entered(), trouble: wrong });
  form.force.addEventListener('change', () => {
    const force = form.force.checked;
    askAgain('', { force }).catch((problem) => {
      if (!isPresent()) return;
      form.force.checked = !force;
      dialog.trouble(`${problem.message}.`);
    });
  });
  const primary = element('button', { class: 'primary', disabled: form.isIdle }, form.label(spoken.verb));
  form.most.addEventListener('input', () => setText(primary, form.label(spoken.verb)));
  const submit = () => {
    if (form.isIdle) return;
    const wrong = form.wrong();
    if (wrong) {
      dialog.trouble(wrong.why);
      wrong.control.focus();
      return;
    }
    it.isTried = true;
    const order = { ...request, ...form.ids(), reason: form.reason.value };
    const many = order.ids && Math.min(order.ids.length, form.doable);
    const spokenAfter = { ...spokenOf(order.ids?.length), doing: spokenOf(many).doing };
    run(it, order, { ...form.pace(), preview, many, spoken: spokenAfter, askAgain });
  };
  dialog.draw({
    title: preview.count === 0 && request.ids ? spoken.nothing : spoken.question,
    content: form.content(),
    buttons: [
      button(form.isPointless ? 'Close' : 'Cancel', () => dialog.close()),
      edited && button('Back', edited),
    ],
    primary: !form.isPointless && primary,
    submit,
    focus: form.first(),
  });
  if (trouble) dialog.trouble(trouble);
};
