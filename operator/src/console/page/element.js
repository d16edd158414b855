// Creates elements, and is the only file that writes into the page. Text becomes text nodes, so no text of a task can become
// markup. A child that is null, undefined or a boolean is left out.

import { takePlaces } from './settle.js';

const SVG = 'http://www.w3.org/2000/svg';

const isNothing = (child) => child == null || typeof child === 'boolean';

/** The nodes and texts among `children`, with nested lists flattened. */
const shown = (children) => {
  const all = children.flat(Infinity).filter((child) => !isNothing(child));
  const odd = all.find((child) => !(child instanceof Node) && !['string', 'number'].includes(typeof child));
  if (odd !== undefined || all.some(Number.isNaN)) {
    throw new TypeError(`neither text nor element: ${String(odd)}`);
  }
  return all;
};

const fill = (made, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name, value);
    // An ARIA state is written as text; any other boolean attribute is present or absent.
    else if (name.startsWith('aria-') && value != null) made.setAttribute(name, String(value));
    else if (value === true) made.setAttribute(name, '');
    else if (!isNothing(value)) made.setAttribute(name, value);
  }
  made.append(...shown(children));
  return made;
};

/** An HTML element. An attribute whose value is a function listens to the event of that name. */
export const element = (name, attributes = {}, ...children) =>
  fill(document.createElement(name), attributes, children);

/** An SVG element. */
export const shape = (name, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, name), attributes, children);

/** The element with this id. */
export const at = (id) => document.getElementById(id);

/** A button. While its action is running, another press does nothing. */
export const button = (label, click, attributes = {}) => {
  let isBusy = false;
  const once = async (event) => {
    if (isBusy) return;
    isBusy = true;
    try {
      await click(event);
    } finally {
      isBusy = false;
    }
  };
  return element('button', { type: 'button', click: once, ...attributes }, label);
};

/** Replaces the contents of `parent`. */
export const put = (parent, ...children) => parent.replaceChildren(...shown(children));

/** Sets the text of `parent` if it changed: a screen reader reads text again whenever it is written. */
export const setText = (parent, ...text) => {
  const wanted = shown(text).join('');
  if (parent.textContent !== wanted) parent.textContent = wanted;
};

/** Replaces the contents of `parent` if they changed. Only for contents without controls. */
export const show = (parent, ...children) => {
  const drawn = element('div', {}, ...children).childNodes;
  const isSame =
    drawn.length === parent.childNodes.length &&
    [...drawn].every((node, index) => node.isEqualNode(parent.childNodes[index]));
  if (!isSame) put(parent, ...drawn);
};

/** Focuses the heading of the section around `inside`, after the focused control was removed. */
export const focusHeading = (inside) =>
  inside.closest('section').querySelector('[tabindex="-1"]').focus({ preventScroll: true });

const versions = new WeakMap();

/**
 * Replaces the contents of `parent` with the result of `draw` if `version` changed. If `identity` is the same as before, the
 * new controls take over the focus and the pointer position of the old ones.
 */
export const renew = (parent, { identity, version }, draw) => {
  const wanted = { identity, version: JSON.stringify(version) };
  const before = versions.get(parent);
  const isSame = before !== undefined && before.identity === identity;
  if (isSame && before.version === wanted.version) return;
  versions.set(parent, wanted);
  const drawn = element('div', {}, draw());
  const hadFocus = parent.contains(document.activeElement);
  const next = isSame && takePlaces(parent, drawn);
  put(parent, ...drawn.childNodes);
  if (next) next.focus({ preventScroll: true });
  else if (hadFocus) focusHeading(parent);
};

const drawnFrom = new WeakMap();

// How to show a list after the pointer has left it.
const afterwards = new WeakMap();

const isGone = (child) => child.dataset.gone !== undefined;

const leave = (child) => {
  child.dataset.gone = '';
  for (const control of child.querySelectorAll('button, input')) control.disabled = true;
  return child;
};

/**
 * Shows `items` in `list`. Rows that did not change stay, with their focus. While the pointer is over the list, a change that
 * `isAutomatic` moves no row: removed rows stay and are marked, and new rows are added at the end.
 */
export const keep = (list, items, { key, draw, isAutomatic = false }) => {
  const before = new Map([...list.children].map((child) => [drawnFrom.get(child)?.key, child]));
  let next;
  const drawnFor = (item) => {
    const version = JSON.stringify(item);
    const known = before.get(key(item));
    if (known && drawnFrom.get(known).version === version && !isGone(known)) return known;
    const drawn = draw(item);
    drawnFrom.set(drawn, { key: key(item), version });
    if (known) next ??= takePlaces(known, drawn);
    return drawn;
  };
  let after = items.map(drawnFor);
  if (isAutomatic && list.matches(':hover') && matchMedia('(hover: hover)').matches) {
    const wanted = new Map(after.map((child) => [drawnFrom.get(child).key, child]));
    const still = [...before].filter(([name]) => name !== undefined);
    const inPlace = still.map(([name, child]) => wanted.get(name) ?? leave(child));
    after = [...inPlace, ...after.filter((child) => !before.has(drawnFrom.get(child).key))];
  }
  if (!afterwards.has(list)) list.addEventListener('pointerleave', () => afterwards.get(list)());
  afterwards.set(list, () => keep(list, items, { key, draw }));
  const hadFocus = list.contains(document.activeElement);
  const staying = new Set(after);
  for (const child of [...list.children]) if (!staying.has(child)) child.remove();
  let place = list.firstChild;
  for (const child of after) {
    if (child === place) place = place.nextSibling;
    else list.insertBefore(child, place);
  }
  if (!hadFocus || list.contains(document.activeElement)) return;
  if (next) next.focus({ preventScroll: true });
  else focusHeading(list);
};
