// The result of a verification, in the same sentences as on the command line.

import { count, number, plain } from './words.js';

const REASONS = {
  within_clock_tolerance: ({ clock_tolerance_ms: tolerance }) =>
    `the two clocks may differ by this much (${seconds(tolerance)})`,
  by_operator_clock: () => 'the end time comes from the clock of an operator’s machine',
  written_without_numbers: () =>
    'an earlier version of Taskline recorded only times; a clock that was set looks the same',
  possibly_moved_by_sqs: () =>
    'SQS may have moved the other task to the dead-letter queue; reconcile to find out',
};

const seconds = (milliseconds) => `${number(milliseconds / 1_000)} s`;

const overtook = ({ task_id: id, started_at: at, overtaken, finished_at: end }, began) =>
  `${id} ${began} at ${at}, before ${overtaken}, which ${end ? `left the line at ${end}` : 'has not left the line'}`;

const missing = ({ task_id: id, status }, isEmpty) => `${id} is ${plain(status)}, and ${isEmpty}`;

const violation = (it) =>
  it.kind === 'missing_from_the_line'
    ? missing(it, 'the line is empty: reconcile to send its message again')
    : overtook(it, 'began');

const unproven = (it, found) =>
  it.kind === 'missing_from_the_line'
    ? missing(it, 'the line seems to be empty, by counts that can be late: reconcile to find out')
    : `${overtook(it, 'may have begun')}: ${REASONS[it.reason]?.(found) ?? plain(it.reason)}`;

const exception = ({ task_id: id, first_sequence_number: place, status, cause }) =>
  `${id} at ${place ?? '-'}: ${plain(status)}: ${cause}`;

const cases = (value) => count(value, 'case');

const order = ({ order: by, clock_tolerance_ms: tolerance }) =>
  by === 'clocks'
    ? `by clocks, with a tolerance of ${seconds(tolerance)}`
    : 'by the numbers in the data file';

/** Whether the order was kept, and what proves it. */
export const verdict = (found) => {
  const { violations, unproven: open } = found;
  if (violations.length) {
    return `NOT in order: ${count(violations.length, 'violation')} (${order(found)}).`;
  }
  return open.length
    ? `In order, except ${cases(open.length)} that the records neither prove nor rule out (${order(found)}).`
    : `In order: no task began before every task accepted before it had left the line (${order(found)}).`;
};

/** The findings by kind, the worst first. Empty kinds are left out. */
export const findings = (found) =>
  [
    [count(found.violations.length, 'violation'), found.violations.map(violation)],
    [
      `${cases(found.unproven.length)} neither proven nor ruled out`,
      found.unproven.map((it) => unproven(it, found)),
    ],
    [count(found.exceptions.length, 'explained exception'), found.exceptions.map(exception)],
  ].filter(([, lines]) => lines.length > 0);
