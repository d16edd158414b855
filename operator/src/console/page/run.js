// Performs an action, many tasks in chunks, and shows the result.

import { at, button, element, put, setText } from './element.js';
import { poll } from './lost-answer.js';
import { pause } from './live.js';
import { options } from './options.js';
import { about } from './question.js';
import { CallError, post } from './server.js';
import { count, identified, number, serverNow } from './words.js';

// How many tasks one call changes: a stop waits for the end of the call.
const CHUNK = 20;

/** Performs the action. A stop leaves each task either changed or untouched. */
export const run = async (it, request, { rate, preview, many, spoken, askAgain }) => {
  const { dialog } = it;
  dialog.begin();
  const work = new Work(request, rate);
  const bar = element('progress', { max: work.ids.length, 'aria-label': spoken.doing });
  if (request.ids) bar.value = 0;
  const progress = element('p', { role: 'status' });
  dialog.draw({
    title: spoken.doing,
    content: [about(preview), bar, progress],
    buttons: work.ids.length > work.size && button('Stop here', () => work.stop()),
    stop: () => work.stop(),
  });
  await work.do((done, reached) => {
    if (!request.ids) return;
    bar.value = reached;
    setText(progress, `${number(done)} of ${number(Math.max(done, many))} done`);
  });
  // The server rejected an entered value and nothing was changed: it can be entered again.
  if (work.problem?.status === 400 && work.reached === 0) {
    return askAgain(`${work.problem.message}.`).catch((problem) =>
      showResult(it, { title: 'Not done', lines: [`${problem.message}.`] }),
    );
  }
  return report(it, request, { work, preview, spoken, askAgain });
};

class Work {
  done = [];
  refused = [];
  problem;
  reached = 0;
  /** Whether the line was in the wanted state already. */
  wasSoAlready = false;
  /** The task after an amendment. */
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
  get unanswered() {
    return this.problem?.isOutcomeUnknown ? this.ids.slice(this.reached, this.reached + this.size) : [];
  }

  /** How many tasks were not tried. */
  get untouched() {
    return this.ids.length - this.reached - this.unanswered.length;
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
      if (!(problem instanceof CallError)) throw problem;
      this.problem = problem;
    }
  }

  #chunk() {
    return this.request.ids && { ids: this.ids.slice(this.reached, this.reached + this.size) };
  }

  async #wait(begun) {
    const end = begun + (this.size / this.rate) * 1_000;
    const isMore = () => this.rate && this.reached < this.ids.length && !this.#isStopped;
    // In small steps, so that a stop takes effect at once.
    while (isMore() && Date.now() < end) await pause(Math.min(100, end - Date.now()));
  }
}

const title = (request, { done, problem, ids, wasSoAlready }, spoken) => {
  if (problem?.isOutcomeUnknown) return spoken.unknown;
  if (wasSoAlready) return spoken.already;
  if (!request.ids) return problem ? 'Not done' : spoken.done;
  if (done.length === ids.length) return spoken.done;
  return done.length ? spoken.some(done.length) : spoken.none;
};

const report = (it, request, { work, preview, spoken, askAgain }) => {
  const { done, refused, problem, unanswered, untouched, wasSoAlready } = work;
  const lines = [
    about(work.amended ?? preview),
    wasSoAlready && 'Nothing was changed, and this reason was not stored.',
    request.action === 'submit' && done.length > 0 && ['It is ', link(done[0]), '.'],
    problem && !unanswered.length && `Not done: ${problem.message}.`,
    unanswered.length > 0 && `No answer came: ${problem.message}.`,
    request.ids && untouched > 0 && `${count(untouched, 'task')} not changed.`,
  ];
  const isPresent = showResult(it, {
    title: title(request, work, spoken),
    lines,
    refused,
    isOpen: unanswered.length > 0,
  });
  if (!unanswered.length) return;
  if (request.action === 'submit') offerAgain(askAgain);
  else poll(it, { isPresent, request, ids: unanswered, since: work.begunAt, spoken, before: done.length });
};

// With the same idempotency key, the task is accepted only once.
const offerAgain = (askAgain) => {
  const trouble = element('p', { class: 'trouble' });
  const retry = () => askAgain().catch((problem) => setText(trouble, `${problem.message}.`));
  put(
    at('found-out'),
    element('p', {}, 'You can submit it again: it is accepted only once.'),
    element('p', {}, button('Submit again', retry)),
    trouble,
  );
};

const link = (id) => element('a', { href: `#task/${id}` }, id);

/** Shows the result. If it `isOpen`, a part of the dialog is reserved for what is found out later. */
export const showResult = ({ dialog }, { title: heading, lines, refused = [], isOpen = false }) => {
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
