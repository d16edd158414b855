// How a task got where it is: every step that its record keeps, in order.

import { element } from './element.js';
import { failure, moment, plain } from './words.js';

/** The steps of a task's record. */
export const timeline = (task) => {
  const steps = [
    [task.accepted_at, ['Accepted', ` from ${task.submitted_by}`]],
    task.started_at && [task.started_at, ['Began', task.generation ? ` after redrive ${task.generation}` : '']],
    ...task.failures.map((it) => [it.at, [`Attempt ${it.attempt} failed`, ': ', ...failure(it), it.answer && element('div', {}, 'The handler answered: ', element('span', { class: 'message' }, it.answer)), element('div', { class: 'quiet' }, run(it))]]),
    ...task.audit.map((it) => [it.at, [`${sentence(it.action)} by ${it.by}`, it.reason && `: ${it.reason}`]]),
    task.finished_at && [task.finished_at, ['Left the line', `: ${plain(task.status)}`]],
    task.lease_until && [task.lease_until, ['Claim lapses', ' unless the run ends before']],
  ].filter(Boolean);
  steps.sort(([a], [b]) => Date.parse(a) - Date.parse(b));
  return element('ol', { class: 'timeline' }, steps.map(([at, [what, ...rest]]) =>
    element('li', {}, element('div', { class: 'quiet' }, moment(at)), element('div', {}, element('strong', {}, what), rest))));
};

const run = ({ duration_ms: took, request_id: request, trace_id: trace, code_version: version, handler_version: handler }) =>
  [took != null && `after ${took} ms`, `version ${version}`, handler?.reported && `handler version ${handler.reported}`, `request ${request}`, trace && `trace ${trace}`].filter(Boolean).join(' · ');

const sentence = (action) => plain(action).replace(/^./, (letter) => letter.toUpperCase());
