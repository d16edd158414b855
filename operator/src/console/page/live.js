// Keeps the page as the pipeline is: asks for the next snapshot until the page is closed.

import { isLive, noteShown, tell } from './connection.js';
import { options } from './options.js';
import { Problem, get } from './server.js';

// Longer than the server waits before it answers that nothing changed.
const PATIENCE = 15_000;
const AGAIN = 2_000;
// How long a page that was hidden, or asleep, passes for live before it has an answer.
const DOUBT = 1_000;

let known;
let asking = new AbortController();
// How often it was asked anew: an answer to what was asked before is none.
let turn = 0;
let answeredAt = 0;

/** Asks anew at once, for a snapshot as the options now are. */
export const again = () => {
  turn += 1;
  known = undefined;
  asking.abort();
};

/** Calls `see` with every new snapshot, and tells how the connection is. */
export const watch = async (see) => {
  for (;;) {
    if (document.hidden) await event(document, 'visibilitychange');
    const controller = (asking = new AbortController());
    const asked = turn;
    const timer = setTimeout(() => controller.abort('late'), PATIENCE);
    const isOld = Date.now() - answeredAt > PATIENCE;
    const doubt = isOld && isLive() && setTimeout(() => tell('checking'), DOUBT);
    try {
      const snapshot = await get('/snapshot', { after: known, payload: options.payload }, controller.signal);
      if (asked !== turn) continue;
      known = snapshot.revision;
      answeredAt = Date.now();
      noteShown(snapshot.now);
      see(snapshot);
      tell('live');
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (problem.status === 401) return tell('locked');
      if (!controller.signal.aborted || controller.signal.reason === 'late') {
        tell(problem.status ? 'unavailable' : 'lost', problem.message);
        known = undefined;
        await Promise.race([event(window, 'online'), pause(AGAIN)]);
      }
    } finally {
      clearTimeout(timer);
      clearTimeout(doubt);
    }
  }
};

// A machine that was asleep wakes with a page that looks live: no timer ran meanwhile.
setInterval(() => {
  if (!document.hidden && isLive() && Date.now() - answeredAt > PATIENCE + DOUBT) tell('checking');
}, DOUBT);

/** Ends after so many milliseconds. */
export const pause = (milliseconds) => new Promise((end) => setTimeout(end, milliseconds));

const event = (target, name) => new Promise((end) => target.addEventListener(name, end, { once: true }));
