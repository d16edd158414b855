// Plugs the page together: what is looked at, what is shown.

import { at } from './element.js';
import { again, options, watch } from './live.js';
import { showLine } from './line.js';
import { showHour } from './plot.js';
import { showCauses } from './causes.js';
import { begin, list, pick } from './letters.js';
import { showTask } from './task.js';
import { count, setNow } from './words.js';

const CONNECTION = {
  live: 'Live',
  lost: 'Connection lost: trying again',
  unavailable: 'The pipeline does not answer: trying again',
  locked: 'Locked: open the URL that the console printed when it started',
};

const task = () => location.hash.match(/^#task\/(.+)$/)?.[1];

const see = (look) => {
  setNow(look.now);
  at('pipeline').textContent = look.pipeline;
  document.title = `${look.dead_lettered ? `(${look.dead_lettered}) ` : ''}${look.state} – Taskline`;
  showLine(look);
  showHour(look.hour);
  showCauses(look.causes, pick);
  list();
  if (task()) showTask(task());
  say(`The line is ${look.state}. ${count(look.held, 'task')} held, ${count(look.dead_lettered, 'dead letter')}.`);
};

const say = (text) => { if (at('said').textContent !== text) at('said').textContent = text; };

const tell = (state, why) => {
  const text = CONNECTION[state] + (why && state === 'unavailable' ? ` (${why})` : '');
  document.body.dataset.connection = state;
  if (at('connection').textContent !== text) at('connection').textContent = text;
};

const go = () => {
  const id = task();
  at('overview').hidden = Boolean(id);
  at('task').hidden = !id;
  if (id) showTask(id);
  (id ? at('task-heading') : at(location.hash === '#letters' ? 'letters-heading' : 'line-heading')).focus();
};

at('payload').addEventListener('change', ({ target }) => { options.payload = target.checked; again(); });
at('find').addEventListener('submit', (event) => {
  event.preventDefault();
  location.hash = `task/${at('find-id').value.trim()}`;
});
addEventListener('hashchange', go);
begin();
if (location.hash) go();
watch(see, tell);
