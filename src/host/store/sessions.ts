/** Sessions and the versions of their documents. */
import { randomUUID } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import type { Documents, Session, StoredRun } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { OpenedSession, SavedDocuments } from './api.ts';

type DocumentRow = Documents & { readonly version: number };

const LIST = `
  SELECT id, title, saved, (SELECT count(*) FROM run WHERE run.session_id = session.id AND complete = 1) AS runs
  FROM session ORDER BY saved DESC, rowid DESC`;

const NEWEST = `SELECT version, host, guest, steps FROM document WHERE session_id = ? ORDER BY version DESC LIMIT 1`;

const RUNS = `
  SELECT id, finished AS "when", digest, records, transactions, faults FROM run
  WHERE session_id = ? AND complete = 1 ORDER BY finished DESC, rowid DESC`;

export class Sessions {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  list(): Session[] {
    return this.#db.prepare<[], Session>(LIST).all();
  }

  save(id: string | null, title: string, documents: Documents, when: string): SavedDocuments {
    return this.#db
      .transaction(() => (id === null ? this.#create(title, documents, when) : this.#update(id, title, documents, when)))
      .immediate();
  }

  open(id: string): OpenedSession {
    const session = this.#db.prepare<[string], { title: string }>('SELECT title FROM session WHERE id = ?').get(id);
    const newest = this.#newest(id);
    if (session === undefined || newest === undefined) throw noSession(id);
    const { version, ...documents } = newest;
    return { id, version, title: session.title, documents, runs: this.#db.prepare<[string], StoredRun>(RUNS).all(id) };
  }

  #create(title: string, documents: Documents, when: string): SavedDocuments {
    const id = randomUUID();
    this.#db.prepare('INSERT INTO session (id, title, created, saved) VALUES (?, ?, ?, ?)').run(id, title, when, when);
    this.#addVersion(id, 1, documents, when);
    return { id, version: 1 };
  }

  #update(id: string, title: string, documents: Documents, when: string): SavedDocuments {
    const newest = this.#newest(id);
    if (newest === undefined) throw noSession(id);
    const same = newest.host === documents.host && newest.guest === documents.guest && newest.steps === documents.steps;
    this.#db.prepare('UPDATE session SET title = ?, saved = iif(?, saved, ?) WHERE id = ?').run(title, same ? 1 : 0, when, id);
    if (same) return { id, version: newest.version };
    this.#addVersion(id, newest.version + 1, documents, when);
    return { id, version: newest.version + 1 };
  }

  #newest(id: string): DocumentRow | undefined {
    return this.#db.prepare<[string], DocumentRow>(NEWEST).get(id);
  }

  #addVersion(id: string, version: number, { host, guest, steps }: Documents, when: string): void {
    this.#db
      .prepare('INSERT INTO document (session_id, version, host, guest, steps, saved) VALUES (?, ?, ?, ?, ?, ?)')
      .run(id, version, host, guest, steps, when);
  }
}

const noSession = (id: string): RpcError => new RpcError({ code: RPC_CODES.notFound, message: `no session ${id} in the store` });
