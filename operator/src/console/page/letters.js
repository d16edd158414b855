// The dead letters: filters, pages, and what is done to many.

import { at, button, element, keep } from './element.js';
import { ago, count, failure } from './words.js';
import { confirm } from './confirm.js';
import { get } from './server.js';
import { options } from './live.js';

const PAGE = 100;
const selected = new Set();
let offset = 0;
let page = { total: 0, letters: [] };

const select = (name, label, choices) =>
  element('label', {}, label, element('select', { name }, choices.map(([value, text]) => element('option', { value }, text))));

const any = (values) => [['', 'any'], ...values.map((value) => [value, value])];

/** Lays the filters out. */
export const begin = () => {
  at('filter').append(
    element('label', {}, 'In the title', element('input', { name: 'title', type: 'search', autocomplete: 'off' })),
    select('class', 'Class', any(['transient', 'permanent', 'undecodable', 'panicked', 'overran', 'crashed'])),
    element('label', {}, 'Code', element('input', { name: 'code', autocomplete: 'off', spellcheck: 'false' })),
    select('priority', 'Priority', any(['low', 'medium', 'high'])),
    element('label', {}, 'Submitter', element('input', { name: 'submitter', autocomplete: 'off', spellcheck: 'false' })),
    select('died_within', 'Died', [['', 'at any time'], [900, 'in the last 15 min'], [3_600, 'in the last hour'], [86_400, 'in the last day']]),
    element('button', { type: 'reset' }, 'Clear'));
  let timer;
  const soon = () => { clearTimeout(timer); timer = setTimeout(anew, 150); };
  at('filter').addEventListener('input', soon);
  at('filter').addEventListener('reset', soon);
  at('filter').addEventListener('submit', (event) => event.preventDefault());
  at('select-page').addEventListener('change', ({ target }) => {
    for (const { task_id: id } of page.letters) target.checked ? selected.add(id) : selected.delete(id);
    draw();
  });
};

/** Lists the letters of one cause alone. */
export const pick = ({ class: kind, code }) => {
  at('filter').reset();
  at('filter').elements.class.value = kind;
  at('filter').elements.code.value = code;
  anew().then(() => at('letters-heading').focus());
};

const anew = () => { offset = 0; selected.clear(); return list(); };

const filter = () => Object.fromEntries(new FormData(at('filter')));

let running;

/** Lists anew; asked for again meanwhile, once more afterwards. */
export const list = () => {
  const next = (running ?? Promise.resolve()).then(async () => {
    if (running !== next) return;
    page = await get('/dead-letters', { ...filter(), offset, limit: PAGE, payload: options.payload });
    if (offset && offset >= page.total) { offset = 0; return list(); }
    draw();
  }).catch((problem) => { at('letters-count').textContent = `Not listed: ${problem.message}.`; });
  running = next;
  return next;
};

const draw = () => {
  const { total, letters } = page;
  const lost = keep(at('letters-list'), letters, (letter) => letter.task_id, row);
  letters.forEach(({ task_id: id }, index) => { at('letters-list').children[index].firstChild.checked = selected.has(id); });
  if (lost) at('letters-heading').focus();
  at('select-page').checked = letters.length > 0 && letters.every(({ task_id: id }) => selected.has(id));
  const told = total === 0 ? 'None.' : `${(offset + 1).toLocaleString('en')} to ${(offset + letters.length).toLocaleString('en')} of ${count(total, 'letter')}, in the order they were accepted`;
  if (at('letters-count').textContent !== told) at('letters-count').textContent = told;
  const which = selected.size ? `${selected.size} selected` : `all ${total.toLocaleString('en')}`;
  drawButtons(at('letters-buttons'), [[`Redrive ${which}`, total, () => many('redrive', 'Redrive')], [`Discard ${which}`, total, () => many('discard', 'Discard')]]);
  drawButtons(at('letters-pages'), [['Previous', offset, () => turn(-PAGE)], ['Next', offset + letters.length < total, () => turn(PAGE)]]);
};

// Buttons stay the same elements, so that they keep their focus.
const drawButtons = (place, wanted) => {
  if (!place.children.length) place.append(...wanted.map(([, , click]) => button('', click)));
  wanted.forEach(([label, enabled], index) => {
    const shown = place.children[index];
    if (shown.textContent !== label) shown.textContent = label;
    shown.disabled = !enabled;
  });
};

const turn = async (by) => {
  offset += by;
  await list();
  at('letters-heading').focus();
};

const row = (letter) => {
  const id = letter.task_id;
  const check = element('input', { type: 'checkbox', 'aria-label': `Select ${letter.title ?? id}`, change: ({ target }) => { target.checked ? selected.add(id) : selected.delete(id); draw(); } });
  return element('li', {}, check,
    element('div', {},
      element('a', { href: `#task/${id}` }, letter.title ?? id),
      letter.failure && element('div', {}, failure(letter.failure))),
    element('div', { class: 'quiet' },
      element('span', {}, `place ${letter.first_sequence_number ?? '-'}`),
      element('span', {}, 'died ', ago(letter.finished_at)),
      element('span', {}, count(letter.attempts, 'attempt'), letter.priority && `, ${letter.priority}`),
      element('span', {}, letter.status === 'redriving' ? 'redrive interrupted' : letter.submitted_by)));
};

const many = async (action, verb) => {
  let ids;
  try {
    ids = await get('/dead-letters/ids', filter());
  } catch (problem) {
    at('letters-count').textContent = `Not done: ${problem.message}.`;
    return;
  }
  if (selected.size) ids = ids.filter((id) => selected.has(id));
  await confirm({ title: `${verb} ${count(ids.length, 'letter')}?`, verb, deed: { action, ids } });
  selected.clear();
  list();
};
