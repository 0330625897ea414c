/**
 * Where things are in a trace, and what each transaction and event is, as rows that filters test: built record by record as they
 * arrive, so that a window of rows is a few reads and a filter reads no trace.
 */
import { accessor, STE } from '../../model/spec/index.ts';
import { CACHE, KIND, PAYLOAD, PURPOSE, RECORD_WORDS, SPACE, STALE, STATUS, VERDICT } from '../../model/trace/record.ts';
import { ENDED, HAS_IPA, HAS_PA, HAS_VMID, RESULT_BITS, STALE_HIT, TXN } from '../../query/index.ts';
import { GrowingList } from './growing-list.ts';
import { RowTable } from './row-table.ts';

/** Positions of records, counted from the start of the trace. */
export interface TransactionPlace {
  readonly first: number;
  /** Position of TXN_END; equal to `first` while the transaction has not ended. */
  readonly last: number;
  /** 1-based step of the lab document, 0 without one. */
  readonly step: number;
}

const s2vmid = accessor(STE, 'S2VMID');

export class TraceIndex {
  /** A row of query/transaction-row.ts for each transaction. */
  readonly transactionTable = new RowTable();
  /** The record of each event. */
  readonly eventTable = new RowTable();
  readonly #events = new GrowingList();
  /** Transactions before each event: the event belongs to the last of them. */
  readonly #eventTransaction = new GrowingList();
  #currentStep = 0;
  #faults = 0;
  /** The row of the last transaction. */
  #row: Int32Array = new Int32Array(0);
  #at = 0;

  get transactions(): number {
    return this.transactionTable.length;
  }

  get events(): number {
    return this.#events.length;
  }

  /** Transactions that ended in a fault, or stalled with one. */
  get faults(): number {
    return this.#faults;
  }

  /** Transactions that have ended, which are all but perhaps the last. */
  get ended(): number {
    const { transactions } = this;
    return transactions === 0 || (this.#row[this.#at + TXN.RESULT]! & ENDED) !== 0 ? transactions : transactions - 1;
  }

  /** `position` is that of the first of these records. */
  add(words: Int32Array, position: number): void {
    for (let at = 0, record = position; at < words.length; at += RECORD_WORDS, record++) {
      switch (words[at]! & 0xff) {
        case KIND.TXN_BEGIN:
          this.#begin(words, at, record);
          break;
        case KIND.TXN_END:
          this.#end(words, at, record);
          break;
        case KIND.EVENT:
          this.#event(words, at, record);
          break;
        case KIND.STEP:
          this.#currentStep = words[at + PAYLOAD]! + 1;
          break;
        case KIND.WALK:
          this.#walk(words, at);
          break;
        case KIND.READ_STRUCT:
          this.#structure(words, at);
          break;
        case KIND.STALE:
          this.#stale(words, at);
          break;
        case KIND.LOOKUP:
          this.#lookup(words, at);
          break;
      }
    }
  }

  /** `txn` counts from 1. */
  transaction(txn: number): TransactionPlace | null {
    if (txn < 1 || txn > this.transactions) return null;
    const [row, at] = [this.transactionTable.words(txn - 1), this.transactionTable.at(txn - 1)];
    return { first: row[at + TXN.FIRST]! >>> 0, last: row[at + TXN.LAST]! >>> 0, step: row[at + TXN.STEP]! };
  }

  /** `index` counts from 0; `txn` is 0 for an event of no transaction. */
  event(index: number): { readonly record: number; readonly txn: number } | null {
    const record = this.#events.at(index);
    return record === undefined ? null : { record, txn: this.#eventTransaction.at(index) ?? 0 };
  }

  /** The number of the event whose record is at this position, null when none is. */
  eventAt(record: number): number | null {
    let [low, high] = [0, this.events];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#events.at(middle)! < record) low = middle + 1;
      else high = middle;
    }
    return this.#events.at(low) === record ? low : null;
  }

  #begin(words: Int32Array, at: number, record: number): void {
    const table = this.transactionTable;
    table.push();
    const row = (this.#row = table.words(table.length - 1));
    const to = (this.#at = table.at(table.length - 1));
    row[to + TXN.NUMBER] = table.length;
    row[to + TXN.STEP] = this.#currentStep;
    row[to + TXN.SID] = words[at + 4]!;
    row[to + TXN.CLIENT] = words[at + 5]!;
    row[to + TXN.IOVA] = words[at + 6]!;
    row[to + TXN.IOVA + 1] = words[at + 7]!;
    row[to + TXN.LENGTH] = words[at + PAYLOAD]!;
    row[to + TXN.FIRST] = record;
    row[to + TXN.LAST] = record;
  }

  #end(words: Int32Array, at: number, record: number): void {
    if (this.transactions === 0) return;
    const [row, to] = [this.#row, this.#at];
    const [status, event] = [words[at + PAYLOAD]!, words[at + PAYLOAD + 1]!];
    const reached = status === STATUS.SUCCESS || status === STATUS.BYPASS;
    const { STATUS: [statusAt], RESPONSE: [responseAt], SHIFT: [shiftAt], EVENT: [eventAt], RULE: [ruleAt] } = RESULT_BITS;
    row[to + TXN.RESULT] = row[to + TXN.RESULT]! | ENDED | (reached ? HAS_PA : 0)
      | ((status & 7) << statusAt) | ((words[at + PAYLOAD + 7]! & 3) << responseAt) | ((words[at + PAYLOAD + 4]! & 63) << shiftAt)
      | ((event & 255) << eventAt) | ((words[at + 3]! & 511) << ruleAt);
    row[to + TXN.PA] = words[at + PAYLOAD + 2]!;
    row[to + TXN.PA + 1] = words[at + PAYLOAD + 3]!;
    row[to + TXN.READS] = row[to + TXN.READS]! | (words[at + PAYLOAD + 6]! & 0xffff);
    row[to + TXN.LAST] = record;
    if (status === STATUS.FAULT || status === STATUS.STALLED) this.#faults++;
  }

  #event(words: Int32Array, at: number, record: number): void {
    const table = this.eventTable;
    table.push();
    table.words(table.length - 1).set(words.subarray(at, at + RECORD_WORDS), table.at(table.length - 1));
    this.#events.push(record);
    const isOfTransaction = words[at + 2] !== 0 && this.transactions > 0;
    this.#eventTransaction.push(isOfTransaction ? this.transactions : 0);
    if (isOfTransaction && this.#row[this.#at + TXN.EVENT] === 0) this.#row[this.#at + TXN.EVENT] = table.length;
  }

  /** Stage 2 is asked for the output of stage 1. */
  #walk(words: Int32Array, at: number): void {
    const head = words[at]!;
    if (this.transactions === 0 || ((head >>> 20) & 15) !== PURPOSE.IN || ((head >>> 13) & 7) !== SPACE.IPA) return;
    const [row, to] = [this.#row, this.#at];
    row[to + TXN.IPA] = words[at + 6]!;
    row[to + TXN.IPA + 1] = words[at + 7]!;
    row[to + TXN.RESULT] = row[to + TXN.RESULT]! | HAS_IPA;
  }

  #structure(words: Int32Array, at: number): void {
    const head = words[at]!;
    // Level 0: the first half of the STE, with S2VMID.
    if (((head >>> 20) & 15) === PURPOSE.STE && ((head >>> 10) & 7) === 0) this.#vmid(s2vmid(words, at + PAYLOAD));
  }

  /** An entry is told within its transaction; a wasted command is of none. */
  #stale(words: Int32Array, at: number): void {
    if (this.transactions === 0 || ((words[at]! >>> 16) & 15) !== STALE.ENTRY) return;
    const [row, to] = [this.#row, this.#at];
    row[to + TXN.CLIENT] = row[to + TXN.CLIENT]! | STALE_HIT;
  }

  /** A configuration that was cached is that of the transaction that filled the cache. */
  #lookup(words: Int32Array, at: number): void {
    const cache = words[at + PAYLOAD]!;
    if (((words[at]! >>> 16) & 15) !== VERDICT.HIT || (cache !== CACHE.CONFIG && cache !== CACHE.STE)) return;
    const origin = words[at + PAYLOAD + 4]!;
    if (origin < 1 || origin > this.transactions) return;
    const [row, from] = [this.transactionTable.words(origin - 1), this.transactionTable.at(origin - 1)];
    if ((row[from + TXN.RESULT]! & HAS_VMID) !== 0) this.#vmid(row[from + TXN.READS]! >>> 16);
  }

  #vmid(vmid: number): void {
    if (this.transactions === 0) return;
    const [row, to] = [this.#row, this.#at];
    row[to + TXN.READS] = (row[to + TXN.READS]! & 0xffff) | (vmid << 16);
    row[to + TXN.RESULT] = row[to + TXN.RESULT]! | HAS_VMID;
  }
}
