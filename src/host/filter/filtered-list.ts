/** The elements of a list that a filter matches: their positions, found once and extended as the list grows. */
import { emptyElement, TXN } from '../../query/index.ts';
import type { Element, Predicate } from '../../query/index.ts';
import type { FilterList } from '../../protocol/contract.ts';
import { GrowingList } from '../trace/growing-list.ts';
import type { RowTable } from '../trace/row-table.ts';
import type { TraceIndex } from '../trace/trace-index.ts';

export class FilteredList {
  readonly #index: TraceIndex;
  readonly #scan: (from: number) => number;
  readonly #matches: Predicate;
  readonly #found = new GrowingList();
  readonly #element = emptyElement();
  #scanned = 0;

  constructor(index: TraceIndex, list: FilterList, matches: Predicate) {
    this.#index = index;
    this.#matches = matches;
    this.#scan = list === 'transactions' ? (from) => this.#scanTransactions(from) : (from) => this.#scanEvents(from);
  }

  get length(): number {
    return this.#found.length;
  }

  /** Looks at what has come since the last time. An element whose transaction has not ended is looked at later. */
  extend(): this {
    this.#scanned = this.#scan(this.#scanned);
    return this;
  }

  /** Position in the whole list of match `n`, from 0; undefined beyond the last. */
  at(n: number): number | undefined {
    return this.#found.at(n);
  }

  /** How many matches there are before a position of the whole list. */
  before(position: number): number {
    let [low, high] = [0, this.#found.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#found.at(middle)! < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #scanTransactions(from: number): number {
    const { transactionTable, eventTable, ended } = this.#index;
    const element = this.#element;
    for (let n = from; n < ended; n++) {
      setTransaction(element, transactionTable, n);
      const event = element.transaction[element.transactionAt + TXN.EVENT]!;
      if (event === 0) element.recordAt = -1;
      else setRecord(element, eventTable, event - 1);
      if (this.#matches(element)) this.#found.push(n);
    }
    return ended;
  }

  #scanEvents(from: number): number {
    const { transactionTable, eventTable, ended, events } = this.#index;
    const element = this.#element;
    for (let n = from; n < events; n++) {
      const txn = this.#index.event(n)?.txn ?? 0;
      const row = txn === 0 ? -1 : this.#index.rowOf(txn);
      // Its transaction is told of later, or not at all.
      if (row >= ended || (row < 0 && txn > this.#index.lastEnded)) return n;
      setRecord(element, eventTable, n);
      if (row < 0) element.transactionAt = -1;
      else setTransaction(element, transactionTable, row);
      if (this.#matches(element)) this.#found.push(n);
    }
    return events;
  }
}

// Storing a reference costs more than comparing it, and one piece of a table holds many rows.
function setTransaction(element: Element, table: RowTable, n: number): void {
  const words = table.words(n);
  if (element.transaction !== words) element.transaction = words;
  element.transactionAt = table.at(n);
}

function setRecord(element: Element, table: RowTable, n: number): void {
  const words = table.words(n);
  if (element.record !== words) element.record = words;
  element.recordAt = table.at(n);
}
