import type { Read } from './read.ts';

/** What an entry was made from, directly or by way of other entries. */
export class Source {
  readonly transaction: number;
  /** What made that transaction, as an index of FILLERS. */
  readonly filler: number;
  /** No read had changed when this many changes were seen, for this slot stamp. */
  cleanAt = -1;
  cleanFor = 0;
  /** How often it answered since it was filled. */
  hits = 0;
  /** There are many, and none of them ever changes: snapshots need not look at them. */
  readonly #reads: readonly Read[];

  constructor(transaction: number, filler: number, reads: readonly Read[]) {
    this.transaction = transaction;
    this.filler = filler;
    this.#reads = reads;
  }

  get reads(): readonly Read[] {
    return this.#reads;
  }
}
