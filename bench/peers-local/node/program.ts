// What the harness and a program say to each other: options, `ready`, how many tasks, `done`.

import { stdin } from 'node:process';
import { createInterface } from 'node:readline';

const lines = createInterface({ input: stdin })[Symbol.asyncIterator]();

export interface Options {
  /** Where the system listens. */
  port: number;
  /** How many clients submit at once. */
  clients: number;
  /** What they submit. */
  bodies: string[];
  /** The HTTP receiver; null is the trivial handler. */
  handler: string | null;
  /** Where a worker listens that the system calls. */
  workerPort: number;
}

export async function line(): Promise<string> {
  const { value, done } = await lines.next();
  if (done) throw new Error('the harness has ended');
  return value;
}

/** Waits for the start. After how many tasks to say `done`; 0 is without an end. */
export async function go(): Promise<number> {
  console.log('ready');
  return Number(await line());
}

export const done = (): void => console.log('done');

/** Calls `submit` for each body, from as many clients as the options say. */
export async function submitAll(options: Options, submit: (client: number, body: string) => Promise<unknown>): Promise<void> {
  const bodies = options.bodies.values();
  await go();
  const clients = Array.from({ length: options.clients }, async (_, client) => {
    for (const body of bodies) await submit(client, body);
  });
  await Promise.all(clients);
  done();
}
