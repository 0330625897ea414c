/** The store from the host's side: its thread, and whole traces in pieces. */
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import { startWorker } from '../threads/worker-source.ts';
import type { WorkerSource } from '../threads/worker-source.ts';
import { WorkerCalls } from '../threads/worker-calls.ts';
import type { ReadOptions, RecordSource } from '../trace/record-source.ts';
import { recordSource, wordsOf } from '../trace/record-source.ts';
import type { TraceLog } from '../trace/trace-log.ts';
import { CHUNK_RECORDS } from './trace-indexer.ts';
import type { RunSummary, StoreApi, StoreStatus } from './api.ts';

/** Records handed over at once, 4 MiB: a whole number of the store's chunks. */
const PIECE = 16 * CHUNK_RECORDS;

export class StoreClient {
  readonly #source: WorkerSource;
  readonly #folder: string;
  #calls: WorkerCalls<StoreApi>;
  #closed = false;

  constructor(source: WorkerSource, folder: string) {
    this.#source = source;
    this.#folder = folder;
    this.#calls = this.#start();
  }

  /** Never rejects: a store that cannot be asked cannot save. */
  async status(): Promise<StoreStatus> {
    try {
      return await this.call('status', {});
    } catch (error) {
      return { canRead: false, canSave: false, problem: { code: RPC_CODES.cannotSave, message: (error as Error).message } };
    }
  }

  /** A thread that died is started again: what it had acknowledged is in the database. */
  call<K extends keyof StoreApi>(method: K, params: Parameters<StoreApi[K]>[0]): Promise<ReturnType<StoreApi[K]>> {
    if (this.#closed) return Promise.reject(new RpcError({ code: RPC_CODES.cannotSave, message: 'the store is closed' }));
    if (this.#calls.isDead) this.#calls = this.#start();
    return this.#calls.call(method, params);
  }

  /** Stores a run with its trace; shown in lists only once that is complete. Resolves to false when it was there already. */
  async saveRun(summary: RunSummary, log: TraceLog): Promise<boolean> {
    const { level, records, dropped, omitted, cut = false, digest } = summary;
    // The log may grow meanwhile.
    const source = recordSource({ level, records, dropped, omitted, cut, digest }, (_piece, first) => log.read(first, Math.min(PIECE, records - first)));
    return this.saveTrace(summary, source);
  }

  /** The same of any trace. */
  async saveTrace(summary: RunSummary, trace: RecordSource, options: ReadOptions = {}): Promise<boolean> {
    const runId = await this.call('beginRun', summary);
    if (runId === null) return false;
    try {
      for await (const { words } of trace.pieces(options)) {
        const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
        await this.call('appendTrace', { runId, bytes });
      }
      await this.call('finishRun', { runId, totals: null });
      return true;
    } catch (error) {
      await this.call('abandonRun', { runId }).catch(() => undefined);
      throw error;
    }
  }

  /** Reads a trace back into `log`; throws `store-damaged` when it is not what was stored. */
  async readTrace(runId: string, log: TraceLog): Promise<RunSummary> {
    const { chunks, ...summary } = await this.call('openRun', { runId });
    for (let chunk = 0; chunk < chunks; chunk++) {
      const bytes = await this.call('readTrace', { runId, chunk });
      log.append(new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4));
    }
    const damaged = log.records !== summary.records || (summary.digest !== null && log.digest() !== summary.digest);
    if (damaged) {
      throw new RpcError({ code: 'store-damaged', message: `the trace of run ${runId} is not what was stored: its digest or its number of records differs` });
    }
    return summary;
  }

  /** A stored trace, to be read piece by piece. Throws `not-found`. */
  async traceSource(runId: string): Promise<RecordSource> {
    const { records, digest, level, dropped, omitted, cut = false } = await this.call('openRun', { runId });
    const info = { level, records, dropped, omitted, cut, digest };
    return recordSource(info, async (chunk) => wordsOf(await this.call('readTrace', { runId, chunk })));
  }

  /** Opens it again unless it can be saved to: what was wrong may be so no more. */
  async reopen(): Promise<StoreStatus> {
    const before = await this.status();
    if (before.canSave || this.#closed) return before;
    const old = this.#calls;
    await old.call('close', {}).catch(() => undefined);
    if (this.#calls === old) this.#calls = this.#start();
    await old.end();
    return this.status();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.call('close', {}).catch(() => undefined);
    this.#closed = true;
    await this.#calls.end();
  }

  #start(): WorkerCalls<StoreApi> {
    const worker = startWorker(this.#source, { workerData: { folder: this.#folder }, name: 'store' });
    return new WorkerCalls<StoreApi>(worker, RPC_CODES.cannotSave);
  }
}
