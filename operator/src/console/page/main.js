// Connects the parts of the page.

import { at, setText } from './element.js';
import { settle } from './settle.js';
import { takeToken } from './server.js';
import { setConnection } from './connection.js';
import { options } from './options.js';
import { refresh, watch } from './live.js';
import { showHead, showLine } from './line.js';
import { showHour } from './plot.js';
import { showCauses } from './causes.js';
import { begin, list, pick, redraw } from './dead-letters.js';
import { showTask } from './task.js';
import { dismiss } from './dialog.js';
import { count, setNow } from './words.js';

let snapshot;

const task = () => location.hash.match(/^#task\/(.+)$/)?.[1];

const showSnapshot = (received) => {
  snapshot = received;
  setNow(snapshot.now);
  setText(at('pipeline'), snapshot.pipeline);
  document.title = `${snapshot.dead_lettered ? `(${snapshot.dead_lettered}) ` : ''}${snapshot.state} – Taskline`;
  showLine(snapshot);
  showHour(snapshot.last_hour);
  showCauses(snapshot.causes, pick);
  list({ isAutomatic: true });
  if (task()) showTask(task());
  setText(
    at('said'),
    `The line is ${snapshot.state}. ${count(snapshot.held, 'task')} held, ${count(snapshot.dead_lettered, 'dead letter')}.`,
  );
};

const navigate = () => {
  // The URL of a restarted console was opened in the tab of the previous one.
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

const togglePayload = () => {
  options.payload = at('payload').checked;
  // Hides contents at once, even if the server does not answer.
  if (snapshot) showHead(snapshot);
  redraw();
  if (task()) showTask(task());
  refresh();
};

// After an exception the page may be half drawn: no page is better than a wrong one.
const fail = ({ error, reason }) => setConnection('broken', (error ?? reason)?.message);
addEventListener('error', fail);
addEventListener('unhandledrejection', fail);

at('payload').checked = options.payload;
at('payload').addEventListener('change', togglePayload);
at('find').addEventListener('submit', (event) => {
  event.preventDefault();
  location.hash = `task/${at('find-id').value.trim().toLowerCase()}`;
});
addEventListener('hashchange', navigate);
settle();
begin();
if (location.hash) navigate();
watch(showSnapshot);
