// Whether the page shows the pipeline as it is. While it does not, it says so, since when, and lets nothing be changed.

import { at, element, put, say } from './element.js';
import { present } from './settle.js';
import { ago, holdAges, moment, serverNow, tick } from './words.js';

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
// When the page last showed the pipeline as it was, by the server's clock.
let shownAt;
let focused;
const listeners = new Set();

/** Whether the page shows the pipeline as it is. */
export const isLive = () => state === 'live';

/** Calls `listen` whenever the page becomes live, or is no longer; ends by what it returns. */
export const onConnection = (listen) => {
  listeners.add(listen);
  return () => listeners.delete(listen);
};

/** Takes it that the page shows the pipeline as it was at `now`. */
export const noteShown = (now) => {
  shownAt = now;
};

/** How the connection is from now on, and `why`. */
export const tell = (next, why) => {
  // What a failure left half drawn is not trusted again.
  if (state === 'broken') return;
  const wasLive = isLive();
  state = next;
  if (wasLive && !isLive()) {
    holdAges();
    tick(document);
  }
  const { chip, text } = STATES[state];
  document.body.dataset.connection = state;
  document.body.dataset.seen = shownAt ? 'something' : 'nothing';
  say(at('connection'), chip);
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
    ? // The age changes every second, and is not read out as often.
      [
        'What you see is from ',
        moment(shownAt),
        element('span', { 'aria-hidden': true }, ' (', ago(shownAt), ')'),
        '.',
      ]
    : 'No data was loaded yet.';

// A control that is disabled loses the focus: it gets it back, or what was drawn in its place meanwhile does.
const switchControls = () => {
  if (!isLive()) focused = document.activeElement;
  for (const controls of document.querySelectorAll('fieldset.controls')) controls.disabled = !isLive();
  if (isLive() && focused && document.activeElement === document.body) present(focused).focus();
  for (const listen of listeners) listen();
};

// Ages go on only as long as they are known to be right.
setInterval(() => {
  if (isLive()) tick(document);
  else tick(at('banner'), serverNow());
}, 1_000);
