// Keeps the page up to date: requests the next snapshot until the page is closed.

import { isLive, noteShown, setConnection } from './connection.js';
import { options } from './options.js';
import { CallError, get } from './server.js';

// In milliseconds. Longer than the server waits before it answers that nothing changed.
const ANSWER_TIMEOUT = 15_000;
const RETRY_AFTER = 2_000;
// How long a page that was hidden or asleep stays live without an answer.
const CHECK_AFTER = 1_000;

let known;
let current = new AbortController();
// Counts refreshes: the answer to an earlier request is ignored.
let turn = 0;
let answeredAt = 0;

/** Requests a new snapshot at once, with the present options. */
export const refresh = () => {
  turn += 1;
  known = undefined;
  current.abort();
};

/** Calls `show` with every new snapshot, and sets the state of the connection. */
export const watch = async (show) => {
  for (;;) {
    if (document.hidden) await event(document, 'visibilitychange');
    const controller = (current = new AbortController());
    const requestedTurn = turn;
    const timer = setTimeout(() => controller.abort('late'), ANSWER_TIMEOUT);
    const isOld = Date.now() - answeredAt > ANSWER_TIMEOUT;
    const check = isOld && isLive() && setTimeout(() => setConnection('checking'), CHECK_AFTER);
    try {
      const snapshot = await get('/snapshot', { after: known, payload: options.payload }, controller.signal);
      if (requestedTurn !== turn) continue;
      known = snapshot.revision;
      answeredAt = Date.now();
      noteShown(snapshot.now);
      show(snapshot);
      setConnection('live');
    } catch (problem) {
      if (!(problem instanceof CallError)) throw problem;
      if (problem.status === 401) return setConnection('locked');
      if (!controller.signal.aborted || controller.signal.reason === 'late') {
        setConnection(problem.status ? 'unavailable' : 'lost', problem.message);
        known = undefined;
        await Promise.race([event(window, 'online'), pause(RETRY_AFTER)]);
      }
    } finally {
      clearTimeout(timer);
      clearTimeout(check);
    }
  }
};

// After a machine wakes up, the page still looks live, as no timer ran meanwhile.
setInterval(() => {
  if (!document.hidden && isLive() && Date.now() - answeredAt > ANSWER_TIMEOUT + CHECK_AFTER) {
    setConnection('checking');
  }
}, CHECK_AFTER);

/** Resolves after so many milliseconds. */
export const pause = (milliseconds) => new Promise((end) => setTimeout(end, milliseconds));

const event = (target, name) => new Promise((end) => target.addEventListener(name, end, { once: true }));
