/** Sessions: the versions of their documents, what is noted about them, and the journal of what was done in them. */
import { randomUUID } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import type { Action, Documents, JournalState, Session, StoredRun, Version } from '../../protocol/contract.ts';
import { DOCUMENT_NAMES, RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { OpenedSession, SavedDocuments, Saving, WorkingDocuments } from './api.ts';
import { Journal } from './journal/journal.ts';
import type { WorkingState } from './journal/working-state.ts';
import { isAlive } from '../process-alive.ts';
import { ftsQuery } from './search.ts';

type DocumentRow = Documents & { readonly version: number };
type SessionRow = Omit<Session, 'tags'> & { readonly tags: string };

const ROW = `
  SELECT session.id, session.title, session.saved, session.tags, (SELECT count(*) FROM run WHERE run.session_id = session.id AND complete = 1) AS runs
  FROM session`;

const LIST = `${ROW} WHERE arriving IS NULL ORDER BY saved DESC, rowid DESC`;

const FOUND = `${ROW} JOIN session_text AS text ON text.session_id = session.id WHERE session_text MATCH ? AND arriving IS NULL ORDER BY text.rank, session.saved DESC`;

const NEWEST = `SELECT version, host, guest, steps FROM document WHERE session_id = ? ORDER BY version DESC LIMIT 1`;

const RUNS = `
  SELECT id, finished AS "when", digest, records, transactions, faults, level, dropped, omitted, cut FROM run
  WHERE session_id = ? AND complete = 1 ORDER BY finished DESC, rowid DESC`;

const UNTITLED = 'Untitled lab';
const VERSION_OF = 'SELECT version FROM document WHERE session_id = ? AND host = ? AND guest = ? AND steps = ? ORDER BY version DESC LIMIT 1';

export class Sessions {
  readonly #db: Database;
  readonly #journal: Journal;

  constructor(db: Database) {
    this.#db = db;
    this.#journal = new Journal(db);
  }

  /** Newest first; with `search` those with its words, the best first. */
  list(search: string | null): Session[] {
    const query = search === null ? null : ftsQuery(search);
    const rows = query === null ? this.#db.prepare<[], SessionRow>(LIST).all() : this.#db.prepare<[string], SessionRow>(FOUND).all(query);
    return rows.map(({ tags, ...row }) => ({ ...row, tags: JSON.parse(tags) as string[] }));
  }

  save({ id, title, documents, began = documents, when, after, arriving = false }: Saving): SavedDocuments {
    return this.#write(() => {
      if (id === null) return this.#create(title ?? UNTITLED, documents, began, when, arriving);
      if (after !== undefined) this.#journal.refuseEditsSince(id, after);
      return this.#update(id, title, documents, when);
    });
  }

  arrived(id: string): void {
    if (this.#db.prepare('UPDATE session SET arriving = NULL WHERE id = ?').run(id).changes === 0) throw noSession(id);
  }

  /** Removes what a process that is gone was still importing. */
  sweep(): void {
    const halves = this.#db.prepare<[], { id: string; arriving: number }>('SELECT id, arriving FROM session WHERE arriving IS NOT NULL').all();
    for (const { id, arriving } of halves) if (!isAlive(arriving)) this.remove(id);
  }

  versionOf(id: string, documents: Documents, when: string): number {
    return this.#write(() => {
      const { host, guest, steps } = documents;
      const there = this.#db.prepare<string[], number>(VERSION_OF).pluck().get(id, host, guest, steps);
      if (there !== undefined) return there;
      const newest = this.#newest(id);
      if (newest === undefined) throw noSession(id);
      this.#addVersion(id, newest.version + 1, documents, when);
      this.#db.prepare('UPDATE session SET saved = ? WHERE id = ?').run(when, id);
      this.#describe(id, this.#journal.state(id));
      return newest.version + 1;
    });
  }

  /** As it was left: the documents are those of the last action, saved or not. */
  open(id: string): OpenedSession {
    const session = this.#db.prepare<[string], { layout: string | null }>('SELECT layout FROM session WHERE id = ?').get(id);
    const newest = this.#newest(id);
    if (session === undefined || newest === undefined) throw noSession(id);
    const { title, notes, tags, documents } = this.#journal.state(id);
    const runs = this.#db.prepare<[string], Omit<StoredRun, 'cut'> & { readonly cut: number }>(RUNS).all(id).map((run) => ({ ...run, cut: run.cut === 1 }));
    return { id, version: newest.version, title, notes, tags, documents, layout: session.layout, journal: this.#journal.summary(id), runs };
  }

  versions(id: string): Version[] {
    const versions = this.#db.prepare<[string], Version>('SELECT version, saved AS "when" FROM document WHERE session_id = ? ORDER BY version DESC').all(id);
    if (versions.length === 0) throw noSession(id);
    return versions;
  }

  version(id: string, version: number): Documents {
    const row = this.#db.prepare<[string, number], Documents>('SELECT host, guest, steps FROM document WHERE session_id = ? AND version = ?').get(id, version);
    if (row === undefined) throw new RpcError({ code: RPC_CODES.notFound, message: `no version ${version} of session ${id} in the store` });
    return row;
  }

  append(id: string, after: number, actions: readonly Action[], when: string, follow = false): JournalState {
    return this.#write(() => {
      const state = this.#journal.append(id, after, actions, when, follow);
      if (actions.some(({ kind }) => kind !== 'edit' && kind !== 'did')) this.#describe(id, this.#journal.state(id));
      return state;
    });
  }

  move(id: string, kind: 'undo' | 'redo', when: string): WorkingDocuments {
    return this.#write(() => {
      const state = this.#journal.move(id, kind, when);
      this.#describe(id, state);
      const { title, notes, tags, documents } = state;
      return { title, notes, tags, documents, journal: this.#journal.summary(id) };
    });
  }

  journalLines(id: string): string[] {
    return this.#db.prepare("SELECT json_object('number', number, 'at', at, 'action', json(action)) FROM action WHERE session_id = ? ORDER BY number").pluck().all(id) as string[];
  }

  setLayout(id: string, layout: string): void {
    if (this.#db.prepare('UPDATE session SET layout = ? WHERE id = ?').run(layout, id).changes === 0) throw noSession(id);
  }

  /** With its versions, journal, runs and bookmarks. */
  remove(id: string): void {
    this.#write(() => {
      this.#db.prepare('DELETE FROM session_text WHERE session_id = ?').run(id);
      if (this.#db.prepare('DELETE FROM session WHERE id = ?').run(id).changes === 0) throw noSession(id);
    });
  }

  #create(title: string, documents: Documents, began: Documents, when: string, arriving: boolean): SavedDocuments {
    const id = randomUUID();
    this.#db.prepare('INSERT INTO session (id, title, created, saved, arriving) VALUES (?, ?, ?, ?, ?)').run(id, title, when, when, arriving ? process.pid : null);
    this.#addVersion(id, 1, documents, when);
    this.#journal.begin(id, title, began);
    if (DOCUMENT_NAMES.some((name) => began[name] !== documents[name])) this.#journal.saved(id, 1, title, documents, when);
    this.#describe(id, this.#journal.state(id));
    return { id, version: 1, last: this.#journal.summary(id).last };
  }

  #update(id: string, named: string | null, documents: Documents, when: string): SavedDocuments {
    const newest = this.#newest(id);
    if (newest === undefined) throw noSession(id);
    const same = isSame(newest, documents);
    const version = same ? newest.version : newest.version + 1;
    const state = this.#journal.state(id);
    const title = named ?? state.title;
    if (!same) {
      this.#addVersion(id, version, documents, when);
      this.#db.prepare('UPDATE session SET saved = ? WHERE id = ?').run(when, id);
    }
    if (!same || state.title !== title || state.last > state.saved) this.#journal.saved(id, version, title, documents, when);
    this.#describe(id, state);
    return { id, version, last: state.last };
  }

  /** What lists show and searches find follows the journal; of the documents the version saved last is searched. */
  #describe(id: string, { title, notes, tags }: WorkingState): void {
    const words = JSON.stringify(tags);
    this.#db.prepare('UPDATE session SET title = ?, notes = ?, tags = ? WHERE id = ?').run(title, notes, words, id);
    this.#db.prepare('DELETE FROM session_text WHERE session_id = ?').run(id);
    const { host, guest, steps } = this.#newest(id)!;
    this.#db
      .prepare('INSERT INTO session_text (session_id, title, notes, tags, host, guest, steps) VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(id, title, notes, tags.join(' '), host, guest, steps);
  }

  #newest(id: string): DocumentRow | undefined {
    return this.#db.prepare<[string], DocumentRow>(NEWEST).get(id);
  }

  #addVersion(id: string, version: number, { host, guest, steps }: Documents, when: string): void {
    this.#db
      .prepare('INSERT INTO document (session_id, version, host, guest, steps, saved) VALUES (?, ?, ?, ?, ?, ?)')
      .run(id, version, host, guest, steps, when);
  }

  #write<T>(work: () => T): T {
    try {
      return this.#db.transaction(work).immediate();
    } catch (error) {
      this.#journal.forget();
      throw error;
    }
  }
}

const isSame = (a: Documents, b: Documents): boolean => a.host === b.host && a.guest === b.guest && a.steps === b.steps;

const noSession = (id: string): RpcError => new RpcError({ code: RPC_CODES.notFound, message: `no session ${id} in the store` });
