/** Where things are in a trace: built record by record as it arrives, so that a window of rows is a few reads. */
import { KIND, PAYLOAD, RECORD_WORDS, STATUS } from '../../model/trace/record.ts';
import { GrowingList } from './growing-list.ts';

/** Positions of records, counted from the start of the trace. */
export interface TransactionPlace {
  readonly first: number;
  /** Position of TXN_END; equal to `first` while the transaction has not ended. */
  readonly last: number;
  /** 1-based step of the lab document, 0 without one. */
  readonly step: number;
}

export class TraceIndex {
  readonly #first = new GrowingList();
  readonly #last = new GrowingList();
  readonly #step = new GrowingList();
  readonly #events = new GrowingList();
  /** Transactions before each event: the event belongs to the last of them. */
  readonly #eventTransaction = new GrowingList();
  #currentStep = 0;
  #faults = 0;

  get transactions(): number {
    return this.#first.length;
  }

  get events(): number {
    return this.#events.length;
  }

  /** Transactions that ended in a fault. */
  get faults(): number {
    return this.#faults;
  }

  /** `position` is that of the first of these records. */
  add(words: Int32Array, position: number): void {
    for (let at = 0, record = position; at < words.length; at += RECORD_WORDS, record++) {
      const kind = words[at]! & 0xff;
      if (kind === KIND.TXN_BEGIN) this.#begin(record);
      else if (kind === KIND.TXN_END) this.#end(record, words[at + PAYLOAD]!);
      else if (kind === KIND.EVENT) this.#event(record, words[at + 2]!);
      else if (kind === KIND.STEP) this.#currentStep = words[at + PAYLOAD]! + 1;
    }
  }

  /** `txn` counts from 1. */
  transaction(txn: number): TransactionPlace | null {
    const first = this.#first.at(txn - 1);
    if (first === undefined) return null;
    return { first, last: this.#last.at(txn - 1) ?? first, step: this.#step.at(txn - 1) ?? 0 };
  }

  /** `index` counts from 0; `txn` is 0 for an event of no transaction. */
  event(index: number): { readonly record: number; readonly txn: number } | null {
    const record = this.#events.at(index);
    return record === undefined ? null : { record, txn: this.#eventTransaction.at(index) ?? 0 };
  }

  #begin(record: number): void {
    this.#first.push(record);
    this.#last.push(record);
    this.#step.push(this.#currentStep);
  }

  #end(record: number, status: number): void {
    this.#last.setLast(record);
    if (status === STATUS.FAULT) this.#faults++;
  }

  #event(record: number, transaction: number): void {
    this.#events.push(record);
    this.#eventTransaction.push(transaction === 0 ? 0 : this.#first.length);
  }
}
