// Makes elements, and is the only file that writes into the page. Text becomes text nodes: nothing that a task says can
// become markup. What is no text (a condition that did not hold, a value that is absent) becomes nothing.

import { takePlaces } from './settle.js';

const SVG = 'http://www.w3.org/2000/svg';

const isNothing = (child) => child == null || typeof child === 'boolean';

/** The nodes and texts among `children`, however deep in lists. */
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
    // A state of ARIA is written out; another attribute that is true or false is there or not.
    else if (name.startsWith('aria-') && value != null) made.setAttribute(name, String(value));
    else if (value === true) made.setAttribute(name, '');
    else if (!isNothing(value)) made.setAttribute(name, value);
  }
  made.append(...shown(children));
  return made;
};

/** An HTML element; a function among the attributes listens to the event of that name. */
export const element = (name, attributes = {}, ...children) =>
  fill(document.createElement(name), attributes, children);

/** An SVG element. */
export const shape = (name, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, name), attributes, children);

/** The element of an id. */
export const at = (id) => document.getElementById(id);

/** A button. Pressed again while what it does is under way, it does nothing. */
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

/** Puts `children` into `parent`, in place of what is there. */
export const put = (parent, ...children) => parent.replaceChildren(...shown(children));

/** Writes `text` into `parent`, unless it stands there: what is written anew is read out anew. */
export const say = (parent, ...text) => {
  const wanted = shown(text).join('');
  if (parent.textContent !== wanted) parent.textContent = wanted;
};

/** Puts `children` into `parent`, unless they are as what is there. For what nobody can press or focus. */
export const show = (parent, ...children) => {
  const drawn = element('div', {}, ...children).childNodes;
  const isSame =
    drawn.length === parent.childNodes.length &&
    [...drawn].every((node, index) => node.isEqualNode(parent.childNodes[index]));
  if (!isSame) put(parent, ...drawn);
};

/** Gives the focus to the heading above `inside`, since what had it is gone. */
export const focusHeading = (inside) =>
  inside.closest('section').querySelector('[tabindex="-1"]').focus({ preventScroll: true });

const versions = new WeakMap();

/**
 * Puts what `draw` returns into `parent`, when the `version` is another than what it was last drawn from. Where both are of
 * the same `identity`, their controls are the same for pointer and focus.
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

const seen = new WeakMap();

// How to show a list once the pointer has left it.
const afterwards = new WeakMap();

const isGone = (child) => child.dataset.gone !== undefined;

const leave = (child) => {
  child.dataset.gone = '';
  for (const control of child.querySelectorAll('button, input')) control.disabled = true;
  return child;
};

/**
 * Shows `items` in `list`; what did not change stays as it is, with its focus. While the pointer is over the list and the
 * change `isUnasked`, no row moves: what is gone stays and is marked, and what is new comes behind.
 */
export const keep = (list, items, { key, draw, isUnasked = false }) => {
  const before = new Map([...list.children].map((child) => [seen.get(child)?.key, child]));
  let next;
  const drawnFor = (item) => {
    const version = JSON.stringify(item);
    const known = before.get(key(item));
    if (known && seen.get(known).version === version && !isGone(known)) return known;
    const drawn = draw(item);
    seen.set(drawn, { key: key(item), version });
    if (known) next ??= takePlaces(known, drawn);
    return drawn;
  };
  let after = items.map(drawnFor);
  if (isUnasked && list.matches(':hover') && matchMedia('(hover: hover)').matches) {
    const wanted = new Map(after.map((child) => [seen.get(child).key, child]));
    const still = [...before].filter(([name]) => name !== undefined);
    const inPlace = still.map(([name, child]) => wanted.get(name) ?? leave(child));
    after = [...inPlace, ...after.filter((child) => !before.has(seen.get(child).key))];
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
