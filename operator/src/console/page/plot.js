// The last hour, minute by minute: throughput, wait and failures.

import { at, element, shape, show } from './element.js';
import { duration, number } from './words.js';

const WIDTH = 600;
const HEIGHT = 56;
const STEP = WIDTH / 60;

/** Shows the minutes of a snapshot. */
export const showHour = (minutes) => {
  const last = (name) => minutes.at(-1)?.[name] ?? 0;
  const most = (name) => Math.max(0, ...minutes.map((minute) => minute[name] ?? 0));
  const sum = (name) => minutes.reduce((all, minute) => all + (minute[name] ?? 0), 0);
  const isKnown = minutes.some((minute) => minute.completed != null);
  const unknown = 'unknown on AWS; the CloudWatch dashboard shows it';
  const [completed, wait, failures] = ['completed', 'wait_seconds', 'failures'].map((name) => ({
    last: last(name),
    most: most(name),
    sum: sum(name),
  }));
  const waited = minutes.at(-1)?.wait_seconds;
  const waitNow = waited == null ? 'none' : duration(waited);
  show(
    at('hour'),
    plot(
      'completed',
      'Completed per minute',
      isKnown ? counted(completed, 'at most per minute') : unknown,
      minutes,
    ),
    plot(
      'wait_seconds',
      'Time in line',
      isKnown ? `${waitNow} in the last 60 s, ${duration(wait.most)} at most` : unknown,
      minutes,
    ),
    plot(
      'failures',
      'Failed attempts',
      `of dead and held tasks: ${counted(failures, 'at most per minute')}`,
      minutes,
    ),
  );
};

const counted = ({ last, most, sum }, words) =>
  `${number(last)} in the last 60 s, ${number(most)} ${words}, ${number(sum)} in the hour`;

const plot = (name, title, summary, minutes) => {
  const top = Math.max(1, ...minutes.map((minute) => minute[name] ?? 0));
  const bars = minutes.map((minute, index) => {
    const height = ((minute[name] ?? 0) / top) * HEIGHT;
    const visible = Math.max(2, height);
    return (
      height > 0 &&
      shape('rect', { x: index * STEP + 1, y: HEIGHT - visible, width: STEP - 2, height: visible })
    );
  });
  const drawing = shape(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': `${title}, the last hour: ${summary}`,
      class: name,
    },
    shape('line', { x1: 0, y1: HEIGHT, x2: WIDTH, y2: HEIGHT }),
    bars,
  );
  const axis = [element('span', {}, 'an hour ago'), element('span', {}, 'now')];
  return element(
    'figure',
    {},
    element('figcaption', {}, element('strong', {}, title), element('br'), summary),
    drawing,
    element('p', { class: 'axis', 'aria-hidden': true }, axis),
  );
};
