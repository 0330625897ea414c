/** The elements of a list one after the other, as filters, orders and cells look at them. */
import { emptyElement, TXN } from '../../query/index.ts';
import type { Element, List } from '../../query/index.ts';
import type { RowTable } from '../trace/row-table.ts';
import type { TraceIndex } from '../trace/trace-index.ts';
import { RECORD_WORDS } from '../../model/trace/record.ts';
import type { TraceLog } from '../trace/trace-log.ts';

export type Visit = (element: Element, position: number) => void;

export interface Elements {
  /** Elements so far; the last may not be whole yet. */
  readonly length: number;
  /** Visits those from `from` to `end`, each in the same object, up to the first that is not whole yet; returns its position, or `end`. */
  each(from: number, end: number, visit: Visit): number;
}

/** The part of a trace that lists are made of. */
export type Listed = Pick<TraceLog, 'index' | 'read' | 'records' | 'scan'>;

export function elementsOf(log: Listed, list: List): Elements {
  switch (list) {
    case 'transactions':
      return new Transactions(log.index);
    case 'events':
      return new Events(log.index);
    case 'records':
      return new Records(log);
  }
}

class Transactions implements Elements {
  readonly #index: TraceIndex;
  readonly #element = emptyElement();

  constructor(index: TraceIndex) {
    this.#index = index;
  }

  get length(): number {
    return this.#index.transactions;
  }

  each(from: number, end: number, visit: Visit): number {
    const { transactionTable, eventTable, ended } = this.#index;
    const element = this.#element;
    const last = Math.min(end, ended);
    for (let n = from; n < last; n++) {
      setTransaction(element, transactionTable, n);
      const event = element.transaction[element.transactionAt + TXN.EVENT]!;
      if (event === 0) element.recordAt = -1;
      else setRecord(element, eventTable, event - 1);
      visit(element, n);
    }
    return Math.max(from, last);
  }
}

class Events implements Elements {
  readonly #index: TraceIndex;
  readonly #element = emptyElement();

  constructor(index: TraceIndex) {
    this.#index = index;
  }

  get length(): number {
    return this.#index.events;
  }

  each(from: number, end: number, visit: Visit): number {
    const { transactionTable, eventTable, ended, lastEnded } = this.#index;
    const element = this.#element;
    for (let n = from; n < end; n++) {
      const txn = this.#index.event(n)?.txn ?? 0;
      const row = txn === 0 ? -1 : this.#index.rowOf(txn);
      // Its transaction is told of later, or not at all.
      if (row >= ended || (row < 0 && txn > lastEnded)) return n;
      setRecord(element, eventTable, n);
      if (row < 0) element.transactionAt = -1;
      else setTransaction(element, transactionTable, row);
      visit(element, n);
    }
    return Math.max(from, end);
  }
}

class Records implements Elements {
  readonly #log: Listed;
  readonly #element = emptyElement();

  constructor(log: Listed) {
    this.#log = log;
  }

  get length(): number {
    return this.#log.records;
  }

  each(from: number, end: number, visit: Visit): number {
    const element = this.#element;
    this.#log.scan(from, end, (words, at, position, count) => {
      element.record = words;
      for (let n = 0; n < count; n++) {
        element.recordAt = at + n * RECORD_WORDS;
        visit(element, position + n);
      }
    });
    return Math.max(from, end);
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
