/** Runs and their traces: 64-byte records, deflated chunk by chunk. A run is seen only when its trace is complete. */
import { randomUUID } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Database } from 'better-sqlite3';
import { RECORD_BYTES } from '../../model/trace/record.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { RunSummary } from './api.ts';

/** Records of one chunk: 256 KiB before deflating. */
export const CHUNK_RECORDS = 4096;
/** Level 1: a quarter of the size at full speed; higher levels cost more than they save (speed.md 6). */
const DEFLATE = { level: 1 } as const;

const INSERT = `
  INSERT INTO run (id, session_id, version, finished, digest, records, transactions, faults, details, writer)
  VALUES (@id, @sessionId, @version, @when, @digest, @records, @transactions, @faults, @details, @writer)`;

const RENEW = `
  UPDATE run SET finished = @when
  WHERE session_id = @sessionId AND version = @version AND digest = @digest AND complete = 1`;

const SELECT = `
  SELECT session_id AS sessionId, version, finished AS "when", digest, records, transactions, faults, details,
    (SELECT count(*) FROM chunk WHERE run_id = run.id) AS chunks
  FROM run WHERE id = ? AND complete = 1`;

export class Runs {
  readonly #db: Database;
  /** Chunks written so far of each run that is being written. */
  readonly #written = new Map<string, number>();

  constructor(db: Database) {
    this.#db = db;
  }

  begin(run: RunSummary): string | null {
    if (run.digest !== null && this.#db.prepare(RENEW).run(run).changes > 0) return null;
    const id = randomUUID();
    this.#db.prepare(INSERT).run({ ...run, id, writer: process.pid });
    this.#written.set(id, 0);
    return id;
  }

  append(runId: string, bytes: Uint8Array): void {
    let number = this.#written.get(runId);
    if (number === undefined) throw noRun(runId);
    const insert = this.#db.prepare('INSERT INTO chunk (run_id, number, records, data) VALUES (?, ?, ?, ?)');
    const chunkBytes = CHUNK_RECORDS * RECORD_BYTES;
    this.#db
      .transaction(() => {
        for (let at = 0; at < bytes.byteLength; at += chunkBytes) {
          const chunk = bytes.subarray(at, at + chunkBytes);
          insert.run(runId, number!++, chunk.byteLength / RECORD_BYTES, deflateRawSync(chunk, DEFLATE));
        }
      })
      .immediate();
    this.#written.set(runId, number);
  }

  finish(runId: string): void {
    if (!this.#written.delete(runId)) throw noRun(runId);
    this.#db.prepare('UPDATE run SET complete = 1 WHERE id = ?').run(runId);
  }

  open(runId: string): RunSummary & { readonly chunks: number } {
    const row = this.#db.prepare<[string], RunSummary & { readonly chunks: number }>(SELECT).get(runId);
    if (row === undefined) throw noRun(runId);
    return row;
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

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const noRun = (id: string): RpcError => new RpcError({ code: RPC_CODES.notFound, message: `no run ${id} in the store` });

const damaged = (id: string, chunk: number, why: string): RpcError =>
  new RpcError({ code: 'store-damaged', message: `chunk ${chunk} of the trace of run ${id} cannot be read: ${why}` });
