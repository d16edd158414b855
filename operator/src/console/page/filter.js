// Which dead letters are listed, as the form says it. A reload keeps it.

import { at, element, put } from './element.js';

// Kept for this tab alone, beside the token. Not in the address: a title that somebody looks for may be private, and an
// address is kept by the browser's history and copied to others.
const KEPT = 'taskline-filter';

const CLASSES = ['transient', 'permanent', 'undecodable', 'panicked', 'overran', 'crashed'];
const PRIORITIES = ['low', 'medium', 'high'];
const TIMES = [
  ['', 'at any time'],
  [900, 'in the last 15 min'],
  [3_600, 'in the last hour'],
  [86_400, 'in the last day'],
];

// What a browser fills in by itself would not be what is listed.
const alone = { autocomplete: 'off', spellcheck: 'false' };

const input = (name, label, type = 'text') =>
  element('label', {}, label, element('input', { name, type, ...alone }));

const select = (name, label, choices) => {
  const options = choices.map(([value, text]) => element('option', { value }, text));
  return element('label', {}, label, element('select', { name, autocomplete: 'off' }, options));
};

const any = (values) => [['', 'any'], ...values.map((value) => [value, value])];

const kept = () => {
  try {
    return Object.entries(JSON.parse(sessionStorage.getItem(KEPT)) ?? {});
  } catch {
    return [];
  }
};

/** Lays the form out, as it was before a reload; calls `changed` when it says something else. */
export const beginFilter = (changed) => {
  const form = at('filter');
  put(
    form,
    input('title', 'Title contains', 'search'),
    select('class', 'Class', any(CLASSES)),
    input('code', 'Code'),
    select('priority', 'Priority', any(PRIORITIES)),
    input('submitter', 'Submitter'),
    select('died_within', 'Failed', TIMES),
    element('button', { type: 'reset' }, 'Clear'),
  );
  for (const [name, value] of kept()) if (form.elements[name]) form.elements[name].value = value;
  // A value that there no longer is would select nothing, not even “any”.
  for (const choice of form.querySelectorAll('select')) if (choice.selectedIndex < 0) choice.value = '';
  let timer;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      keepFilter();
      changed();
    }, 150);
  };
  form.addEventListener('input', soon);
  form.addEventListener('reset', soon);
  form.addEventListener('submit', (event) => event.preventDefault());
};

const keepFilter = () => sessionStorage.setItem(KEPT, JSON.stringify(filter()));

/** What the form says, also while its controls are disabled. */
export const filter = () => {
  const controls = [...at('filter').elements].filter(({ name }) => name);
  return Object.fromEntries(controls.map(({ name, value }) => [name, value]));
};

/** Whether the form leaves any dead letter out. */
export const isFiltered = () => Object.values(filter()).some(Boolean);

/** Makes the form say this alone. */
export const filterBy = (values) => {
  at('filter').reset();
  for (const [name, value] of Object.entries(values)) at('filter').elements[name].value = value;
  keepFilter();
};
