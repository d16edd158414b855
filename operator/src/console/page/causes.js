// What died and why: a line a cause, the newest first.

import { at, button, element, keep } from './element.js';
import { ago, count, failure } from './words.js';

/** Shows the causes of a look; `pick` filters the list by one. */
export const showCauses = (causes, pick) => {
  const items = causes.length ? causes : [{ none: true }];
  keep(at('causes'), items, (cause) => `${cause.class} ${cause.code}`, (cause) =>
    cause.none
      ? element('li', { class: 'quiet' }, 'Nothing: there are no dead letters.')
      : element('li', {},
        button(count(cause.count, 'letter'), () => pick(cause), { class: 'count', 'aria-label': `List the ${count(cause.count, 'letter')} of ${cause.class} ${cause.code}` }),
        element('div', {}, failure({ ...cause, message: cause.newest_message }), element('div', { class: 'quiet' }, 'newest ', ago(cause.newest_at)))));
};
