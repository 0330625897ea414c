/** The store as its thread has it: open or not, every call answered or refused with the reason. */
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { LabError } from '../../model/base/result.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { Served } from '../threads/worker-calls.ts';
import type { StoreApi } from './api.ts';
import { Bookmarks } from './bookmarks.ts';
import { DATABASE_FILE, loadSqlite, openDatabase, reasonOf } from './database.ts';
import { MIGRATIONS } from './migrations.ts';
import { Runs } from './runs.ts';
import { Sessions } from './sessions.ts';
import { Upkeep } from './upkeep.ts';

interface Opened {
  readonly db: Database | null;
  /** Why it is not open, or may not be written. */
  readonly problem: LabError | null;
}

async function open(folder: string): Promise<Opened> {
  const sqlite = await loadSqlite();
  if (!sqlite.ok) return { db: null, problem: sqlite.error };
  const database = openDatabase(sqlite.value, folder, MIGRATIONS);
  if (!database.ok) return { db: null, problem: database.error };
  return { db: database.value.db, problem: database.value.readOnly };
}

/** Opens the database of `folder` and returns the calls on it. Never fails: what cannot be done is said by `status`. */
export async function createStore(folder: string): Promise<Served<StoreApi>> {
  const { db, problem } = await open(folder);
  const sessions = db === null ? null : new Sessions(db);
  const runs = db === null ? null : new Runs(db);
  const bookmarks = db === null ? null : new Bookmarks(db);
  const upkeep = db === null ? null : new Upkeep(db, join(folder, DATABASE_FILE));
  const refuse = (): RpcError => new RpcError({ code: RPC_CODES.cannotSave, message: problem?.message ?? 'the store is closed' });

  const reading = <P, R, T>(part: T | null, work: (part: T, params: P) => R) => (params: P): R => {
    if (part === null) throw refuse();
    try {
      return work(part, params);
    } catch (error) {
      throw error instanceof RpcError ? error : asStoreError(error);
    }
  };
  const writing = <P, R, T>(part: T | null, work: (part: T, params: P) => R) => reading(problem === null ? part : null, work);
  if (problem === null) {
    runs?.sweep();
    sessions?.sweep();
  }

  return {
    status: () => ({ canRead: db !== null, canSave: db !== null && problem === null, problem }),
    listSessions: reading(sessions, (part, { search }) => part.list(search)),
    open: reading(sessions, (part, { id }) => part.open(id)),
    versions: reading(sessions, (part, { id }) => part.versions(id)),
    version: reading(sessions, (part, { id, version }) => part.version(id, version)),
    journalLines: reading(sessions, (part, { id }) => part.journalLines(id)),
    listBookmarks: reading(bookmarks, (part, { id }) => part.list(id)),
    size: reading(upkeep, (part) => part.size()),
    check: reading(upkeep, (part) => part.check()),
    copyTo: reading(upkeep, (part, { file }) => void part.copyTo(file)),
    openRun: reading(runs, (part, { runId }) => part.open(runId)),
    readTrace: reading(runs, (part, { runId, chunk }) => part.read(runId, chunk)),
    save: writing(sessions, (part, params) => part.save(params)),
    arrived: writing(sessions, (part, { id }) => void part.arrived(id)),
    versionOf: writing(sessions, (part, { id, documents, when }) => part.versionOf(id, documents, when)),
    removeSession: writing(sessions, (part, { id }) => void part.remove(id)),
    setLayout: writing(sessions, (part, { id, layout }) => void part.setLayout(id, layout)),
    appendActions: writing(sessions, (part, { id, after, actions, follow, when }) => part.append(id, after, actions, when, follow)),
    moveJournal: writing(sessions, (part, { id, kind, when }) => part.move(id, kind, when)),
    addBookmark: writing(bookmarks, (part, { id, runId, place, note, when }) => part.add(id, runId, place, note, when)),
    noteBookmark: writing(bookmarks, (part, { id, note }) => void part.note(id, note)),
    removeBookmark: writing(bookmarks, (part, { id }) => void part.remove(id)),
    prune: writing(upkeep, (part, { runIds }) => part.prune(runIds)),
    beginRun: writing(runs, (part, run) => part.begin(run)),
    appendTrace: writing(runs, (part, { runId, bytes }) => void part.append(runId, bytes)),
    finishRun: writing(runs, (part, { runId, totals }) => void part.finish(runId, totals)),
    abandonRun: writing(runs, (part, { runId }) => void part.abandon(runId)),
    close: () => void db?.close(),
  };
}

function asStoreError(error: unknown): unknown {
  const code: unknown = (error as { code?: unknown }).code;
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return error;
  return new RpcError({ code: code === 'SQLITE_CORRUPT' ? 'store-damaged' : 'store-failed', message: `the store: ${reasonOf(error)}` });
}
