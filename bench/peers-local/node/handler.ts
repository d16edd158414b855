// The handler of a worker: nothing, or a request to the receiver on a connection that is kept.

import { Agent, request } from 'node:http';

import { done, go, type Options } from './program.ts';

export class Handler {
  readonly #url: string | null;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #completed = 0;
  #tasks = 0;

  constructor(options: Options) {
    this.#url = options.handler;
  }

  /** Waits until tasks may be handled. */
  async go(): Promise<void> {
    this.#tasks = await go();
  }

  /** Rejects if the receiver does not answer with a 2xx. */
  async handle(body: string | Buffer): Promise<void> {
    if (this.#url !== null) await this.#post(this.#url, body);
  }

  /** Counts a task that the system knows to be completed. */
  completed(): void {
    this.#completed += 1;
    if (this.#completed === this.#tasks) done();
  }

  #post(url: string, body: string | Buffer): Promise<void> {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const post = request(url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        response.resume();
        const status = response.statusCode ?? 0;
        response.on('end', () => (status >= 200 && status < 300 ? resolve() : reject(new Error(`HTTP ${status}`))));
      });
      post.on('error', reject);
      post.end(body);
    });
  }
}
