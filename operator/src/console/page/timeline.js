// The history of a task: every step in its record, by time.

import { element } from './element.js';
import { failure, moment, plain } from './words.js';

/** The steps of a task's record. */
export const timeline = (task) => {
  const steps = [
    [task.accepted_at, 'Accepted', ' from ', element('bdi', {}, task.submitted_by)],
    [task.started_at, 'Started', task.generation > 0 && ` after redrive ${task.generation}`],
    ...task.failures.map((it) => [
      it.at,
      `Attempt ${it.attempt} failed`,
      it.replaced && `, the last of ${it.replaced + 1} in a row`,
      ': ',
      failure(it),
      answer(it),
      run(it),
    ]),
    ...task.audit.map((it) => [it.at, `${sentence(it.action)} by ${it.by}`, it.reason && `: ${it.reason}`]),
    [task.finished_at, 'Left the line', `: ${plain(task.status)}`],
    [task.lease_until, 'Lease ends', ' unless the attempt ends before, or renews it'],
  ].filter(([time]) => time);
  steps.sort(([a], [b]) => Date.parse(a) - Date.parse(b));
  return element('ol', { class: 'timeline' }, steps.map(step));
};

const answer = ({ answer: text }) =>
  text && element('div', {}, 'The handler answered: ', element('span', { class: 'message' }, text));

const step = ([time, what, ...rest]) =>
  element(
    'li',
    {},
    element('div', { class: 'quiet' }, moment(time)),
    element('div', {}, element('strong', {}, what), rest),
  );

const run = (attempt) => {
  const { duration_ms: took, request_id: request, trace_id: trace, code_version: version } = attempt;
  const handler = attempt.handler_version?.reported;
  const known = [
    took != null && `after ${took} ms`,
    version && `version ${version}`,
    handler && `handler version ${handler}`,
    request && `request ${request}`,
    trace && `trace ${trace}`,
  ];
  return element('div', { class: 'quiet' }, known.filter(Boolean).join(' · '));
};

const sentence = (action) => plain(action).replace(/^./, (first) => first.toUpperCase());
