/**
 * The path of everything through the stack, as rows: what devices, the SMMU and the parts of the stack did, in the order in which
 * they began. A hop is recorded when it is done; its row goes before those of what it caused, which are one level deeper.
 */
import { KIND, PAYLOAD, RECORD_WORDS } from '../../model/trace/record.ts';

const SHOWN: ReadonlySet<number> = new Set([KIND.TXN_BEGIN, KIND.TXN, KIND.EVENT, KIND.COMMAND, KIND.IRQ, KIND.HOP]);

/** Where the number of the record that a hop began before is. */
const BEGAN = PAYLOAD + 4;

export interface PathPlace {
  /** Position of the record in the trace. */
  readonly record: number;
  readonly depth: number;
  /** Rows after this one that it caused. */
  readonly inside: number;
}

export class PathIndex {
  readonly #records: number[] = [];
  /** The record that each row began before, or is. */
  readonly #began: number[] = [];
  readonly #depths: number[] = [];
  readonly #inside: number[] = [];
  /** The row that each step begins with. */
  readonly #steps: number[] = [];
  /** Hops before each step. */
  readonly #hopsBefore: number[] = [];
  #hops = 0;

  get length(): number {
    return this.#records.length;
  }

  /** Rows of the stack itself: none in a lab without one. */
  get hops(): number {
    return this.#hops;
  }

  /** `position` is that of the first of these records. */
  add(words: Int32Array, position: number): void {
    for (let at = 0, record = position; at < words.length; at += RECORD_WORDS, record++) {
      const kind = words[at]! & 0xff;
      if (kind === KIND.STEP) this.#step();
      else if (kind === KIND.HOP) this.#hop(record, words[at + BEGAN]! >>> 0);
      else if (SHOWN.has(kind)) this.#push(this.length, record, record);
    }
  }

  /** Forgets the steps behind the first `steps`. */
  cut(steps: number): void {
    const rows = this.#steps[steps];
    if (rows === undefined) return;
    for (const list of [this.#records, this.#began, this.#depths, this.#inside]) list.length = rows;
    this.#hops = this.#hopsBefore[steps]!;
    for (const list of [this.#steps, this.#hopsBefore]) list.length = steps;
  }

  /** Undefined beyond the last row. */
  at(row: number): PathPlace | undefined {
    const record = this.#records[row];
    return record === undefined ? undefined : { record, depth: this.#depths[row]!, inside: this.#inside[row]! };
  }

  /** Rows of a step, from 1; 0 is what came before the first. `end` is exclusive. */
  rowsOf(step: number): { readonly from: number; readonly end: number } {
    const from = step === 0 ? 0 : (this.#steps[step - 1] ?? this.length);
    return { from, end: this.#steps[step] ?? this.length };
  }

  /** The step that a row is of: 0 before the first. */
  stepOf(row: number): number {
    let [low, high] = [0, this.#steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#steps[middle]! <= row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The first row that begins at or after a record. */
  rowAt(record: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#began[middle]! < record) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The row of what began at `began` that shows a record; undefined: none does. */
  rowOf(record: number, began: number): number | undefined {
    for (let row = this.rowAt(began); row < this.length && this.#began[row] === began; row++) if (this.#records[row] === record) return row;
    return undefined;
  }

  #step(): void {
    this.#steps.push(this.length);
    this.#hopsBefore.push(this.#hops);
  }

  /** What a hop caused is at the end of the list, and little: it is looked for from there. */
  #hop(record: number, began: number): void {
    this.#hops++;
    const first = this.#steps.at(-1) ?? 0;
    let row = this.length;
    while (row > first && this.#began[row - 1]! >= began) row--;
    for (let inner = row; inner < this.length; inner++) this.#depths[inner]!++;
    this.#push(row, record, began);
  }

  #push(row: number, record: number, began: number): void {
    const inside = this.length - row;
    if (inside === 0) {
      this.#records.push(record);
      this.#began.push(began);
      this.#depths.push(0);
      this.#inside.push(0);
      return;
    }
    this.#records.splice(row, 0, record);
    this.#began.splice(row, 0, began);
    this.#depths.splice(row, 0, 0);
    this.#inside.splice(row, 0, inside);
  }
}
