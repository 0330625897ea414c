/** The database as a whole: its size, whether it is sound, a sound copy of it, and traces that the user lets go. */
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import type { StoreSize } from '../../protocol/contract.ts';
import { RpcError } from '../../protocol/errors.ts';

/** Complaints of SQLite that are handed on. */
const MAX_COMPLAINTS = 20;

export class Upkeep {
  readonly #db: Database;
  readonly #file: string;

  constructor(db: Database, file: string) {
    this.#db = db;
    this.#file = file;
  }

  size(): StoreSize {
    const number = (sql: string): number => this.#db.prepare(sql).pluck().get() as number;
    const file = this.#file;
    const ofFile = (suffix: string): number => statSync(`${file}${suffix}`, { throwIfNoEntry: false })?.size ?? 0;
    const traces = number('SELECT coalesce(sum(length(data)), 0) FROM chunk') + number('SELECT coalesce(sum(length(data)), 0) FROM transaction_chunk');
    const free = (this.#db.pragma('freelist_count', { simple: true }) as number) * (this.#db.pragma('page_size', { simple: true }) as number);
    return { file, bytes: ofFile('') + ofFile('-wal'), traces, free, sessions: number('SELECT count(*) FROM session WHERE arriving IS NULL'), runs: number('SELECT count(*) FROM run WHERE complete = 1') };
  }

  /** What SQLite finds wrong with the whole file; nothing when it is sound. Takes some time. */
  check(): string[] {
    const complaints = this.#db.pragma(`integrity_check(${MAX_COMPLAINTS})`) as { integrity_check: string }[];
    const rows = complaints.map(({ integrity_check }) => integrity_check).filter((line) => line !== 'ok');
    const foreign = this.#db.pragma('foreign_key_check') as { table: string; parent: string }[];
    return [...rows, ...foreign.slice(0, MAX_COMPLAINTS).map(({ table, parent }) => `a row of ${table} belongs to none of ${parent}`)];
  }

  /** A copy of all that can be read, in a new file; nothing is written over. */
  copyTo(file: string): void {
    if (existsSync(file)) throw new RpcError({ code: 'file-exists', message: `${file} exists already`, at: { file } });
    const half = `${file}.part`;
    rmSync(half, { force: true });
    try {
      this.#db.prepare('VACUUM INTO ?').run(half);
      renameSync(half, file);
    } catch (error) {
      rmSync(half, { force: true });
      throw error;
    }
  }

  /** Removes runs with their traces and gives their room back. Returns how many there were. */
  prune(runIds: readonly string[]): number {
    const remove = this.#db.prepare('DELETE FROM run WHERE id = ? AND complete = 1');
    const removed = this.#db.transaction(() => runIds.reduce((sum, id) => sum + remove.run(id).changes, 0)).immediate();
    if (removed > 0) {
      this.#db.exec('VACUUM');
      this.#db.pragma('wal_checkpoint(TRUNCATE)');
    }
    return removed;
  }
}
