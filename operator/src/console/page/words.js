// Times, counts and names in words.

import { element, say } from './element.js';
import { options } from './options.js';

// How far the server's clock is ahead of the browser's, in milliseconds.
let ahead = 0;
// When the ages came to stand still, by the server's clock; absent while they go on.
let stillSince;

/** Takes the server's time for the present. Ages go on. */
export const setNow = (now) => {
  ahead = Date.parse(now) - Date.now();
  stillSince = undefined;
};

/** The present, by the server's clock, in milliseconds. */
export const serverNow = () => Date.now() + ahead;

/** So many seconds, as people say it. */
export const duration = (seconds) => {
  if (seconds < 1) return '< 1 s';
  const units = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const first = units.findIndex(([size]) => seconds >= size);
  const [size, name] = units[first];
  const whole = `${Math.floor(seconds / size)} ${name}`;
  const next = units[first + 1];
  const rest = next && Math.floor((seconds % size) / next[0]);
  return rest && seconds < size * 10 ? `${whole} ${rest} ${next[1]}` : whole;
};

// Swedish is the locale that writes a time of the browser's zone as ISO 8601 does.
const local = (time) => new Date(time).toLocaleString('sv-SE');

/** Lets no age go on: also what is drawn anew keeps its age, until a time is taken for the present again. */
export const holdAges = () => {
  stillSince ??= serverNow();
};

const agesAt = () => stillSince ?? serverNow();

const aged = ({ dateTime, dataset }, now) =>
  duration(Math.max(0, (now - Date.parse(dateTime)) / 1_000)) + dataset.suffix;

/** How long ago it was; keeps up with time. */
export const ago = (time, suffix = ' ago') => {
  if (!time) return 'unknown';
  const node = element('time', { datetime: time, title: local(time), 'data-suffix': suffix });
  say(node, aged(node, agesAt()));
  return node;
};

/** When it was. */
export const moment = (time) => (time ? element('time', { datetime: time, title: time }, local(time)) : '-');

/** Brings the ages within `part` up to `now`, which is the present unless they stand still. */
export const tick = (part, now = agesAt()) => {
  for (const node of part.querySelectorAll('time[data-suffix]')) say(node, aged(node, now));
};

/** A number as people write it. */
export const number = (value) => value.toLocaleString('en');

/** `1 task`, `2 tasks`. */
export const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? '' : 's'}`;

/** A status, a class or an action as people write it. */
export const plain = (name) => name.replaceAll('_', ' ');

/** What a task is called in a sentence: its title where titles may be shown, else its id. */
export const called = ({ task_id: id, title }) => (options.payload && title) || id;

/** The same as an element. A title may be written from right to left; what stands beside it is not. */
export const named = (task) =>
  options.payload && task.title
    ? element('bdi', { class: 'title' }, task.title)
    : element('code', {}, task.task_id);

/** The same with the id behind a title: two tasks may have one title. */
export const identified = (task) =>
  options.payload && task.title
    ? [named(task), ' ', element('code', { class: 'quiet' }, task.task_id)]
    : named(task);

/** Why it failed, in short. */
export const failure = ({ class: kind, code, message }) => [
  element('span', { class: 'chip' }, `${kind} `, element('code', {}, code)),
  ' ',
  element('bdi', { class: 'message' }, message),
];
