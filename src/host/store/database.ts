/** Opening the database: what it may be instead of ours, and what to say then. */
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { LabError, Result } from '../../model/base/result.ts';
import { fail, ok } from '../../model/base/result.ts';
import { APPLICATION_ID, migrate } from './migrations.ts';

/** Code of a runtime that cannot load SQLite. */
export const STORE_UNSUPPORTED = 'store-unsupported';
export const DATABASE_FILE = 'lab.sqlite3';
/** better-sqlite3 13 is built for this Node-API; on an older one loading it ends the process. */
const NODE_API = 10;
/** How long another instance may hold the database before we give up. */
const BUSY_MS = 2000;
/** A file up to this size is checked whole when it is opened: about 0.1 s. */
const CHECK_BYTES = 64 * 1024 * 1024;

/** A file up to this size is read into memory where it cannot be opened. */
const MEMORY_BYTES = 256 * 1024 * 1024;
/** Where a file says whether it has a write-ahead log: 2, or 1. */
const JOURNAL_VERSIONS = 18;
/** The disk is full, or may not be written. */
const NO_ROOM = /^SQLITE_(FULL|READONLY|CANTOPEN|PERM|IOERR)/;

export type Sqlite = new (path: string | Buffer, options?: { readonly?: boolean; timeout?: number }) => Database;

export interface OpenDatabase {
  readonly db: Database;
  /** Why nothing may be written, when that is so. */
  readonly readOnly: LabError | null;
}

/** Loads SQLite if this runtime can, without trying where trying would crash. */
export async function loadSqlite(nodeApi: string | undefined = process.versions['napi']): Promise<Result<Sqlite>> {
  if (Number(nodeApi ?? 0) < NODE_API) {
    return fail(STORE_UNSUPPORTED, `saving needs Node-API ${NODE_API} (Node 22.14 or newer); this runtime has ${nodeApi ?? 'none'}`);
  }
  try {
    return ok((await import('better-sqlite3')).default as unknown as Sqlite);
  } catch (error) {
    return fail(STORE_UNSUPPORTED, `SQLite cannot be loaded: ${(error as Error).message}`);
  }
}

/** Opens or creates the database in `folder`. A file that is not ours, or from a newer version, is never changed. */
export function openDatabase(sqlite: Sqlite, folder: string, migrations: readonly string[]): Result<OpenDatabase> {
  const path = join(folder, DATABASE_FILE);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    return fail('store-folder', `the folder for sessions cannot be made: ${(error as Error).message}`, { file: folder });
  }
  let db: Database | null = null;
  try {
    db = new sqlite(path, { timeout: BUSY_MS });
    const stranger = strangeness(db, migrations.length);
    if (stranger?.code === 'store-newer' || stranger?.code === 'store-damaged') {
      db.close();
      return ok({ db: new sqlite(path, { readonly: true, timeout: BUSY_MS }), readOnly: { ...stranger, at: { file: path } } });
    }
    if (stranger !== null) {
      db.close();
      return { ok: false, error: { ...stranger, at: { file: path } } };
    }
    prepare(db, migrations);
    return ok({ db, readOnly: null });
  } catch (error) {
    db?.close();
    const reason = reasonOf(error);
    const copy = copyInMemory(sqlite, path, migrations.length, error);
    if (copy === null) return fail('store-unopened', `${path}: ${reason}`, { file: path });
    return ok({ db: copy, readOnly: { code: 'store-unwritable', message: `${path}: ${reason}: its sessions can be opened, not saved`, at: { file: path } } });
  }
}

/**
 * On a full or read-only disk SQLite has no room for what it keeps beside the file, even to read it: what it is read as then is a copy.
 * Null: `cause` is another, or it cannot be read so.
 */
export function copyInMemory(sqlite: Sqlite, path: string, known: number, cause: unknown): Database | null {
  if (!NO_ROOM.test(String((cause as { code?: unknown }).code))) return null;
  let db: Database | null = null;
  try {
    if (statSync(path).size > MEMORY_BYTES || (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) return null;
    const bytes = readFileSync(path);
    // Of a database without a log.
    bytes.fill(1, JOURNAL_VERSIONS, JOURNAL_VERSIONS + 2);
    db = new sqlite(bytes, { readonly: true });
    if (db.pragma('user_version', { simple: true }) === known && db.pragma('application_id', { simple: true }) === APPLICATION_ID) return db;
  } catch {
    // What was wrong with the file is told.
  }
  db?.close();
  return null;
}

function prepare(db: Database, migrations: readonly string[]): void {
  db.pragma('journal_mode = WAL');
  // An acknowledged save survives a power cut, not only a crash of the program.
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  migrate(db, migrations);
}

/** What makes this file one that must not be written, or null. */
function strangeness(db: Database, known: number): LabError | null {
  const path = db.name;
  const application = db.pragma('application_id', { simple: true }) as number;
  const version = db.pragma('user_version', { simple: true }) as number;
  const tables = db.prepare<[], { n: number }>('SELECT count(*) AS n FROM sqlite_schema').get()?.n ?? 0;
  if (application !== APPLICATION_ID && (application !== 0 || version !== 0 || tables > 0)) {
    return { code: 'store-foreign', message: `${path} is a database of another program; expected one of SMMU Lab` };
  }
  if (version > known) {
    return { code: 'store-newer', message: `${path} was written by a newer SMMU Lab (schema ${version}, this one knows ${known}): its sessions can be opened, not saved` };
  }
  const damage = findDamage(db);
  if (damage === null) return null;
  return { code: 'store-damaged', message: `${path} is damaged (${damage}): what can be read can be opened, nothing is written` };
}

function findDamage(db: Database): string | null {
  if ((statSync(db.name, { throwIfNoEntry: false })?.size ?? 0) > CHECK_BYTES) return null;
  const answer = db.pragma('quick_check(1)', { simple: true });
  return answer === 'ok' ? null : String(answer).split('\n')[0]!;
}

/** SQLite's codes in words that say what to do. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === 'SQLITE_NOTADB') return 'not a database; move the file away to start a new one';
  if (code === 'SQLITE_CORRUPT') return 'the database is damaged; move the file away to start a new one';
  if (code === 'SQLITE_BUSY') return 'the database is locked by another program';
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE') return 'the disk is full';
  if (typeof code === 'string' && /^SQLITE_(READONLY|CANTOPEN|PERM)/.test(code)) return 'the folder cannot be written';
  return String(message);
}
