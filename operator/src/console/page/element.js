// Makes elements. Text becomes text nodes: nothing that a task says can become markup.

const SVG = 'http://www.w3.org/2000/svg';

const fill = (made, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return made;
};

/** An HTML element; a function among the attributes listens to the event of that name. */
export const element = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);

/** An SVG element. */
export const shape = (name, attributes = {}, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

/** The element of an id. */
export const at = (id) => document.getElementById(id);

/** A button. */
export const button = (label, click, attributes = {}) => element('button', { type: 'button', click, ...attributes }, label);

const seen = new WeakMap();

/** Shows `items` in `list`; what did not change stays as it is, with its focus. */
export const keep = (list, items, key, draw) => {
  const before = new Map([...list.children].map((child) => [seen.get(child)?.key, child]));
  const after = items.map((item) => {
    const version = JSON.stringify(item);
    const known = before.get(key(item));
    if (known && seen.get(known).version === version) return known;
    const drawn = draw(item);
    seen.set(drawn, { key: key(item), version });
    return drawn;
  });
  const staying = new Set(after);
  const hadFocus = list.contains(document.activeElement);
  for (const child of [...list.children]) if (!staying.has(child)) child.remove();
  let place = list.firstChild;
  for (const child of after) {
    if (child === place) place = place.nextSibling;
    else list.insertBefore(child, place);
  }
  return hadFocus && !list.contains(document.activeElement);
};

/** Shows `children` in `parent`, unless they are as what is there. */
export const show = (parent, ...children) => {
  const drawn = element('div', {}, ...children).childNodes;
  const isSame = drawn.length === parent.childNodes.length && [...drawn].every((node, index) => node.isEqualNode(parent.childNodes[index]));
  if (!isSame) parent.replaceChildren(...drawn);
};
