// What each change is called: before, while and after it is made.

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

/** The words for a change of `many` tasks, or of one of these, or of what is no task. */
export const words = (action, many, noun = 'task') => {
  const [verb, doing, done, thing] = VERBS[action];
  const what = many == null ? one(thing, noun) : count(many, noun);
  return {
    verb,
    /** The title of the question. */
    question: `${verb} ${what}?`,
    /** While it is done. */
    doing: `${doing} ${what}`,
    /** Once it is done to all. */
    done: capital(`${many == null ? (thing ?? noun) : what} ${done}`),
    /** When it was so before. */
    already: capital(`${what} ${what.endsWith('s') ? 'were' : 'was'} ${done} already`),
    /** Once it is done to some. */
    some: (number) => `${number.toLocaleString('en')} of ${what} ${done}`,
    /** Once it is done to none. */
    none: `Nothing ${done}`,
    /** When there is nothing to do it to. */
    nothing: `Nothing to ${verb.toLowerCase()}`,
    /** When nobody knows. */
    unknown: `It is unknown whether ${what} ${what.endsWith('s') ? 'were' : 'was'} ${done}`,
    past: done,
  };
};
