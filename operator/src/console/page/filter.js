// The filter form of the list. A reload keeps its values.

import { at, element, put } from './element.js';

// In the storage of this tab, like the token, and not in the address: a title may be private, and addresses are kept in the
// browser's history and copied to other people.
const STORAGE_KEY = 'taskline-filter';

const CLASSES = ['transient', 'permanent', 'undecodable', 'panicked', 'overran', 'crashed'];
const PRIORITIES = ['low', 'medium', 'high'];
const TIMES = [
  ['', 'at any time'],
  [900, 'in the last 15 min'],
  [3_600, 'in the last hour'],
  [86_400, 'in the last day'],
];

// A value that the browser fills in would not match the list.
const noAutofill = { autocomplete: 'off', spellcheck: 'false' };

const input = (name, label, type = 'text') =>
  element('label', {}, label, element('input', { name, type, ...noAutofill }));

const select = (name, label, choices) => {
  const options = choices.map(([value, text]) => element('option', { value }, text));
  return element('label', {}, label, element('select', { name, autocomplete: 'off' }, options));
};

const any = (values) => [['', 'any'], ...values.map((value) => [value, value])];

const stored = () => {
  try {
    return Object.entries(JSON.parse(sessionStorage.getItem(STORAGE_KEY)) ?? {});
  } catch {
    return [];
  }
};

/** Sets the form up with its values from before a reload; calls `changed` after each change. */
export const beginFilter = (changed) => {
  const form = at('filter');
  put(
    form,
    input('title', 'Title contains', 'search'),
    select('class', 'Class', any(CLASSES)),
    input('code', 'Code'),
    select('priority', 'Priority', any(PRIORITIES)),
    input('type', 'Type'),
    input('submitter', 'Submitter'),
    select('died_within', 'Failed', TIMES),
    element('button', { type: 'reset' }, 'Clear'),
  );
  for (const [name, value] of stored()) if (form.elements[name]) form.elements[name].value = value;
  // A stored value that no longer exists would select nothing, not even “any”.
  for (const choice of form.querySelectorAll('select')) if (choice.selectedIndex < 0) choice.value = '';
  let timer;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      storeFilter();
      changed();
    }, 150);
  };
  form.addEventListener('input', soon);
  form.addEventListener('reset', soon);
  form.addEventListener('submit', (event) => event.preventDefault());
};

const storeFilter = () => sessionStorage.setItem(STORAGE_KEY, JSON.stringify(filter()));

/** The values of the form, also while its controls are disabled. */
export const filter = () => {
  const controls = [...at('filter').elements].filter(({ name }) => name);
  return Object.fromEntries(controls.map(({ name, value }) => [name, value]));
};

/** Whether any value is set. */
export const isFiltered = () => Object.values(filter()).some(Boolean);

/** Sets these values and clears the others. */
export const filterBy = (values) => {
  at('filter').reset();
  for (const [name, value] of Object.entries(values)) at('filter').elements[name].value = value;
  storeFilter();
};
