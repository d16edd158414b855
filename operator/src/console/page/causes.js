// Failures by cause, the newest first.

import { at, button, element, keep } from './element.js';
import { ago, count, failure } from './words.js';

/** Shows the causes of a snapshot; `pick` filters the list by one cause. */
export const showCauses = (causes, pick) => {
  const items = causes.length ? causes : [{ none: true }];
  const draw = (cause) => (cause.none ? nothing() : row(cause, pick));
  keep(at('causes'), items, { key: (cause) => `${cause.class} ${cause.code}`, draw, isAutomatic: true });
};

const nothing = () => element('li', { class: 'quiet' }, 'No dead letters.');

const row = (cause, pick) => {
  const tasks = count(cause.count, 'task');
  return element(
    'li',
    {},
    button(tasks, () => pick(cause), {
      class: 'count',
      'aria-label': `List the ${tasks} that failed with ${cause.class} ${cause.code}`,
    }),
    element(
      'div',
      {},
      failure({ ...cause, message: cause.newest_message }),
      element('div', { class: 'quiet' }, 'newest ', ago(cause.newest_at)),
    ),
  );
};
