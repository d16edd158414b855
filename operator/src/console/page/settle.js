// Ignores a press on a control that has just appeared or moved: a person who aims at a button needs a moment to see that
// another one is there now. For that moment the control does not receive pointer events, and a press that began earlier has
// no effect. The keyboard is not affected, as its focus does not move.

const CONTROLS = 'a[href], button, input, select, textarea, summary, label';
const SHIELD_MILLISECONDS = 500;
// A button that moved by fewer pixels is still hit.
const NEAR_PIXELS = 4;

const places = new WeakMap();
const timers = new WeakMap();
const successors = new WeakMap();

const place = (control) => {
  const { left, top, right, bottom, width } = control.getBoundingClientRect();
  if (!width) return undefined;
  // A dialog does not move when the page behind it is scrolled.
  const [x, y] = control.closest('dialog') ? [0, 0] : [scrollX, scrollY];
  return [left + x, top + y, right + x, bottom + y];
};

const isNear = (one, other) => one.every((edge, index) => Math.abs(edge - other[index]) <= NEAR_PIXELS);

const controls = () => document.querySelectorAll(CONTROLS);

const remember = () => {
  for (const control of controls()) places.set(control, place(control));
};

const shield = (control) => {
  clearTimeout(timers.get(control));
  control.dataset.settling = '';
  timers.set(
    control,
    setTimeout(() => delete control.dataset.settling, SHIELD_MILLISECONDS),
  );
};

/**
 * Treats the controls in `after` as the successors of those in `before`, so that they are not ignored as new. Returns the
 * successor of the focused control.
 */
export const takePlaces = (before, after) => {
  const [old, drawn] = [before, after].map((part) => [...part.querySelectorAll(CONTROLS)]);
  if (old.length !== drawn.length) return undefined;
  drawn.forEach((control, index) => {
    places.set(control, places.get(old[index]));
    successors.set(old[index], control);
  });
  return drawn[old.indexOf(document.activeElement)];
};

/** The control itself, or its last successor. */
export const currentControl = (control) =>
  successors.has(control) ? currentControl(successors.get(control)) : control;

/** Starts to watch the page. */
export const settle = () => {
  const watcher = new MutationObserver((changes) => {
    if (changes.every(({ attributeName }) => attributeName === 'data-settling')) return;
    for (const control of controls()) {
      const [before, now] = [places.get(control), place(control)];
      places.set(control, now);
      if (now && !(before && isNear(before, now))) shield(control);
    }
    watcher.takeRecords();
  });
  watcher.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  // Scrolling and resizing are the reader's own doing: the controls are not ignored.
  addEventListener('scroll', remember, { capture: true, passive: true });
  addEventListener('resize', remember, { passive: true });
  addEventListener('keydown', (event) => {
    const isHeld = event.repeat && ['Enter', ' '].includes(event.key);
    // A key that is held down presses one button, and not the next one as well.
    if (isHeld && event.target.closest?.('button, a[href], summary')) event.preventDefault();
  });
};
