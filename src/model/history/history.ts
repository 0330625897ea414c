/**
 * Snapshots of a machine that goes on: the newest whole, of each only what has changed since the one before. Going back puts into every
 * object what it held; the objects stay the same ones. Memory is bounded: beyond the bound snapshots that lie close together become one.
 */
import type { PhysicalMemory } from '../memory/physical-memory.ts';
import { Reach } from './reach.ts';
import { bytesOf, putBack, save, saveChanged } from './saved.ts';
import type { Saved, Words } from './saved.ts';

export interface HistoryLimits {
  readonly snapshots: number;
  /** Of what snapshots hold beyond one copy of the machine. */
  readonly bytes: number;
}

export interface Remembered {
  /** Of the machine's parts; memory is looked at by its pages. */
  readonly roots: readonly object[];
  readonly memory: PhysicalMemory;
  /** What the machine refers to and is no part of it, such as the documents. */
  readonly apart: Iterable<object>;
}

/** Where a snapshot was taken. */
export interface Mark {
  readonly position: number;
  /** How long it takes to come here from the start, in any unit: snapshots are spread over it. */
  readonly work: number;
}

interface Snapshot<M extends Mark> {
  readonly mark: M;
  /** What has changed since the snapshot before, as it was there. */
  readonly before: Map<object, Saved>;
  bytes: number;
}

const sum = (saved: ReadonlyMap<object, Saved>): number => [...saved.values()].reduce((bytes, one) => bytes + bytesOf(one), 0);

export class History<M extends Mark> {
  readonly #memory: PhysicalMemory;
  readonly #reach: Reach;
  readonly #limits: HistoryLimits;
  /** As of the newest snapshot. */
  #objects = new Map<object, Saved>();
  readonly #pages = new Map<Words, Words>();
  readonly #snapshots: Snapshot<M>[] = [];
  #bytes = 0;

  constructor({ roots, memory, apart }: Remembered, limits: HistoryLimits) {
    this.#memory = memory;
    this.#reach = new Reach(roots, new Set([...apart, memory, memory.words.buffer]));
    this.#limits = limits;
  }

  get marks(): readonly M[] {
    return this.#snapshots.map(({ mark }) => mark);
  }

  /** What snapshots hold beyond one copy of the machine. */
  get bytes(): number {
    return this.#bytes;
  }

  keep(mark: M): void {
    const before = this.#keepObjects();
    this.#keepPages(before);
    const bytes = this.#snapshots.length === 0 ? 0 : sum(before);
    this.#snapshots.push({ mark, before: this.#snapshots.length === 0 ? new Map() : before, bytes });
    this.#bytes += bytes;
    while (this.#snapshots.length > 2 && (this.#snapshots.length > this.#limits.snapshots || this.#bytes > this.#limits.bytes)) this.#thin();
  }

  /** The machine as it was at the last snapshot whose position is not beyond `position`, which becomes the newest. Null: none is. */
  backTo(position: number): M | null {
    let to = this.#snapshots.length - 1;
    while (to >= 0 && this.#snapshots[to]!.mark.position > position) to--;
    if (to < 0) return null;
    for (const page of this.#memory.freshPages()) putBack(page, this.#pages.get(page) ?? new Int32Array(page.length));
    const held = new Map<object, Saved>();
    // The older one wins.
    for (const { before, bytes } of this.#snapshots.splice(to + 1).reverse()) {
      for (const [one, saved] of before) held.set(one, saved);
      this.#bytes -= bytes;
    }
    for (const [one, saved] of this.#objects) if (!held.has(one)) putBack(one, saved);
    for (const [one, saved] of held) {
      putBack(one, saved);
      if (this.#pages.has(one as Words)) this.#pages.set(one as Words, saved as Words);
      else this.#objects.set(one, saved);
    }
    // Objects that nothing led to are of the machine again, others no more.
    this.#keepObjects();
    return this.#snapshots[to]!.mark;
  }

  /** Gives what has changed, as it was. */
  #keepObjects(): Map<object, Saved> {
    const before = new Map<object, Saved>();
    const objects = new Map<object, Saved>();
    for (const one of this.#reach.all()) {
      const known = this.#objects.get(one);
      const changed = known === undefined ? save(one) : saveChanged(one, known);
      objects.set(one, changed ?? known!);
      if (known !== undefined && changed !== null) before.set(one, known);
    }
    // Nothing leads to them any more, and so nothing changes them: most are as they were.
    for (const [one, known] of this.#objects) if (!objects.has(one) && saveChanged(one, known) !== null) before.set(one, known);
    this.#objects = objects;
    return before;
  }

  #keepPages(before: Map<object, Saved>): void {
    for (const page of this.#memory.freshPages()) {
      const known = this.#pages.get(page) ?? new Int32Array(page.length);
      const changed = saveChanged(page, known);
      if (changed === null) continue;
      before.set(page, known);
      this.#pages.set(page, changed as Words);
    }
  }

  /** The one that is missed least goes: the way from the one before it to the one behind it is the shortest. */
  #thin(): void {
    const snapshots = this.#snapshots;
    let [least, at] = [Infinity, 1];
    for (let n = 1; n < snapshots.length - 1; n++) {
      const way = snapshots[n + 1]!.mark.work - snapshots[n - 1]!.mark.work;
      if (way < least) [least, at] = [way, n];
    }
    const [gone] = snapshots.splice(at, 1);
    const next = snapshots[at]!;
    for (const [one, saved] of gone!.before) next.before.set(one, saved);
    this.#bytes -= gone!.bytes + next.bytes;
    next.bytes = sum(next.before);
    this.#bytes += next.bytes;
  }
}
