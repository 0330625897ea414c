/**
 * What is written beside the records of a trace while they are stored, so that a filter need not read all of it: what each chunk
 * holds, the rows of transactions in chunks of their own, and a row for each event, fault and command. Memory stays that of a few chunks.
 */
import { deflateRawSync } from 'node:zlib';
import type { Database, Statement } from 'better-sqlite3';
import { KIND, PAYLOAD, RECORD_WORDS } from '../../model/trace/record.ts';
import { recordColumns, RESULT_BITS, ROW_KINDS, TRANSACTION_WORDS, TXN } from '../../query/index.ts';
import { TraceIndex } from '../trace/trace-index.ts';

/** Records of one chunk: 256 KiB before deflating; transactions of one chunk of rows alike. */
export const CHUNK_RECORDS = 4096;
/** Level 1: a quarter of the size at full speed; higher levels cost more than they save (speed.md 6). */
const DEFLATE = { level: 1 } as const;
/** Streams that are listed for a chunk: with more of them a filter by stream reads it anyway. */
const MAX_STREAMS = 64;

const INSERTS = {
  chunk: `INSERT INTO chunk (run_id, number, records, data, first, kinds, first_txn, last_txn, first_step, last_step, streams_listed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  stream: 'INSERT INTO chunk_stream (run_id, sid, number) VALUES (?, ?, ?)',
  rows: `INSERT INTO transaction_chunk (run_id, number, rows, first_txn, last_txn, first_step, last_step, statuses, streams_listed, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  rowStream: 'INSERT INTO transaction_chunk_stream (run_id, sid, number) VALUES (?, ?, ?)',
  record: `INSERT INTO record_row (run_id, seq, kind, txn, d0, d1, d2, d3, d4, d5, d6, d7, event, position) VALUES (${Array(14).fill('?').join(', ')})`,
} as const;

export const deflate = (bytes: Uint8Array): Buffer => deflateRawSync(bytes, DEFLATE);

const bytesOf = (words: Int32Array): Uint8Array => new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

/** Smallest and largest, and which of few. */
class Span {
  first = Infinity;
  last = -Infinity;

  add(value: number): void {
    if (value < this.first) this.first = value;
    if (value > this.last) this.last = value;
  }

  get columns(): [number, number] {
    return this.last < this.first ? [0, 0] : [this.first, this.last];
  }
}

class Streams {
  readonly sids = new Set<number>();

  add(sid: number): void {
    if (this.sids.size <= MAX_STREAMS) this.sids.add(sid);
  }

  get listed(): boolean {
    return this.sids.size <= MAX_STREAMS;
  }
}

/** One trace on its way into the store. Callers are inside a transaction. */
export class TraceIndexer {
  readonly #runId: string;
  readonly #index = new TraceIndex();
  readonly #statements: Readonly<Record<keyof typeof INSERTS, Statement>>;
  #records = 0;
  #chunks = 0;
  /** Rows of transactions that are written. */
  #rows = 0;
  #rowChunks = 0;
  #step = 0;

  constructor(db: Database, runId: string) {
    this.#runId = runId;
    const prepared = Object.entries(INSERTS).map(([name, sql]) => [name, db.prepare(sql)]);
    this.#statements = Object.fromEntries(prepared) as Record<keyof typeof INSERTS, Statement>;
  }

  /** Whole records that follow those before. */
  add(words: Int32Array): void {
    for (let at = 0; at < words.length; at += CHUNK_RECORDS * RECORD_WORDS) this.#chunk(words.subarray(at, at + CHUNK_RECORDS * RECORD_WORDS));
    while (this.#index.ended - this.#rows >= CHUNK_RECORDS) this.#writeRows(CHUNK_RECORDS);
    this.#index.release(this.#rows, this.#index.events);
  }

  /** After the last records. A transaction that never ended has a row too. */
  finish(): void {
    while (this.#rows < this.#index.transactions) this.#writeRows(Math.min(CHUNK_RECORDS, this.#index.transactions - this.#rows));
  }

  #chunk(words: Int32Array): void {
    const [kinds, streams, txns, steps] = [new Set<number>(), new Streams(), new Span(), new Span()];
    const before = this.#index.events;
    this.#index.add(words, this.#records);
    let event = before;
    for (let at = 0; at < words.length; at += RECORD_WORDS) {
      const kind = words[at]! & 0xff;
      if (kind === KIND.STEP) this.#step = words[at + PAYLOAD]! + 1;
      kinds.add(kind);
      steps.add(this.#step);
      const txn = words[at + 2]! >>> 0;
      if (txn !== 0) {
        txns.add(txn);
        streams.add(words[at + 4]! >>> 0);
      }
      if (ROW_KINDS.has(kind)) this.#record(words, at, kind === KIND.EVENT ? ++event : null);
    }
    const { chunk, stream } = this.#statements;
    const mask = [...kinds].reduce((sum, kind) => sum | (1n << BigInt(kind)), 0n);
    const number = this.#chunks++;
    chunk.run(this.#runId, number, words.length / RECORD_WORDS, deflate(bytesOf(words)), this.#records, BigInt.asIntN(64, mask), ...txns.columns, ...steps.columns, streams.listed ? 1 : 0);
    if (streams.listed) for (const sid of streams.sids) stream.run(this.#runId, sid, number);
    this.#records += words.length / RECORD_WORDS;
  }

  #record(words: Int32Array, at: number, event: number | null): void {
    const txn = words[at + 2]! >>> 0;
    const columns = recordColumns({ record: words, recordAt: at, transaction: words, transactionAt: -1 });
    columns.splice(2, 1, txn === 0 ? null : BigInt(txn));
    this.#statements.record.run(this.#runId, ...columns, event, this.#records + at / RECORD_WORDS);
  }

  #writeRows(count: number): void {
    const { transactionTable: table } = this.#index;
    const rows = new Int32Array(count * TRANSACTION_WORDS);
    const [streams, txns, steps] = [new Streams(), new Span(), new Span()];
    let statuses = 0;
    for (let n = 0; n < count; n++) {
      const [words, at] = [table.words(this.#rows + n), table.at(this.#rows + n)];
      rows.set(words.subarray(at, at + TRANSACTION_WORDS), n * TRANSACTION_WORDS);
      streams.add(words[at + TXN.SID]! >>> 0);
      txns.add(words[at + TXN.NUMBER]! >>> 0);
      steps.add(words[at + TXN.STEP]!);
      statuses |= 1 << ((words[at + TXN.RESULT]! >>> RESULT_BITS.STATUS[0]) & 7);
    }
    const number = this.#rowChunks++;
    this.#statements.rows.run(this.#runId, number, count, ...txns.columns, ...steps.columns, statuses, streams.listed ? 1 : 0, deflate(bytesOf(rows)));
    if (streams.listed) for (const sid of streams.sids) this.#statements.rowStream.run(this.#runId, sid, number);
    this.#rows += count;
  }
}
