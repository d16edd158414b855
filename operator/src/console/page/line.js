// Is the line moving, and what is at its head.

import { at, button, element, show } from './element.js';
import { ago, count, duration, failure, moment, plain } from './words.js';
import { confirm } from './confirm.js';
import { get } from './server.js';
import { actions } from './task.js';

const STATES = {
  moving: ['▶', 'Moving', 'tasks are handled one after the other.'],
  retrying: ['↻', 'Retrying', 'the last attempt of the task at the head failed; it is tried again.'],
  stopped: ['□', 'Stopped', 'no process runs this pipeline; what waits stays where it is.'],
  unknown: ['?', 'Unknown', 'tasks are in the line, and SQS does not tell whether it moves; the dashboard shows it.'],
  idle: ['○', 'Idle', 'nothing waits.'],
  paused: ['‖', 'Paused', 'an operator stopped deliveries; nothing new begins.'],
  held: ['■', 'Held', 'the line stands still at a task that can’t succeed; nothing overtakes it.'],
};

/** Shows the line of a look. */
export const showLine = (look) => {
  const [sign, word, meaning] = STATES[look.state];
  at('state').dataset.state = look.state;
  show(at('state'), element('span', { 'aria-hidden': 'true' }, sign), ' ', element('strong', {}, word), ': ', meaning,
    look.state !== 'paused' && look.paused ? ' An operator paused the line, too.' : '');
  const unknown = (value, words) => (value == null ? 'unknown' : words(value));
  const figures = [
    ['Waiting', look.waiting.toLocaleString('en')],
    ['In flight', look.in_flight.toLocaleString('en')],
    ['Head’s age', look.waiting + look.in_flight === 0 ? '-' : look.head_enqueued_at ? ago(look.head_enqueued_at, '') : 'unknown'],
    ['Completed in the last 60 s', unknown(look.completed_last_minute, (number) => number.toLocaleString('en'))],
    ['Drained in', look.state === 'moving' ? unknown(look.seconds_to_drain, duration) : '-'],
    ['Held', look.held.toLocaleString('en')],
    ['Dead letters', look.dead_lettered.toLocaleString('en')],
  ];
  show(at('figures'), figures.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))));
  showSwitches(look.paused);
  showHead(look);
};

let pausedShown;

const showSwitches = (paused) => {
  if (paused === pausedShown) return;
  pausedShown = paused;
  const hadFocus = at('switches').contains(document.activeElement);
  const turn = paused
    ? button('Resume the line', () => confirm({ title: 'Resume the line?', verb: 'Resume', deed: { action: 'resume_line' } }))
    : button('Pause the line', () => confirm({ title: 'Pause the line?', verb: 'Pause', deed: { action: 'pause_line' } }));
  const reconcile = { title: 'Do the queues and the records agree?', verb: 'Put these right', deed: { action: 'reconcile' } };
  // The key of a submission is made when it is begun: said again, it is not made twice.
  const submit = () => confirm({ title: 'Submit a task', verb: 'Submit', deed: { action: 'submit', key: crypto.randomUUID() }, edited: true });
  at('switches').replaceChildren(turn, button('Submit a task', submit), button('Verify the order', verify), button('Reconcile', () => confirm(reconcile)));
  if (hadFocus) turn.focus();
};

const showHead = (look) => {
  const { head } = look;
  if (!head) {
    const known = look.waiting + look.in_flight === 0 ? 'Nothing: the line is empty.' : 'Unknown: this line does not tell before it is held.';
    return drawHead(null, () => [element('p', { class: 'quiet' }, known)]);
  }
  const behind = Math.max(0, look.waiting + look.in_flight - 1);
  drawHead([head, look.held && behind, look.next_attempt_at], () => [
    element('p', { class: 'headline' },
      element('a', { href: `#task/${head.task_id}` }, head.title ?? head.task_id), ' ', element('span', { class: 'chip' }, plain(head.status))),
    element('p', {},
      head.status === 'held' ? ['Held for ', ago(head.failure?.at, ''), `; ${count(behind, 'task')} ${behind === 1 ? 'waits' : 'wait'} behind it. `,
        look.held_is_lost_at ? ['The queue would lose it at ', moment(look.held_is_lost_at), '. '] : ''] : '',
      `Attempt ${head.attempts}, accepted `, ago(head.accepted_at), ` by ${head.submitted_by}.`),
    head.failure && element('p', {}, 'Last failure: ', failure(head.failure)),
    look.next_attempt_at && element('p', {}, 'Next attempt: ', moment(look.next_attempt_at), '.'),
    head.status === 'held' && element('p', { class: 'buttons' }, actions(head)),
  ]);
};

let headShown;

const drawHead = (version, draw) => {
  const drawn = JSON.stringify(version) + (version ? '' : draw()[0].textContent);
  if (drawn === headShown) return;
  headShown = drawn;
  at('head').replaceChildren(...draw().filter(Boolean));
};

const verify = async () => {
  const place = at('verified');
  place.replaceChildren('Reading every record …');
  try {
    const { records, completed, waiting, not_judged, exceptions, unproven, violations } = await get('/verify');
    const proven = unproven.length ? `In order, but for ${count(unproven.length, 'case')} that the records can neither prove nor rule out.` : 'In order: no task began before every task accepted before it had left the line.';
    const verdict = violations.length ? `NOT in order: ${count(violations.length, 'violation')}.` : proven;
    const lines = [
      ...violations.map((it) => `Violation: ${Object.values(it).join(' ')}`),
      ...unproven.map((it) => `Unproven: ${Object.values(it).join(' ')}`),
      ...exceptions.map((it) => `${it.task_id} at ${it.first_sequence_number ?? '-'}: ${plain(it.status)}: ${it.cause}`),
    ];
    place.replaceChildren(
      element('p', {}, element('strong', {}, verdict), ` ${count(records, 'record')}: ${completed} completed, ${waiting} waiting${not_judged ? `, ${not_judged} not judged, as they began meanwhile` : ''}.`),
      lines.length ? element('details', {}, element('summary', {}, count(lines.length, 'exception')),
        element('ul', {}, lines.slice(0, 200).map((line) => element('li', {}, line)))) : '');
  } catch (problem) {
    place.replaceChildren(`Not verified: ${problem.message}.`);
  }
};
