/** The engine's thread from the host's side: calls, and the trace that comes out of them. */
import type { Transferable } from 'node:worker_threads';
import { ringBytes, TraceRing } from '../../model/trace/ring.ts';
import { RPC_CODES } from '../../protocol/errors.ts';
import { startWorker } from '../threads/worker-source.ts';
import type { WorkerSource } from '../threads/worker-source.ts';
import { WorkerCalls } from '../threads/worker-calls.ts';
import { Drain } from '../trace/drain.ts';
import type { EngineApi, EngineWorkerData, Progress } from './api.ts';

/** Records in the ring, 4 MiB: what the engine makes in some 20 ms of uninterrupted walking. */
const RING_RECORDS = 65_536;

export interface EngineListener {
  /** Records, valid during the call only. Throwing ends the engine. */
  records(words: Int32Array): void;
  progress(progress: Progress): void;
  /** The thread is gone although nobody ended it. */
  died(error: Error): void;
}

export class EngineClient {
  readonly #calls: WorkerCalls<EngineApi, Progress>;
  readonly #ring: TraceRing;
  readonly #drain: Drain;
  /** Calls under way: while there are any, records may come. */
  #active = 0;
  #ended = false;

  constructor(source: WorkerSource, listener: EngineListener) {
    const buffer = new SharedArrayBuffer(ringBytes(RING_RECORDS));
    this.#ring = new TraceRing(buffer);
    const worker = startWorker(source, { workerData: { ring: buffer } satisfies EngineWorkerData, name: 'engine' });
    this.#calls = new WorkerCalls<EngineApi, Progress>(worker, RPC_CODES.engineCrashed, (progress) => listener.progress(progress));
    this.#drain = new Drain(this.#ring, (words) => listener.records(words), (error) => {
      void this.#terminate().then(() => listener.died(error as Error));
    });
    void this.#calls.dead.then((error) => {
      if (this.#ended) return;
      this.#drain.stop();
      listener.died(error);
    });
  }

  get dropped(): number {
    return this.#ring.dropped;
  }

  /** When it resolves, every record that the call made has been handed to the listener. */
  async call<K extends keyof EngineApi>(
    method: K,
    params: Parameters<EngineApi[K]>[0],
    transfer: readonly Transferable[] = [],
  ): Promise<ReturnType<EngineApi[K]>> {
    this.#active++;
    this.#drain.start();
    try {
      return await this.#calls.call(method, params, transfer);
    } finally {
      this.#active--;
      this.#drain.takeAll();
      if (this.#active === 0) this.#drain.stop();
    }
  }

  async end(): Promise<void> {
    await this.#terminate();
  }

  async #terminate(): Promise<void> {
    this.#ended = true;
    this.#drain.stop();
    this.#ring.close();
    await this.#calls.end();
  }
}
