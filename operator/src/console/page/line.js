// The state of the line and the task at its head.

import { at, button, element, put, renew, show } from './element.js';
import { ago, count, duration, failure, moment, named, number, plain } from './words.js';
import { confirm } from './confirm.js';
import { get } from './server.js';
import { options } from './options.js';
import { actions } from './task.js';
import { findings } from './findings.js';

const STATES = {
  moving: ['▶', 'Moving', 'tasks are handled one at a time.'],
  retrying: ['↻', 'Retrying', 'the last attempt of the task at the head failed; it is tried again.'],
  stopped: ['□', 'Stopped', 'no process runs this pipeline; waiting tasks stay in the line.'],
  unknown: [
    '?',
    'Unknown',
    'tasks wait in the line. SQS does not report whether they are delivered; the CloudWatch dashboard does.',
  ],
  idle: ['○', 'Idle', 'no tasks wait.'],
  paused: ['‖', 'Paused', 'an operator stopped deliveries; no new attempt starts.'],
  held: ['■', 'Held', 'the line waits at a task that can’t succeed; no task overtakes it.'],
};

/** Shows the line of a snapshot. */
export const showLine = (snapshot) => {
  // A newer server may know other states than this page.
  const [sign, word, meaning] = STATES[snapshot.state] ?? [
    '?',
    plain(snapshot.state),
    'this page does not know this state; reload it.',
  ];
  at('state').dataset.state = snapshot.state;
  show(
    at('state'),
    element('span', { 'aria-hidden': true }, sign),
    ' ',
    element('strong', {}, word),
    ': ',
    snapshot.handler_unavailable ? outage(snapshot.handler_unavailable) : meaning,
    snapshot.state !== 'paused' && snapshot.paused && ' The line is also paused.',
    snapshot.pause && pausedBy(snapshot.pause),
  );
  const unknown = (value, words) => (value == null ? 'unknown' : words(value));
  const isEmpty = snapshot.waiting + snapshot.in_flight === 0;
  const figures = [
    ['Waiting', number(snapshot.waiting)],
    ['In flight', number(snapshot.in_flight)],
    ['Head’s age', isEmpty ? '-' : unknown(snapshot.head_enqueued_at, (since) => ago(since, ''))],
    ['Completed in the last 60 s', unknown(snapshot.completed_last_minute, number)],
    ['Empty in about', snapshot.state === 'moving' ? unknown(snapshot.seconds_to_drain, duration) : '-'],
    ['Held', number(snapshot.held)],
    ['Dead letters', number(snapshot.dead_lettered)],
  ];
  const figure = ([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value));
  show(at('figures'), figures.map(figure));
  renew(at('switches'), { identity: snapshot.paused }, () => switches(snapshot.paused));
  showHead(snapshot);
};

const outage = ({ since, task_type: type, code, next_try_at: next }) => [
  'handler unavailable',
  type && type !== 'task' && [' for the type ', element('code', {}, type)],
  ' since ',
  moment(since),
  next && [', next try at ', moment(next)],
  ' (',
  element('code', {}, code),
  '). The line waits, and no attempt is spent.',
];

const pausedBy = ({ at: since, by, reason }) =>
  element(
    'span',
    { class: 'why' },
    'By ',
    element('bdi', {}, by),
    ', ',
    ago(since),
    ': ',
    element('bdi', {}, reason),
  );

const switches = (isPaused) => [
  isPaused
    ? button('Resume the line', () => confirm({ action: 'resume_line', request: { action: 'resume_line' } }))
    : button('Pause the line', () => confirm({ action: 'pause_line', request: { action: 'pause_line' } })),
  button('Submit a task', submit),
  button('Verify the order', verify),
  button('Reconcile', () => confirm({ action: 'reconcile', request: { action: 'reconcile' } })),
];

// The idempotency key is created once per dialog: a submission that is sent again is accepted only once.
const submit = () =>
  confirm({ action: 'submit', request: { action: 'submit', key: crypto.randomUUID() }, isEdited: true });

/** Shows the head of the line of a snapshot. */
export const showHead = (snapshot) => {
  const { head, held_is_lost_at: lostAt } = snapshot;
  const inLine = snapshot.waiting + snapshot.in_flight;
  if (!head) {
    const known =
      inLine === 0
        ? 'The line is empty.'
        : 'Unknown. SQS does not report the head of the line; it is shown once it is retried or held.';
    return renew(at('head'), { version: known }, () => element('p', { class: 'quiet' }, known));
  }
  const isHeld = head.status === 'held';
  const behind = Math.max(0, inLine - 1);
  const version = [head, isHeld && [behind, lostAt], snapshot.next_attempt_at, options.payload];
  return renew(at('head'), { identity: `${head.task_id} ${head.status}`, version }, () => [
    element(
      'p',
      { class: 'headline' },
      element('span', { class: 'chip' }, plain(head.status)),
      ' ',
      element('a', { href: `#task/${head.task_id}` }, named(head)),
    ),
    element(
      'p',
      {},
      isHeld && ['Held for ', ago(head.failure?.at, ''), `; ${waiting(behind)}. `],
      isHeld && lostAt && ['SQS deletes its message at ', moment(lostAt), '. '],
      `Attempt ${head.attempts}, accepted `,
      ago(head.accepted_at),
      ' by ',
      element('bdi', {}, head.submitted_by),
      '.',
    ),
    head.failure && element('p', { class: 'last' }, 'Last failure: ', failure(head.failure)),
    snapshot.next_attempt_at && element('p', {}, 'Next attempt: ', moment(snapshot.next_attempt_at), '.'),
    isHeld && element('p', { class: 'buttons' }, actions(head)),
  ]);
};

const waiting = (behind) => `${count(behind, 'task')} ${behind === 1 ? 'waits' : 'wait'} behind it`;

const verify = async () => {
  const place = at('verified');
  put(place, 'Reading every record …');
  try {
    const report = await get('/verify');
    put(
      place,
      element('p', {}, element('strong', {}, sentence(report.verdict)), ` ${report.counts}, at `, now(), '.'),
      findings(report).map(([name, lines]) => list(name, lines)),
    );
  } catch (problem) {
    put(place, `Not verified: ${problem.message}.`);
  }
};

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`;

const now = () => moment(new Date().toISOString());

const list = (name, lines) =>
  element(
    'details',
    {},
    element('summary', {}, name),
    element(
      'ul',
      {},
      lines.slice(0, 200).map((line) => element('li', {}, line)),
    ),
    lines.length > 200 && element('p', { class: 'quiet' }, `and ${number(lines.length - 200)} more`),
  );
