// What the harness and a program say to each other: `ready`, `go`, `done`.

import { once } from 'node:events';
import { stdin } from 'node:process';

export interface Options {
  /** Where the system listens. */
  port: number;
  /** A database, where the system has one. */
  database: string;
  /** How many tasks are submitted, or handled until `done`; 0 is without an end. */
  tasks: number;
  /** How many clients submit at once. */
  clients: number;
  /** What they submit. */
  bodies: string[];
  /** The HTTP receiver; null is the trivial handler. */
  handler: string | null;
}

export async function go(): Promise<void> {
  console.log('ready');
  await once(stdin, 'data');
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
