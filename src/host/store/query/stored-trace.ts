/** A stored trace as a filter reads it: chunks that may matter, each inflated once. */
import { inflateRawSync } from 'node:zlib';
import type { Database } from 'better-sqlite3';
import { RECORD_BYTES, RECORD_WORDS } from '../../../model/trace/record.ts';
import { RPC_CODES, RpcError } from '../../../protocol/errors.ts';
import { ENDED, Marks, TRANSACTION_WORDS, TXN } from '../../../query/index.ts';
import type { AgeOf, Landmark } from '../../../query/index.ts';
import { wordsOf } from '../../trace/record-source.ts';
import type { ChunkWhere } from './chunk-condition.ts';

export interface Chunk {
  /** Position in its list of the first element. */
  readonly first: number;
  readonly words: Int32Array;
}

interface Row {
  readonly first: number;
  readonly count: number;
  readonly data: Buffer;
}

export interface EventRecord {
  /** 16 words. */
  readonly words: Int32Array;
  readonly txn: number;
}

const EVERY: ChunkWhere = { sql: '1', parameters: [] };

const CHUNKS = {
  // Rows of transactions follow each other in chunks of one size, all but the last: that of the first, or there is but one.
  transactions: 'SELECT number * (SELECT rows FROM transaction_chunk WHERE run_id = c.run_id AND number = 0) AS first, rows AS count, data FROM transaction_chunk AS c',
  records: 'SELECT first, records AS count, data FROM chunk AS c',
} as const;

export class StoredTrace {
  readonly #db: Database;
  readonly #runId: string;
  #lastRows: Chunk | null = null;

  /** Throws `not-found`, and `not-indexed` for a trace that an earlier version stored. */
  constructor(db: Database, runId: string) {
    this.#db = db;
    this.#runId = runId;
    const indexed = db.prepare('SELECT indexed FROM run WHERE id = ? AND complete = 1').pluck().get(runId) as number | undefined;
    if (indexed === undefined) throw new RpcError({ code: RPC_CODES.notFound, message: `no run ${runId} in the store` });
    if (indexed === 0) throw new RpcError({ code: 'not-indexed', message: `run ${runId} was stored by an earlier version: open it in the lab to filter it, or run its documents again` });
  }

  *chunks(list: keyof typeof CHUNKS, where: ChunkWhere = EVERY): Generator<Chunk> {
    const table = list === 'records' ? 'chunk' : 'transaction_chunk';
    // Not as one statement: a reader that stops early would leave it open.
    const numbers = this.#db.prepare(`SELECT number FROM ${table} AS c WHERE run_id = ? AND ${where.sql} ORDER BY number`).pluck().all(this.#runId, ...where.parameters);
    const read = this.#db.prepare<unknown[], Row>(`${CHUNKS[list]} WHERE run_id = ? AND number = ?`);
    for (const number of numbers) yield this.#inflated(read.get(this.#runId, number)!);
  }

  *events(): Generator<EventRecord> {
    const rows = this.#db.prepare('SELECT txn, d0, d1, d2, d3, d4, d5, d6, d7 FROM record_row WHERE run_id = ? AND event IS NOT NULL ORDER BY event').safeIntegers().raw().iterate(this.#runId);
    for (const row of rows as IterableIterator<(bigint | null)[]>) yield eventOf(row);
  }

  /** `number` counts from 1. */
  event(number: number): EventRecord | null {
    const row = this.#db.prepare('SELECT txn, d0, d1, d2, d3, d4, d5, d6, d7 FROM record_row WHERE run_id = ? AND event = ?').safeIntegers().raw().get(this.#runId, number);
    return row === undefined ? null : eventOf(row as (bigint | null)[]);
  }

  /** The ages of transactions: only chunks are read that have a record of the kind. */
  ages(landmark: Landmark): AgeOf {
    const marks = new Marks(landmark);
    const begun = this.#db.prepare('SELECT first, last_txn FROM chunk WHERE run_id = ? ORDER BY number').all(this.#runId) as { first: number; last_txn: number }[];
    let before = 0;
    for (const { first, words } of this.chunks('records', { sql: '(kinds & ?) <> 0', parameters: [BigInt.asIntN(64, 1n << BigInt(landmark.kind))] })) {
      while (before < begun.length && begun[before]!.first < first) marks.reach(begun[before++]!.last_txn);
      for (let at = 0; at < words.length; at += RECORD_WORDS) marks.pass(words, at);
    }
    return marks.ageOf;
  }

  /** The row of the transaction with this number, where it is in the trace. */
  transaction(txn: number): { readonly words: Int32Array; readonly at: number } | null {
    const chunk = this.#holds(txn) ?? this.#find(txn);
    if (chunk === null) return null;
    this.#lastRows = chunk;
    for (let at = 0; at < chunk.words.length; at += TRANSACTION_WORDS) if (chunk.words[at + TXN.NUMBER]! >>> 0 === txn) return { words: chunk.words, at };
    return null;
  }

  /** Number of the last transaction that has ended: all but perhaps the last have. */
  lastEnded(): number {
    const row = this.#db.prepare<[string], Row>(`${CHUNKS.transactions} WHERE run_id = ? ORDER BY number DESC LIMIT 1`).get(this.#runId);
    if (row === undefined) return 0;
    const { words } = this.#inflated(row);
    const last = words.length - TRANSACTION_WORDS;
    if ((words[last + TXN.RESULT]! & ENDED) !== 0) return words[last + TXN.NUMBER]! >>> 0;
    return (words[last + TXN.NUMBER]! >>> 0) - 1;
  }

  #holds(txn: number): Chunk | null {
    const chunk = this.#lastRows;
    if (chunk === null) return null;
    const inside = txn >= chunk.words[TXN.NUMBER]! >>> 0 && txn <= chunk.words[chunk.words.length - TRANSACTION_WORDS + TXN.NUMBER]! >>> 0;
    return inside ? chunk : null;
  }

  #find(txn: number): Chunk | null {
    const row = this.#db.prepare<unknown[], Row>(`${CHUNKS.transactions} WHERE run_id = ? AND first_txn <= ? AND last_txn >= ?`).get(this.#runId, txn, txn);
    return row === undefined ? null : this.#inflated(row);
  }

  #inflated({ first, count, data }: Row): Chunk {
    const size = count * RECORD_BYTES;
    const bytes = inflateRawSync(data, { maxOutputLength: size });
    if (bytes.byteLength !== size) throw new RpcError({ code: 'store-damaged', message: `a chunk of run ${this.#runId} is not what was stored` });
    return { first, words: wordsOf(bytes) };
  }
}

function eventOf([txn, ...columns]: (bigint | null)[]): EventRecord {
  const words = new Int32Array(RECORD_WORDS);
  columns.forEach((value, at) => {
    words[2 * at] = Number(BigInt.asIntN(32, value!));
    words[2 * at + 1] = Number(BigInt.asIntN(32, value! >> 32n));
  });
  return { words, txn: Number(txn ?? 0n) };
}
