// Plugs the page together: what is looked at, what is shown.

import { at, say } from './element.js';
import { settle } from './settle.js';
import { takeToken } from './server.js';
import { tell } from './connection.js';
import { options } from './options.js';
import { again, watch } from './live.js';
import { showHead, showLine } from './line.js';
import { showHour } from './plot.js';
import { showCauses } from './causes.js';
import { begin, list, pick, redraw } from './dead-letters.js';
import { showTask } from './task.js';
import { dismiss } from './dialog.js';
import { count, setNow } from './words.js';

let snapshot;

const task = () => location.hash.match(/^#task\/(.+)$/)?.[1];

const see = (seen) => {
  snapshot = seen;
  setNow(snapshot.now);
  say(at('pipeline'), snapshot.pipeline);
  document.title = `${snapshot.dead_lettered ? `(${snapshot.dead_lettered}) ` : ''}${snapshot.state} – Taskline`;
  showLine(snapshot);
  showHour(snapshot.hour);
  showCauses(snapshot.causes, pick);
  list({ isUnasked: true });
  if (task()) showTask(task());
  say(
    at('said'),
    `The line is ${snapshot.state}. ${count(snapshot.held, 'task')} held, ${count(snapshot.dead_lettered, 'dead letter')}.`,
  );
};

const go = () => {
  // The URL of a console that was started again, in the tab of the one before.
  if (takeToken()) {
    location.reload();
    return;
  }
  dismiss();
  const id = task();
  at('overview').hidden = Boolean(id);
  at('task').hidden = !id;
  if (id) showTask(id);
  (id
    ? at('task-heading')
    : at(location.hash === '#dead-letters' ? 'dead-letters-heading' : 'line-heading')
  ).focus();
};

const choose = () => {
  options.payload = at('payload').checked;
  // What may not be shown any more goes at once, whether or not anybody answers.
  if (snapshot) showHead(snapshot);
  redraw();
  if (task()) showTask(task());
  again();
};

// What throws has drawn half of something: better no page than one that is wrong.
const fail = ({ error, reason }) => tell('broken', (error ?? reason)?.message);
addEventListener('error', fail);
addEventListener('unhandledrejection', fail);

at('payload').checked = options.payload;
at('payload').addEventListener('change', choose);
at('find').addEventListener('submit', (event) => {
  event.preventDefault();
  location.hash = `task/${at('find-id').value.trim().toLowerCase()}`;
});
addEventListener('hashchange', go);
settle();
begin();
if (location.hash) go();
watch(see);
