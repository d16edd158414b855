// Formats times, counts and names.

import { element, setText } from './element.js';
import { options } from './options.js';

// How far the server's clock is ahead of the browser's, in milliseconds.
let ahead = 0;
// When the ages were frozen, by the server's clock; absent while they advance.
let frozenAt;

/** Sets the present time from the server's. Ages advance again. */
export const setNow = (now) => {
  ahead = Date.parse(now) - Date.now();
  frozenAt = undefined;
};

/** The present, by the server's clock, in milliseconds. */
export const serverNow = () => Date.now() + ahead;

/** A duration in seconds, in one or two units. */
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

// The Swedish locale formats a local time like ISO 8601.
const local = (time) => new Date(time).toLocaleString('sv-SE');

/** Freezes all ages, also of what is drawn later, until the present time is set again. */
export const freezeAges = () => {
  frozenAt ??= serverNow();
};

const agesAt = () => frozenAt ?? serverNow();

const aged = ({ dateTime, dataset }, now) =>
  duration(Math.max(0, (now - Date.parse(dateTime)) / 1_000)) + dataset.suffix;

/** An age that advances with time. */
export const ago = (time, suffix = ' ago') => {
  if (!time) return 'unknown';
  const node = element('time', { datetime: time, title: local(time), 'data-suffix': suffix });
  setText(node, aged(node, agesAt()));
  return node;
};

/** A local time. */
export const moment = (time) => (time ? element('time', { datetime: time, title: time }, local(time)) : '-');

/** Updates the ages within `part` to `now`; by default the present, or the time at which the ages were frozen. */
export const tick = (part, now = agesAt()) => {
  for (const node of part.querySelectorAll('time[data-suffix]')) setText(node, aged(node, now));
};

/** A number with thousands separators. */
export const number = (value) => value.toLocaleString('en');

/** `1 task`, `2 tasks`. */
export const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? '' : 's'}`;

/** A status, a class or an action without underscores. */
export const plain = (name) => name.replaceAll('_', ' ');

/** The name of a task as text: its title if contents are shown, otherwise its id. */
export const called = ({ task_id: id, title }) => (options.payload && title) || id;

/** The name as an element. A title may be written from right to left, the text around it is not. */
export const named = (task) =>
  options.payload && task.title
    ? element('bdi', { class: 'title' }, task.title)
    : element('code', {}, task.task_id);

/** The name as an element, with the id after a title: two tasks may have the same title. */
export const identified = (task) =>
  options.payload && task.title
    ? [named(task), ' ', element('code', { class: 'quiet' }, task.task_id)]
    : named(task);

/** The class, code and message of a failure. */
export const failure = ({ class: kind, code, message }) => [
  element('span', { class: 'chip' }, `${kind} `, element('code', {}, code)),
  ' ',
  element('bdi', { class: 'message' }, message),
];
