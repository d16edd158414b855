// Whether the page is live. While it is not, a banner shows since when, and no change is possible.

import { at, element, put, setText } from './element.js';
import { currentControl } from './settle.js';
import { ago, freezeAges, moment, serverNow, tick } from './words.js';

const STATES = {
  waiting: { chip: 'Connecting', text: '' },
  live: { chip: 'Live', text: '' },
  checking: { chip: 'Not live', text: 'Checking the connection' },
  lost: { chip: 'Not live', text: 'Connection lost: trying again' },
  unavailable: { chip: 'Not live', text: 'The pipeline does not answer: trying again' },
  locked: { chip: 'Locked', text: 'Locked: open the URL that the console printed when it started' },
  broken: { chip: 'Not live', text: 'This page failed: reload it' },
};

let state = 'waiting';
// When the page was last up to date, by the server's clock.
let shownAt;
let focused;
const listeners = new Set();

/** Whether the page is up to date. */
export const isLive = () => state === 'live';

/** Calls `listen` whenever the page becomes live or stops being live. Returns a function that ends this. */
export const onConnection = (listen) => {
  listeners.add(listen);
  return () => listeners.delete(listen);
};

/** Notes that the page shows the pipeline as of `now`. */
export const noteShown = (now) => {
  shownAt = now;
};

/** Sets the state of the connection, and `why`. */
export const setConnection = (next, why) => {
  // A page that failed may be half drawn: it stays broken.
  if (state === 'broken') return;
  const wasLive = isLive();
  state = next;
  if (wasLive && !isLive()) {
    freezeAges();
    tick(document);
  }
  const { chip, text } = STATES[state];
  document.body.dataset.connection = state;
  document.body.dataset.seen = shownAt ? 'something' : 'nothing';
  setText(at('connection'), chip);
  const words = why && ['unavailable', 'broken'].includes(state) ? `${text} (${why})` : text;
  const banner = at('banner');
  if (banner.dataset.words !== `${words} ${shownAt}`) {
    banner.dataset.words = `${words} ${shownAt}`;
    put(banner, text && [element('strong', {}, words), element('span', {}, since())]);
    tick(banner, serverNow());
  }
  banner.hidden = !text;
  if (!isLive() && text) document.title = `${chip} – Taskline`;
  if (wasLive !== isLive()) switchControls();
};

const since = () =>
  shownAt
    ? // The age changes every second: screen readers skip it.
      [
        'What you see is from ',
        moment(shownAt),
        element('span', { 'aria-hidden': true }, ' (', ago(shownAt), ')'),
        '.',
      ]
    : 'No data was loaded yet.';

// A disabled control loses the focus. Afterwards it gets the focus back, or the control that replaced it does.
const switchControls = () => {
  if (!isLive()) focused = document.activeElement;
  for (const controls of document.querySelectorAll('fieldset.controls')) controls.disabled = !isLive();
  if (isLive() && focused && document.activeElement === document.body) currentControl(focused).focus();
  for (const listen of listeners) listen();
};

// Ages advance only while they are known to be right.
setInterval(() => {
  if (isLive()) tick(document);
  else tick(at('banner'), serverNow());
}, 1_000);
