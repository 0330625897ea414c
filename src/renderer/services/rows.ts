/**
 * Rows of a list that lives in the host, fetched a page at a time as they come into view. A list only grows until it is
 * restarted; then the old rows stay on screen until the new ones are there.
 */
import { shallowRef, triggerRef } from 'vue';

export const PAGE = 128;
/** A list that grows faster than by so many rows at a time shows its new end once the rows are there. */
const LEAP = 4 * PAGE;
/** Rows at the end of a list that may be on screen before it is known how many are. */
const TAIL = 32;
/** Pages kept; the ones used longest ago go first. */
const MAX_PAGES = 64;

interface Page<Row> {
  readonly rows: readonly Row[];
  readonly epoch: number;
}

interface Tail<Row> extends Page<Row> {
  readonly from: number;
}

export type FetchWindow<Row> = (from: number, count: number) => Promise<{ readonly total: number; readonly rows: readonly Row[] }>;

export class RowCache<Row> {
  readonly #fetch: FetchWindow<Row>;
  readonly #pages = shallowRef(new Map<number, Page<Row>>());
  readonly #total = shallowRef(0);
  readonly #waiting = new Map<number, { readonly total: number; readonly done: Promise<void> }>();
  #epoch = 0;
  /** What the list has grown to while rows of its end are on their way. */
  #leaping: number | null = null;
  /** The rows of the end that was leapt to last, fewer than pages would be. */
  #tail: Tail<Row> | null = null;
  #onScreen = TAIL;

  constructor(fetch: FetchWindow<Row>) {
    this.#fetch = fetch;
  }

  get total(): number {
    return this.#total.value;
  }

  /** Reactive; undefined while the row is on its way. */
  rowAt(index: number): Row | undefined {
    if (index >= this.#total.value) return undefined;
    const page = this.#pages.value.get(Math.floor(index / PAGE));
    return this.#tail !== null && this.#isTail(index, index + 1) ? this.#tail.rows[index - this.#tail.from] : page?.rows[index % PAGE];
  }

  /** Fetches what of these rows is missing. */
  async ensure(from: number, count: number): Promise<void> {
    const end = Math.min(from + count, this.total);
    this.#onScreen = Math.max(this.#onScreen, count);
    if (this.#isTail(from, end)) return;
    const wanted: Promise<void>[] = [];
    for (let page = Math.floor(Math.max(0, from) / PAGE); page * PAGE < end; page++) if (!this.#isComplete(page)) wanted.push(this.#load(page));
    await Promise.all(wanted);
  }

  /** The row itself, fetched if need be. */
  async get(index: number): Promise<Row | undefined> {
    await this.ensure(index, 1);
    return this.rowAt(index);
  }

  /** The list has now this many rows; while it goes on growing it need not show them at once. */
  grow(total: number, goesOn = false): void {
    if (!goesOn || (this.#leaping === null && total - this.total < LEAP)) {
      this.#leaping = null;
      this.#total.value = total;
      return;
    }
    const isUnderWay = this.#leaping !== null;
    this.#leaping = total;
    if (!isUnderWay) void this.#leap();
  }

  /** Every row may be another now. */
  restart(total: number): void {
    this.#epoch++;
    this.#waiting.clear();
    this.#leaping = null;
    this.#total.value = total;
  }

  /** The first row at or after `from` (before, if `step` is -1) that `matches`, or -1. */
  async find(from: number, step: 1 | -1, matches: (row: Row) => boolean): Promise<number> {
    for (let index = from; index >= 0 && index < this.total; index += step) {
      const row = await this.get(index);
      if (row !== undefined && matches(row)) return index;
    }
    return -1;
  }

  async #leap(): Promise<void> {
    const epoch = this.#epoch;
    while (this.#leaping !== null) {
      const to = this.#leaping;
      const from = Math.max(0, to - this.#onScreen);
      // Whoever asks for these rows next hears what is wrong.
      const rows = await this.#fetch(from, to - from).then((end) => end.rows, () => []);
      if (epoch !== this.#epoch || this.#leaping === null) return;
      this.#tail = { from, rows, epoch };
      this.#total.value = to;
      if (this.#leaping === to) this.#leaping = null;
    }
  }

  #isTail(from: number, end: number): boolean {
    const tail = this.#tail;
    return tail !== null && tail.epoch === this.#epoch && from >= tail.from && end <= tail.from + tail.rows.length;
  }

  #isComplete(page: number): boolean {
    const held = this.#pages.value.get(page);
    return held !== undefined && held.epoch === this.#epoch && held.rows.length >= Math.min(PAGE, this.total - page * PAGE);
  }

  #load(page: number): Promise<void> {
    const under = this.#waiting.get(page);
    // A fetch that began when the list was shorter may come back without the newest rows.
    if (under !== undefined && under.total === this.total) return under.done;
    const epoch = this.#epoch;
    const done = this.#fetch(page * PAGE, PAGE)
      .then(({ rows }) => {
        if (epoch === this.#epoch) this.#keep(page, { rows, epoch });
      })
      .finally(() => {
        if (this.#waiting.get(page)?.done === done) this.#waiting.delete(page);
      });
    this.#waiting.set(page, { total: this.total, done });
    return done;
  }

  #keep(page: number, held: Page<Row>): void {
    const pages = this.#pages.value;
    pages.delete(page);
    pages.set(page, held);
    for (const oldest of pages.keys()) {
      if (pages.size <= MAX_PAGES) break;
      pages.delete(oldest);
    }
    triggerRef(this.#pages);
  }
}
