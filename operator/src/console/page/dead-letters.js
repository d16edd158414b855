// The list of dead letters, page by page, and the actions on many of them.

import { at, button, element, keep, put, setText } from './element.js';
import { ago, called, count, failure, named, number } from './words.js';
import { confirm } from './confirm.js';
import { beginFilter, filter, filterBy, isFiltered } from './filter.js';
import { get } from './server.js';
import { options } from './options.js';

const PAGE = 100;
const selected = new Set();
let offset = 0;
let page;

/** Sets the list up. */
export const begin = () => {
  beginFilter(listFromStart);
  at('select-page').addEventListener('change', ({ target }) => {
    for (const { task_id: id } of page?.dead_letters ?? []) select(id, target.checked);
    draw();
  });
};

const select = (id, isSelected) => {
  if (isSelected) selected.add(id);
  else selected.delete(id);
};

/** Lists only the dead letters of one cause. */
export const pick = async ({ class: kind, code }) => {
  filterBy({ class: kind, code });
  await listFromStart();
  at('dead-letters-heading').focus();
};

const listFromStart = () => {
  offset = 0;
  selected.clear();
  return list();
};

let running;

/** Loads the list; if this is called while it loads, once more afterwards. A change that `isAutomatic` moves no row under the pointer. */
export const list = ({ isAutomatic = false } = {}) => {
  const next = (running ?? Promise.resolve()).then(async () => {
    if (running !== next) return undefined;
    try {
      page = await loadPage();
      await dropGone();
    } catch (problem) {
      // While the server does not answer, the list stays, and the banner shows the state of the connection.
      if (problem.status === 0 && page) return undefined;
      return setText(at('dead-letters-count'), `The list could not be loaded: ${problem.message}.`);
    }
    return draw(isAutomatic);
  });
  running = next;
  return next;
};

// Loads the selected page, or the last one there is. It loops, as a call of `list` would wait for this one to end.
const loadPage = async () => {
  for (;;) {
    const found = await get('/dead-letters', { ...filter(), offset, limit: PAGE, payload: options.payload });
    if (!offset || offset < found.total) return found;
    offset = Math.floor(Math.max(0, found.total - 1) / PAGE) * PAGE;
  }
};

// Selected tasks may have been redriven or discarded elsewhere.
const dropGone = async () => {
  if (!selected.size) return;
  const there = new Set(await get('/dead-letters/ids', filter()));
  for (const id of selected) if (!there.has(id)) selected.delete(id);
};

/** Shows the list again, with the present options. */
export const redraw = () => page && draw();

const draw = (isAutomatic = false) => {
  const { total } = page;
  // Titles that must not be shown are not part of the rows either.
  const deadLetters = page.dead_letters.map(({ title, ...rest }) => ({
    ...rest,
    title: options.payload ? title : null,
  }));
  keep(at('dead-letters-list'), deadLetters, {
    key: (deadLetter) => deadLetter.task_id,
    draw: row,
    isAutomatic,
  });
  for (const box of at('dead-letters-list').querySelectorAll('input')) box.checked = selected.has(box.value);
  at('select-page').disabled = deadLetters.length === 0;
  at('select-page').checked =
    deadLetters.length > 0 && deadLetters.every(({ task_id: id }) => selected.has(id));
  setText(at('dead-letters-count'), total === 0 ? none() : shownOf(deadLetters.length, total));
  drawButtons(at('dead-letters-buttons'), [
    [many('Redrive', total), total > 0, () => change('redrive')],
    [many('Discard', total), total > 0, () => change('discard')],
  ]);
  drawButtons(at('dead-letters-pages'), [
    ['Previous', offset > 0, () => turn(-PAGE)],
    ['Next', offset + deadLetters.length < total, () => turn(PAGE)],
  ]);
};

const none = () => (isFiltered() ? 'No dead letter matches the filter.' : 'No dead letters.');

const shownOf = (length, total) =>
  `${number(offset + 1)} to ${number(offset + length)} of ${count(total, 'dead letter')}, in accepted order`;

const many = (verb, total) => {
  if (total === 0) return `${verb} all`;
  return selected.size ? `${verb} ${number(selected.size)} selected` : `${verb} all ${number(total)}`;
};

// The buttons stay the same elements, so that they keep the focus.
const drawButtons = (place, wanted) => {
  if (!place.children.length) {
    put(
      place,
      wanted.map(([, , click]) => button('', click)),
    );
  }
  const buttons = [...place.children];
  wanted.forEach(([label, isEnabled], index) => {
    setText(buttons[index], label);
    const loses = buttons[index] === document.activeElement && !isEnabled;
    buttons[index].disabled = !isEnabled;
    if (loses) {
      (buttons.find((other) => !other.disabled) ?? at('dead-letters-heading')).focus({ preventScroll: true });
    }
  });
};

const turn = (by) => {
  offset = Math.max(0, offset + by);
  return list();
};

const row = (deadLetter) => {
  const id = deadLetter.task_id;
  const toggle = ({ target }) => {
    select(id, target.checked);
    draw();
  };
  const label = `Select ${called(deadLetter)}`;
  const isSelected = selected.has(id);
  const box = { type: 'checkbox', value: id, 'aria-label': label, checked: isSelected, change: toggle };
  return element(
    'li',
    {},
    element('input', { ...box, autocomplete: 'off' }),
    element(
      'div',
      {},
      element('a', { href: `#task/${id}` }, named(deadLetter)),
      deadLetter.failure && element('div', {}, failure(deadLetter.failure)),
    ),
    element(
      'div',
      { class: 'quiet' },
      element('span', {}, `position ${deadLetter.first_sequence_number ?? '-'}`),
      element('span', {}, 'failed ', ago(deadLetter.finished_at)),
      element(
        'span',
        {},
        count(deadLetter.attempts, 'attempt'),
        deadLetter.priority && `, ${deadLetter.priority}`,
      ),
      element('span', {}, deadLetter.status === 'redriving' ? 'redrive interrupted' : submitter(deadLetter)),
    ),
  );
};

const submitter = (deadLetter) => element('bdi', {}, deadLetter.submitted_by);

const change = async (action) => {
  // Reads the ids that the filter selects now: exactly these are shown and then changed.
  const request = async () => {
    const ids = await get('/dead-letters/ids', filter());
    return { action, ids: selected.size ? ids.filter((id) => selected.has(id)) : ids };
  };
  if (!(await confirm({ action, noun: 'dead letter', request }))) return;
  selected.clear();
  await list();
};
