/** Where a lab's engine sits: started when it is needed, and again after it died, unless it keeps dying. */
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { WorkerSource } from '../threads/worker-source.ts';
import { EngineClient } from './engine-client.ts';
import type { EngineListener } from './engine-client.ts';

const WINDOW_MS = 60_000;
const LIMIT = 3;

export interface EngineSeatListener extends Omit<EngineListener, 'died'> {
  /** What became of it, as a sentence: what the engine died of, and whether another sits here now. */
  died(message: string): void;
}

export class EngineSeat {
  readonly #source: WorkerSource;
  readonly #listener: EngineSeatListener;
  #engine: EngineClient | null = null;
  /** When engines died within the last minute. */
  #deaths: number[] = [];
  #closed = false;

  constructor(source: WorkerSource, listener: EngineSeatListener) {
    this.#source = source;
    this.#listener = listener;
  }

  /** The engine that sits here, if one does. */
  get current(): EngineClient | null {
    return this.#engine;
  }

  take(): EngineClient {
    if (this.#closed) throw new RpcError({ code: RPC_CODES.closed, message: 'the lab is closed' });
    this.#engine ??= new EngineClient(this.#source, { ...this.#listener, died: (error) => this.#died(error) });
    return this.#engine;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#engine?.end();
  }

  #died(error: Error): void {
    this.#engine = null;
    if (this.#closed) return;
    const now = performance.now();
    this.#deaths = [...this.#deaths.filter((time) => now - time < WINDOW_MS), now];
    const again = this.#deaths.length < LIMIT;
    if (again) this.take();
    const what = again ? 'It was started again' : 'It stopped three times in a minute and is started again when it is needed';
    this.#listener.died(`The engine stopped: ${error.message}. ${what}`);
  }
}
