// Makes a change, many tasks in chunks, and says what came of it.

import { at, button, element, put, say } from './element.js';
import { poll } from './lost.js';
import { pause } from './live.js';
import { options } from './options.js';
import { about } from './question.js';
import { Problem, post } from './server.js';
import { count, identified, number, serverNow } from './words.js';

// How many tasks are changed by one call: what a stop has to wait for.
const CHUNK = 20;

/** Makes the change: a stop leaves whole what was done, and untouched what was not. */
export const run = async (it, request, { rate, preview, many, spoken, askAgain }) => {
  const { dialog } = it;
  dialog.begin();
  const work = new Work(request, rate);
  const bar = element('progress', { max: work.ids.length, 'aria-label': spoken.doing });
  if (request.ids) bar.value = 0;
  const said = element('p', { role: 'status' });
  dialog.draw({
    title: spoken.doing,
    content: [about(preview), bar, said],
    buttons: work.ids.length > work.size && button('Stop here', () => work.stop()),
    stop: () => work.stop(),
  });
  await work.do((done, reached) => {
    if (!request.ids) return;
    bar.value = reached;
    say(said, `${number(done)} of ${number(Math.max(done, many))} done`);
  });
  // Nothing was begun, and something entered can't be taken: it can be entered again.
  if (work.problem?.status === 400 && work.reached === 0) {
    return askAgain(`${work.problem.message}.`).catch((problem) =>
      tell(it, { title: 'Not done', lines: [`${problem.message}.`] }),
    );
  }
  return report(it, request, { work, preview, spoken, askAgain });
};

class Work {
  done = [];
  refused = [];
  problem;
  reached = 0;
  /** Whether a switch of the line found it switched. */
  wasSoAlready = false;
  /** The task that was amended, as its record holds it now. */
  amended;
  #isStopped = false;

  constructor(request, rate) {
    this.request = request;
    this.ids = request.ids ?? [null];
    this.rate = rate;
    this.size = Math.min(CHUNK, rate ?? CHUNK);
  }

  stop() {
    this.#isStopped = true;
  }

  /** The tasks of the call that got no answer. */
  get open() {
    return this.problem?.leavesItOpen ? this.ids.slice(this.reached, this.reached + this.size) : [];
  }

  /** How many were not tried. */
  get untouched() {
    return this.ids.length - this.reached - this.open.length;
  }

  async do(report) {
    try {
      while (this.reached < this.ids.length && !this.#isStopped) {
        const begun = Date.now();
        this.begunAt = serverNow();
        const outcome = await post('/act', { ...this.request, ...this.#chunk(), payload: options.payload });
        this.done.push(...outcome.done);
        this.refused.push(...outcome.refused);
        this.wasSoAlready = outcome.switched === false;
        this.amended = outcome.amended && { tasks: [outcome.amended] };
        this.reached = Math.min(this.ids.length, this.reached + this.size);
        report(this.done.length, this.reached);
        await this.#wait(begun);
      }
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.problem = problem;
    }
  }

  #chunk() {
    return this.request.ids && { ids: this.ids.slice(this.reached, this.reached + this.size) };
  }

  async #wait(begun) {
    const end = begun + (this.size / this.rate) * 1_000;
    const isMore = () => this.rate && this.reached < this.ids.length && !this.#isStopped;
    // In small steps, so that a stop is one at once.
    while (isMore() && Date.now() < end) await pause(Math.min(100, end - Date.now()));
  }
}

const title = (request, { done, problem, ids, wasSoAlready }, spoken) => {
  if (problem?.leavesItOpen) return spoken.unknown;
  if (wasSoAlready) return spoken.already;
  if (!request.ids) return problem ? 'Not done' : spoken.done;
  if (done.length === ids.length) return spoken.done;
  return done.length ? spoken.some(done.length) : spoken.none;
};

const report = (it, request, { work, preview, spoken, askAgain }) => {
  const { done, refused, problem, open, untouched, wasSoAlready } = work;
  const lines = [
    about(work.amended ?? preview),
    wasSoAlready && 'Nothing was changed, and this reason was not stored.',
    request.action === 'submit' && done.length > 0 && ['It is ', link(done[0]), '.'],
    problem && !open.length && `Not done: ${problem.message}.`,
    open.length > 0 && `No answer came: ${problem.message}.`,
    request.ids && untouched > 0 && `${count(untouched, 'task')} not changed.`,
  ];
  const isPresent = tell(it, {
    title: title(request, work, spoken),
    lines,
    refused,
    isOpen: open.length > 0,
  });
  if (!open.length) return;
  if (request.action === 'submit') offerAgain(askAgain);
  else poll(it, { isPresent, request, ids: open, since: work.begunAt, spoken, before: done.length });
};

// By its key a submission is told from another one like it, also when it comes twice.
const offerAgain = (askAgain) => {
  const trouble = element('p', { class: 'trouble' });
  const retry = () => askAgain().catch((problem) => say(trouble, `${problem.message}.`));
  put(
    at('found-out'),
    element('p', {}, 'You can submit it again: it is accepted only once.'),
    element('p', {}, button('Submit again', retry)),
    trouble,
  );
};

const link = (id) => element('a', { href: `#task/${id}` }, id);

/** Says what came of it; a part of the dialog is left for what is found out later when this `isOpen`. */
export const tell = ({ dialog }, { title: heading, lines, refused = [], isOpen = false }) => {
  const isPresent = dialog.begin();
  const close = button('Close', () => dialog.close(), { class: 'primary' });
  dialog.draw({
    title: heading,
    content: [
      element(
        'div',
        { role: 'status' },
        lines.filter(Boolean).map((line) => element('div', { class: 'line' }, line)),
      ),
      refused.length > 0 && refusals(refused),
      isOpen && element('div', { id: 'found-out', role: 'status' }, element('p', {}, 'Checking …')),
    ],
    buttons: close,
    focus: close,
  });
  return isPresent;
};

const refusals = (refused) =>
  element(
    'div',
    { class: 'warning' },
    element('p', {}, element('strong', {}, `${number(refused.length)} refused`)),
    element(
      'ul',
      {},
      refused.slice(0, CHUNK).map((it) => element('li', {}, identified(it), `: ${it.reason}`)),
    ),
    refused.length > CHUNK && element('p', {}, `and ${number(refused.length - CHUNK)} more`),
  );
