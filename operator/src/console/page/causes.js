// What died and why: a line a cause, the newest first.

import { at, button, element, keep } from './element.js';
import { ago, count, failure } from './words.js';

/** Shows the causes of a look; `pick` filters the list by one. */
export const showCauses = (causes, pick) => {
  const items = causes.length ? causes : [{ none: true }];
  const draw = (cause) => (cause.none ? nothing() : row(cause, pick));
  keep(at('causes'), items, { key: (cause) => `${cause.class} ${cause.code}`, draw, isUnasked: true });
};

const nothing = () => element('li', { class: 'quiet' }, 'Nothing: there are no dead letters.');

const row = (cause, pick) => {
  const letters = count(cause.count, 'letter');
  return element(
    'li',
    {},
    button(letters, () => pick(cause), {
      class: 'count',
      'aria-label': `List the ${letters} of ${cause.class} ${cause.code}`,
    }),
    element(
      'div',
      {},
      failure({ ...cause, message: cause.newest_message }),
      element('div', { class: 'quiet' }, 'newest ', ago(cause.newest_at)),
    ),
  );
};
