// Waits for a condition, and says which one never came true.
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE = 60_000;

export const until = async (what, condition) => {
  const end = Date.now() + PATIENCE;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`never so: ${what}`);
    await pause(20);
  }
};
