import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { CaseName } from './cases.ts';

/** One case in its own thread. */
export class Runner {
  readonly #worker: Worker;
  /** Sum of the addresses of one batch, in hex. */
  sum = '';

  constructor(file: string, name: CaseName) {
    this.#worker = new Worker(file, { workerData: { name } });
  }

  async ready(): Promise<void> {
    [this.sum] = (await once(this.#worker, 'message')) as [string];
  }

  async round(seconds: number): Promise<number> {
    this.#worker.postMessage(seconds);
    const [ns] = (await once(this.#worker, 'message')) as [number];
    return ns;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
