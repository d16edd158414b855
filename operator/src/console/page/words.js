// Times, counts and names in words.

import { element } from './element.js';

// How far the server's clock is ahead of the browser's, in milliseconds.
let ahead = 0;

/** Takes the server's time for the present. */
export const setNow = (now) => { ahead = Date.parse(now) - Date.now(); };

/** So many seconds, as people say it. */
export const duration = (seconds) => {
  if (seconds < 1) return '< 1 s';
  const units = [[86_400, 'd'], [3_600, 'h'], [60, 'min'], [1, 's']];
  const first = units.findIndex(([size]) => seconds >= size);
  const [size, name] = units[first];
  const whole = `${Math.floor(seconds / size)} ${name}`;
  const next = units[first + 1];
  const rest = next && Math.floor((seconds % size) / next[0]);
  return rest && seconds < size * 10 ? `${whole} ${rest} ${next[1]}` : whole;
};

// Swedish is the locale that writes a time of the browser's zone as ISO 8601 does.
const local = (time) => new Date(time).toLocaleString('sv-SE');

const age = (time) => Math.max(0, (Date.now() + ahead - Date.parse(time)) / 1_000);

const aged = (node) => duration(age(node.dateTime)) + node.dataset.suffix;

/** How long ago it was; keeps up with time. */
export const ago = (time, suffix = ' ago') => {
  if (!time) return 'unknown';
  const node = element('time', { datetime: time, title: local(time), 'data-suffix': suffix });
  node.textContent = aged(node);
  return node;
};

/** When it was. */
export const moment = (time) => (time ? element('time', { datetime: time, title: time }, local(time)) : '-');

setInterval(() => {
  for (const node of document.querySelectorAll('time[data-suffix]')) {
    const text = aged(node);
    if (node.textContent !== text) node.textContent = text;
  }
}, 1_000);

/** `1 task`, `2 tasks`. */
export const count = (number, noun) => `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;

/** A status, a class or an action as people write it. */
export const plain = (name) => name.replaceAll('_', ' ');

/** Why it failed, in short. */
export const failure = ({ class: kind, code, message }) => [
  element('span', { class: 'chip' }, `${kind} `, element('code', {}, code)), ' ', element('span', { class: 'message' }, message),
];
