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
  readonly txn: number;
  readonly first: number;
  /** Position of TXN_END; equal to `first` while the transaction has not ended. */
  readonly last: number;
  readonly ended: boolean;
  /** 1-based step of the lab document, 0 without one. */
  readonly step: number;
}

const s2vmid = accessor(STE, 'S2VMID');

const isFault = (status: number): boolean => status === STATUS.FAULT || status === STATUS.STALLED;

export class TraceIndex {
  /** A row of query/transaction-row.ts for each transaction. */
  readonly transactionTable = new RowTable();
  /** The record of each event. */
  readonly eventTable = new RowTable();
  readonly #events = new GrowingList();
  /** The number of the transaction that each event belongs to, 0: none. */
  readonly #eventTransaction = new GrowingList();
  /** Where numbers of transactions go on after a gap, which a trace has that is not complete: the number, and its row. */
  readonly #runs = new GrowingList();
  readonly #runRows = new GrowingList();
  #number = -1;
  /** VMID + 1 of each transaction, 0: not known. */
  readonly #vmids = new GrowingList();
  /** The first event of a transaction that is told of only when it has ended. */
  #early = { txn: 0, event: 0 };
  /** The record that each step begins with. */
  readonly #steps = new GrowingList();
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

  /** Number of the last transaction that has ended, 0 before the first. */
  get lastEnded(): number {
    return this.ended === 0 ? 0 : this.transactionAt(this.ended - 1)!.txn;
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
        case KIND.TXN:
          this.#whole(words, at, record);
          break;
        case KIND.EVENT:
          this.#event(words, at, record);
          break;
        case KIND.STEP:
          this.#currentStep = words[at + PAYLOAD]! + 1;
          this.#steps.push(record);
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

  /** The records of a step, from 1; 0 is what came before the first: the machine being built. Null for `end` while they are the last. */
  step(step: number): { readonly from: number; readonly end: number | null } {
    return { from: step === 0 ? 0 : (this.#steps.at(step - 1) ?? Infinity), end: this.#steps.at(step) ?? null };
  }

  /** Lets go the rows of transactions and events before these positions: for who reads a trace once. Lists and filters need them. */
  release(transactions: number, events: number): void {
    this.transactionTable.release(transactions);
    this.eventTable.release(events);
  }

  /** Forgets the steps behind the first `steps`, the first of which begins with the record at `record`. */
  cut(steps: number, record: number): void {
    const table = this.transactionTable;
    const isGone = (row: number): boolean => table.words(row)[table.at(row) + TXN.FIRST]! >>> 0 >= record;
    let length = this.transactions;
    for (; length > 0 && isGone(length - 1); length--) {
      if (isFault(table.words(length - 1)[table.at(length - 1) + TXN.RESULT]! & 7)) this.#faults--;
    }
    let events = this.events;
    while (events > 0 && this.#events.at(events - 1)! >= record) events--;
    for (const list of [this.#events, this.#eventTransaction]) list.cut(events);
    this.eventTable.cut(events);
    table.cut(length);
    this.#vmids.cut(length);
    let runs = this.#runs.length;
    while (runs > 0 && this.#runRows.at(runs - 1)! >= length) runs--;
    for (const list of [this.#runs, this.#runRows]) list.cut(runs);
    this.#steps.cut(steps);
    this.#currentStep = steps;
    this.#early = { txn: 0, event: 0 };
    this.#row = length === 0 ? new Int32Array(0) : table.words(length - 1);
    this.#at = length === 0 ? 0 : table.at(length - 1);
    this.#number = length === 0 ? -1 : this.#row[this.#at + TXN.NUMBER]! >>> 0;
    // An event of the last transaction may have come later.
    if (length > 0 && this.#row[this.#at + TXN.EVENT]! > events) this.#row[this.#at + TXN.EVENT] = 0;
  }

  /** By its number. */
  transaction(txn: number): TransactionPlace | null {
    const position = this.rowOf(txn);
    return position < 0 ? null : this.transactionAt(position);
  }

  /** By its position in the list. */
  transactionAt(position: number): TransactionPlace | null {
    if (position < 0 || position >= this.transactions) return null;
    const [row, at] = [this.transactionTable.words(position), this.transactionTable.at(position)];
    const ended = (row[at + TXN.RESULT]! & ENDED) !== 0;
    return { txn: row[at + TXN.NUMBER]! >>> 0, first: row[at + TXN.FIRST]! >>> 0, last: row[at + TXN.LAST]! >>> 0, step: row[at + TXN.STEP]!, ended };
  }

  /** Position in the list of the transaction with this number, -1: it is not in the trace. */
  rowOf(txn: number): number {
    let [low, high] = [0, this.#runs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#runs.at(middle)! <= txn) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return -1;
    const row = this.#runRows.at(low - 1)! + txn - this.#runs.at(low - 1)!;
    return row < (this.#runRows.at(low) ?? this.transactions) ? row : -1;
  }

  /** `index` counts from 0; `txn` is 0 for an event of no transaction. */
  event(index: number): { readonly record: number; readonly txn: number } | null {
    const record = this.#events.at(index);
    return record === undefined ? null : { record, txn: this.#eventTransaction.at(index) ?? 0 };
  }

  /** Numbers of the events of a transaction, from 0. */
  eventsOf(txn: number): number[] {
    const row = this.rowOf(txn);
    const first = row < 0 ? 0 : this.transactionTable.words(row)[this.transactionTable.at(row) + TXN.EVENT]!;
    const events: number[] = [];
    for (let event = first - 1; first > 0 && this.event(event)?.txn === txn; event++) events.push(event);
    return events;
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
    this.#vmids.push(0);
    const number = words[at + 2]! >>> 0;
    if (number !== this.#number + 1) {
      this.#runs.push(number);
      this.#runRows.push(table.length - 1);
    }
    this.#number = number;
    row[to + TXN.NUMBER] = number;
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
    if (!this.#isCurrent(words, at)) return;
    const [status, event] = [words[at + PAYLOAD]!, words[at + PAYLOAD + 1]!];
    const { STATUS: [statusAt], RESPONSE: [responseAt], SHIFT: [shiftAt], EVENT: [eventAt] } = RESULT_BITS;
    const bits = ((status & 7) << statusAt) | ((words[at + PAYLOAD + 7]! & 3) << responseAt) | ((words[at + PAYLOAD + 4]! & 63) << shiftAt) | ((event & 255) << eventAt);
    this.#ended(words, at, record, bits);
  }

  /** Begin and end in one record: ENDING and RESULT_BITS are the same bits. */
  #whole(words: Int32Array, at: number, record: number): void {
    this.#begin(words, at, record);
    if (this.#early.txn === words[at + 2]) this.#row[this.#at + TXN.EVENT] = this.#early.event;
    this.#ended(words, at, record, words[at + PAYLOAD + 4]!);
  }

  #ended(words: Int32Array, at: number, record: number, bits: number): void {
    const [row, to] = [this.#row, this.#at];
    const status = bits & 7;
    const sized = (bits >>> RESULT_BITS.SHIFT[0]) & 63;
    // Success without a size: a configuration was prefetched, and nothing translated.
    const reached = (status === STATUS.SUCCESS && sized !== 0) || status === STATUS.BYPASS;
    row[to + TXN.RESULT] = row[to + TXN.RESULT]! | ENDED | (reached ? HAS_PA : 0) | bits | ((words[at + 3]! & 511) << RESULT_BITS.RULE[0]);
    row[to + TXN.PA] = words[at + PAYLOAD + 2]!;
    row[to + TXN.PA + 1] = words[at + PAYLOAD + 3]!;
    row[to + TXN.READS] = row[to + TXN.READS]! | (words[at + PAYLOAD + 6]! & 0xffff);
    row[to + TXN.LAST] = record;
    if (isFault(status)) this.#faults++;
  }

  #event(words: Int32Array, at: number, record: number): void {
    const table = this.eventTable;
    table.push();
    table.words(table.length - 1).set(words.subarray(at, at + RECORD_WORDS), table.at(table.length - 1));
    this.#events.push(record);
    const txn = words[at + 2]!;
    this.#eventTransaction.push(txn);
    if (txn === 0) return;
    if (!this.#isCurrent(words, at)) {
      if (this.#early.txn !== txn) this.#early = { txn, event: table.length };
    } else if (this.#row[this.#at + TXN.EVENT] === 0) this.#row[this.#at + TXN.EVENT] = table.length;
  }

  /** The record is of the transaction of the last row, which may have lost its beginning to a filter. */
  #isCurrent(words: Int32Array, at: number): boolean {
    return this.transactions > 0 && this.#row[this.#at + TXN.NUMBER] === words[at + 2];
  }

  /** Stage 2 is asked for the output of stage 1. */
  #walk(words: Int32Array, at: number): void {
    const head = words[at]!;
    if (!this.#isCurrent(words, at) || ((head >>> 20) & 15) !== PURPOSE.IN || ((head >>> 13) & 7) !== SPACE.IPA) return;
    const [row, to] = [this.#row, this.#at];
    row[to + TXN.IPA] = words[at + 6]!;
    row[to + TXN.IPA + 1] = words[at + 7]!;
    row[to + TXN.RESULT] = row[to + TXN.RESULT]! | HAS_IPA;
  }

  #structure(words: Int32Array, at: number): void {
    const head = words[at]!;
    // Level 0: the first half of the STE, with S2VMID.
    if (((head >>> 20) & 15) === PURPOSE.STE && ((head >>> 10) & 7) === 0 && this.#isCurrent(words, at)) this.#vmid(s2vmid(words, at + PAYLOAD));
  }

  /** An entry is told within its transaction; a wasted command is of none. */
  #stale(words: Int32Array, at: number): void {
    if (!this.#isCurrent(words, at) || ((words[at]! >>> 16) & 15) !== STALE.ENTRY) return;
    const [row, to] = [this.#row, this.#at];
    row[to + TXN.CLIENT] = row[to + TXN.CLIENT]! | STALE_HIT;
  }

  /** A configuration that was cached is that of the transaction that filled the cache. */
  #lookup(words: Int32Array, at: number): void {
    const cache = words[at + PAYLOAD]!;
    if (((words[at]! >>> 16) & 15) !== VERDICT.HIT || (cache !== CACHE.CONFIG && cache !== CACHE.STE)) return;
    if (!this.#isCurrent(words, at)) return;
    const known = this.#vmids.at(this.rowOf(words[at + PAYLOAD + 4]!)) ?? 0;
    if (known !== 0) this.#vmid(known - 1);
  }

  #vmid(vmid: number): void {
    this.#vmids.set(this.transactions - 1, vmid + 1);
    const [row, to] = [this.#row, this.#at];
    row[to + TXN.READS] = (row[to + TXN.READS]! & 0xffff) | (vmid << 16);
    row[to + TXN.RESULT] = row[to + TXN.RESULT]! | HAS_VMID;
  }
}
