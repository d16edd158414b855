// Keeps the page as the pipeline is: asks for the next look until the page is closed.

import { Problem, get } from './server.js';

// Longer than the server waits before it answers that nothing changed.
const PATIENCE = 15_000;
const AGAIN = 2_000;

let known;
let asking = new AbortController();
// How often it was asked anew: an answer to what was asked before is none.
let turn = 0;

/** Whether to ask for what tasks say. */
export const options = { payload: false };

/** Asks anew at once, for a look as the options now are. */
export const again = () => {
  turn += 1;
  known = undefined;
  asking.abort();
};

/** Calls `see` with every new look, and `tell` with how the connection stands. */
export const watch = async (see, tell) => {
  for (;;) {
    if (document.hidden) await event(document, 'visibilitychange');
    const controller = (asking = new AbortController());
    const asked = turn;
    const timer = setTimeout(() => controller.abort('late'), PATIENCE);
    try {
      const look = await get('/look', { after: known, payload: options.payload }, controller.signal);
      if (asked !== turn) continue;
      known = look.revision;
      tell('live');
      see(look);
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
    }
  }
};

/** Ends after so many milliseconds. */
export const pause = (milliseconds) => new Promise((end) => setTimeout(end, milliseconds));

const event = (target, name) => new Promise((end) => target.addEventListener(name, end, { once: true }));
