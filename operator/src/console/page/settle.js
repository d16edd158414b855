// Lets no press land on what has only just come to be where it is: somebody who aims at a button needs a moment to see
// that another one is there now. A control that appeared or moved is out of the pointer's reach for that moment, and a
// press that began before ends on nothing. The keyboard is not concerned: its focus does not move by itself.

const CONTROLS = 'a[href], button, input, select, textarea, summary, label';
const MOMENT = 500;
// Nobody misses a button that moved by so few pixels.
const NEAR = 4;

const places = new WeakMap();
const timers = new WeakMap();
const heirs = new WeakMap();

const place = (control) => {
  const { left, top, right, bottom, width } = control.getBoundingClientRect();
  if (!width) return undefined;
  // A dialog stays where it is when the page behind it is scrolled.
  const [x, y] = control.closest('dialog') ? [0, 0] : [scrollX, scrollY];
  return [left + x, top + y, right + x, bottom + y];
};

const isNear = (one, other) => one.every((edge, index) => Math.abs(edge - other[index]) <= NEAR);

const controls = () => document.querySelectorAll(CONTROLS);

const remember = () => {
  for (const control of controls()) places.set(control, place(control));
};

const shield = (control) => {
  clearTimeout(timers.get(control));
  control.dataset.settling = '';
  timers.set(
    control,
    setTimeout(() => delete control.dataset.settling, MOMENT),
  );
};

/**
 * Takes the controls in `after` for those in `before`, which they replace: they did not just appear. Returns the one whose
 * predecessor has the focus.
 */
export const takePlaces = (before, after) => {
  const [old, drawn] = [before, after].map((part) => [...part.querySelectorAll(CONTROLS)]);
  if (old.length !== drawn.length) return undefined;
  drawn.forEach((control, index) => {
    places.set(control, places.get(old[index]));
    heirs.set(old[index], control);
  });
  return drawn[old.indexOf(document.activeElement)];
};

/** What stands for `control` now. */
export const present = (control) => (heirs.has(control) ? present(heirs.get(control)) : control);

/** Begins to watch the page. */
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
  // What the reader moves is where the reader wants it.
  addEventListener('scroll', remember, { capture: true, passive: true });
  addEventListener('resize', remember, { passive: true });
  addEventListener('keydown', (event) => {
    const isHeld = event.repeat && ['Enter', ' '].includes(event.key);
    // A key that is held down presses one button, not the one after it too.
    if (isHeld && event.target.closest?.('button, a[href], summary')) event.preventDefault();
  });
};
