// The words of each action: before, while and after it is performed.

import { count } from './words.js';

const VERBS = {
  redrive: ['Redrive', 'Redriving', 'redriven'],
  discard: ['Discard', 'Discarding', 'discarded'],
  amend: ['Amend', 'Amending', 'amended'],
  resume: ['Resume', 'Resuming', 'resumed'],
  skip: ['Skip', 'Skipping', 'skipped'],
  submit: ['Submit', 'Submitting', 'submitted', 'task'],
  pause_line: ['Pause', 'Pausing', 'paused', 'line'],
  resume_line: ['Resume', 'Resuming', 'resumed', 'line'],
  reconcile: ['Reconcile', 'Reconciling', 'reconciled', 'queues and records'],
};

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

const one = (thing, noun) => {
  if (thing === 'task') return 'a task';
  return thing ? `the ${thing}` : `this ${noun}`;
};

/** The words for an action on `many` tasks, on one task, or on the line. */
export const words = (action, many, noun = 'task') => {
  const [verb, doing, done, thing] = VERBS[action];
  const what = many == null ? one(thing, noun) : count(many, noun);
  return {
    verb,
    /** The title of the question. */
    question: `${verb} ${what}?`,
    /** While it is running. */
    doing: `${doing} ${what}`,
    /** After all tasks were changed. */
    done: capital(`${many == null ? (thing ?? noun) : what} ${done}`),
    /** If it was so before. */
    already: capital(`${what} ${what.endsWith('s') ? 'were' : 'was'} ${done} already`),
    /** After some tasks were changed. */
    some: (number) => `${number.toLocaleString('en')} of ${what} ${done}`,
    /** After no task was changed. */
    none: `Nothing ${done}`,
    /** If no task is selected. */
    nothing: `Nothing to ${verb.toLowerCase()}`,
    /** If the answer was lost. */
    unknown: `It is unknown whether ${what} ${what.endsWith('s') ? 'were' : 'was'} ${done}`,
    past: done,
  };
};
