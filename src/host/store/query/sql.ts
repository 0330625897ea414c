/**
 * The SQL console: one SELECT over the store, opened so that nothing can be written. Beside the tables of the store there are
 * `transactions` and `records`, which read the chunks of a run: of the session's newest, or `transactions('RUN')`.
 */
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { decodeRecord, RECORD_WORDS } from '../../../model/trace/record.ts';
import type { Result } from '../../../model/base/result.ts';
import { fail, ok } from '../../../model/base/result.ts';
import { RPC_CODES, RpcError } from '../../../protocol/errors.ts';
import { emptyElement, registryOf, TRANSACTION_COLUMNS, TRANSACTION_WORDS, transactionColumns } from '../../../query/index.ts';
import { copyInMemory, DATABASE_FILE, loadSqlite, reasonOf } from '../database.ts';
import type { Sqlite } from '../database.ts';
import { MIGRATIONS } from '../migrations.ts';
import { StoredTrace } from './stored-trace.ts';

export interface SqlRequest {
  /** Id of a session, or its title; null: no run is the one at hand. */
  readonly session: string | null;
  readonly sql: string;
  /** Rows at most. */
  readonly limit: number;
}

export type SqlValue = string | number | null;

export interface SqlAnswer {
  readonly columns: string[];
  readonly rows: SqlValue[][];
  /** There were more rows than the limit. */
  readonly more: boolean;
}

const RECORD_COLUMNS = ['position', 'seq', 'kind', 'stage', 'level', 'space', 'verdict', 'purpose', 'txn', 'rule', 'sid', 'ssid', 'address', ...Array.from({ length: 8 }, (_, n) => `p${n}`)];

/** The store of `folder`, for reading only; a copy of it where the disk has no room for that. */
export async function openForReading(folder: string): Promise<Result<Database>> {
  const sqlite = await loadSqlite();
  if (!sqlite.ok) return sqlite;
  const file = join(folder, DATABASE_FILE);
  let db: Database | null = null;
  try {
    db = new sqlite.value(file, { readonly: true });
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return ok(db);
  } catch (error) {
    db?.close();
    const copy = copyInMemory(sqlite.value, file, MIGRATIONS.length, error);
    return copy === null ? fail('store-unopened', `${file}: ${reasonOf(error)}`, { file }) : ok(copy);
  }
}

/** Throws an RpcError: `not-found`, or `sql` with what SQLite says of the text. */
export function runSql(db: Database, { session, sql, limit }: SqlRequest): SqlAnswer {
  const run = session === null ? null : newestRun(db, session);
  // SQLite's driver runs one statement of a connection at a time: what feeds the tables has one of its own.
  const chunks = new (db.constructor as Sqlite)(db.memory ? db.serialize() : db.name, { readonly: true });
  addTables(db, chunks, run);
  try {
    const statement = db.prepare(sql);
    if (!statement.reader) throw new RpcError({ code: 'sql', message: 'only statements that give rows can be run here: nothing is written' });
    const columns = statement.columns().map(({ name }) => name);
    const rows: SqlValue[][] = [];
    for (const row of statement.raw().safeIntegers().iterate()) {
      if (rows.length === limit) return { columns, rows, more: true };
      rows.push((row as unknown[]).map(valueOf));
    }
    return { columns, rows, more: false };
  } catch (error) {
    if (error instanceof RpcError) throw error;
    throw new RpcError({ code: 'sql', message: (error as Error).message });
  } finally {
    chunks.close();
  }
}

/** The id of a session by its id or its title; of several with that title the newest. */
export function sessionId(db: Database, name: string): string {
  const id = db.prepare('SELECT id FROM session WHERE id = ? OR title = ? ORDER BY id = ? DESC, saved DESC LIMIT 1').pluck().get(name, name, name) as string | undefined;
  if (id === undefined) throw new RpcError({ code: RPC_CODES.notFound, message: `no session ${JSON.stringify(name)} in the store` });
  return id;
}

function newestRun(db: Database, session: string): string | null {
  const id = sessionId(db, session);
  return (db.prepare('SELECT id FROM run WHERE session_id = ? AND complete = 1 ORDER BY finished DESC, rowid DESC LIMIT 1').pluck().get(id) as string | undefined) ?? null;
}

function addTables(db: Database, chunks: Database, run: string | null): void {
  const traceOf = (asked: unknown): StoredTrace => {
    const id = typeof asked === 'string' ? asked : run;
    if (id === null) throw new RpcError({ code: RPC_CODES.notFound, message: 'the session has no stored run' });
    return new StoredTrace(chunks, id);
  };
  db.table('transactions', {
    columns: [...TRANSACTION_COLUMNS],
    parameters: ['run'],
    *rows(asked: unknown) {
      yield* transactionRows(traceOf(asked));
    },
  });
  db.table('records', {
    columns: RECORD_COLUMNS,
    parameters: ['run'],
    *rows(asked: unknown) {
      yield* recordRows(traceOf(asked));
    },
  });
}

function* transactionRows(trace: StoredTrace): Generator<unknown[]> {
  const registry = registryOf('transactions');
  const element = emptyElement();
  for (const { words } of trace.chunks('transactions')) {
    element.transaction = words;
    for (element.transactionAt = 0; element.transactionAt < words.length; element.transactionAt += TRANSACTION_WORDS) yield [...transactionColumns(registry, element)];
  }
}

function* recordRows(trace: StoredTrace): Generator<unknown[]> {
  for (const { first, words } of trace.chunks('records')) {
    for (let at = 0; at < words.length; at += RECORD_WORDS) {
      const { seq, kind, stage, level, space, verdict, purpose, transaction, rule, sid, ssid, address, payload } = decodeRecord(words, at);
      yield [first + at / RECORD_WORDS, seq, kind, stage, level, space, verdict, purpose, transaction, rule, sid, ssid, BigInt.asIntN(64, address), ...payload];
    }
  }
}

/** Integers beyond what a number holds are hexadecimal, as addresses are read. */
function valueOf(value: unknown): SqlValue {
  if (typeof value === 'bigint') return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : `0x${BigInt.asUintN(64, value).toString(16)}`;
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`;
  return value as SqlValue;
}
