// Waits for a condition; the error names the condition that never became true.
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE = 60_000;

export const until = async (what, condition) => {
  const end = Date.now() + PATIENCE;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`never true: ${what}`);
    await pause(20);
  }
};
