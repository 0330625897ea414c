/** Runs and their traces: 64-byte records, deflated chunk by chunk. A run is seen only when its trace is complete. */
import { randomUUID } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import type { Database } from 'better-sqlite3';
import { RECORD_BYTES } from '../../model/trace/record.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import { wordsOf } from '../trace/record-source.ts';
import type { RunSummary, StoredSummary, TraceTotals } from './api.ts';
import { TraceIndexer } from './trace-indexer.ts';
import { isAlive } from '../process-alive.ts';

const INSERT = `
  INSERT INTO run (id, session_id, version, finished, digest, records, transactions, faults, details, writer, level, dropped, omitted, cut, indexed)
  VALUES (@id, @sessionId, @version, @when, @digest, @records, @transactions, @faults, @details, @writer, @level, @dropped, @omitted, @cut, 1)`;

const LAST = 'SELECT max(finished) FROM run WHERE session_id = ? AND complete = 1';

const RENEW = `
  UPDATE run SET finished = @when
  WHERE session_id = @sessionId AND version = @version AND digest = @digest AND complete = 1`;

const SELECT = `
  SELECT session_id AS sessionId, version, finished AS "when", digest, records, transactions, faults, details, level, dropped, omitted, cut,
    (SELECT count(*) FROM chunk WHERE run_id = run.id) AS chunks
  FROM run WHERE id = ? AND complete = 1`;

const TOTALS = `
  UPDATE run SET records = @records, transactions = @transactions, faults = @faults, digest = @digest, dropped = @dropped, omitted = @omitted
  WHERE id = @runId`;

export class Runs {
  readonly #db: Database;
  /** Of each run that is being written. */
  readonly #writing = new Map<string, TraceIndexer>();

  constructor(db: Database) {
    this.#db = db;
  }

  begin(given: RunSummary): string | null {
    const run = { ...given, when: this.#after(given) };
    if (run.digest !== null && this.#db.prepare(RENEW).run(run).changes > 0) return null;
    const id = randomUUID();
    this.#db.prepare(INSERT).run({ ...run, id, writer: process.pid, cut: run.cut === true ? 1 : 0 });
    this.#writing.set(id, new TraceIndexer(this.#db, id));
    return id;
  }

  /** When it finished; at the earliest behind the session's last: the newest is the one that was kept last, whatever the clock says. */
  #after({ sessionId, when }: RunSummary): string {
    const last = this.#db.prepare<[string], string | null>(LAST).pluck().get(sessionId) ?? null;
    return last === null || last < when ? when : new Date(Date.parse(last) + 1).toISOString();
  }

  append(runId: string, bytes: Uint8Array): void {
    const indexer = this.#indexer(runId);
    this.#db.transaction(() => indexer.add(wordsOf(bytes))).immediate();
  }

  /** The summary is what the trace turned out to be; from here on the run is seen. */
  finish(runId: string, totals: TraceTotals | null): void {
    const indexer = this.#indexer(runId);
    this.#db
      .transaction(() => {
        indexer.finish();
        if (totals !== null) this.#db.prepare(TOTALS).run({ ...totals, runId });
        this.#db.prepare('UPDATE run SET complete = 1 WHERE id = ?').run(runId);
      })
      .immediate();
    this.#writing.delete(runId);
  }

  /** What was written of a run that will not be finished. */
  abandon(runId: string): void {
    this.#writing.delete(runId);
    this.#db.prepare('DELETE FROM run WHERE id = ? AND complete = 0').run(runId);
  }

  #indexer(runId: string): TraceIndexer {
    const indexer = this.#writing.get(runId);
    if (indexer === undefined) throw noRun(runId);
    return indexer;
  }

  open(runId: string): StoredSummary {
    const row = this.#db.prepare<[string], Omit<StoredSummary, 'cut'> & { readonly cut: number }>(SELECT).get(runId);
    if (row === undefined) throw noRun(runId);
    return { ...row, cut: row.cut === 1 };
  }

  /** Inflates one chunk; a size that is not that of its records is damage, told by code `store-damaged`. */
  read(runId: string, number: number): Uint8Array {
    const row = this.#db
      .prepare<[string, number], { records: number; data: Buffer }>('SELECT records, data FROM chunk WHERE run_id = ? AND number = ?')
      .get(runId, number);
    if (row === undefined) throw damaged(runId, number, 'it is missing');
    const expected = row.records * RECORD_BYTES;
    try {
      const bytes = inflateRawSync(row.data, { maxOutputLength: expected });
      if (bytes.byteLength === expected) return new Uint8Array(bytes);
    } catch (error) {
      throw damaged(runId, number, (error as Error).message);
    }
    throw damaged(runId, number, `expected ${row.records} records`);
  }

  /** Removes what a writer that is gone left half-written. */
  sweep(): void {
    const halves = this.#db.prepare<[], { id: string; writer: number }>('SELECT id, writer FROM run WHERE complete = 0').all();
    const remove = this.#db.prepare('DELETE FROM run WHERE id = ?');
    for (const { id, writer } of halves) if (!isAlive(writer)) remove.run(id);
  }
}

const noRun = (id: string): RpcError => new RpcError({ code: RPC_CODES.notFound, message: `no run ${id} in the store` });

const damaged = (id: string, chunk: number, why: string): RpcError =>
  new RpcError({ code: 'store-damaged', message: `chunk ${chunk} of the trace of run ${id} cannot be read: ${why}` });
