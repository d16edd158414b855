// The findings of a verification by kind.

import { count } from './words.js';

/** The sentences of a report by kind, the worst first. Empty kinds are left out. */
export const findings = ({ violations, unproven, exceptions }) =>
  [
    [count(violations.length, 'violation'), violations],
    [`${count(unproven.length, 'case')} neither proven nor ruled out`, unproven],
    [count(exceptions.length, 'explained exception'), exceptions],
  ].filter(([, sentences]) => sentences.length > 0);
