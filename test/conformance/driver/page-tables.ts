/** Page tables as their owner keeps them: leaves of any size, broken before they are made anew (IHI 0070 3.21.1), tables freed and used again. */
import type { PhysicalMemory } from '../../../src/model/memory/physical-memory.ts';

/** log2 of a granule's bytes. */
export type Granule = 12 | 14 | 16;

/** Where the tables of one owner lie: in IPAs of a VM, or in PAs. */
export interface TableSpace {
  allocate(bytes: bigint): bigint;
  free(address: bigint, bytes: bigint): void;
  toPa(address: bigint): bigint;
}

/** Descriptors that were made invalid, and so what the TLB may still hold of them. */
export interface Broken {
  /** A leaf, or contiguous ones; otherwise a table with everything below it. */
  readonly leaf: boolean;
  readonly level: number;
  readonly from: bigint;
  readonly size: bigint;
  /** Addresses of leaves and last-level tables: one of each. */
  readonly addresses: readonly bigint[];
  /** nG = 0. */
  readonly global: boolean;
  /** Tables to be freed once nothing remembers them. */
  readonly tables: readonly bigint[];
}

const ADDRESS = 0xffff_ffff_f000n;
const VALID = 1n;
const TABLE = 2n;
const NG = 1n << 11n;
export const CONTIGUOUS = 1n << 52n;

export class PageTables {
  readonly granule: Granule;
  readonly bits: number;
  readonly first: number;
  readonly root: bigint;
  readonly #memory: PhysicalMemory;
  readonly #space: TableSpace;
  /** First input address: that of the upper half has ones above. */
  readonly #base: bigint;
  /** Indexes in use of each table, by its address. */
  readonly #used = new Map<bigint, Set<number>>();

  constructor(memory: PhysicalMemory, space: TableSpace, granule: Granule, bits: number, first: number, upper = false) {
    this.granule = granule;
    this.bits = bits;
    this.first = first;
    this.#memory = memory;
    this.#space = space;
    this.#base = upper ? BigInt.asUintN(64, -(1n << BigInt(bits))) : 0n;
    this.root = space.allocate(this.#rootBytes);
  }

  shift(level: number): number {
    return this.granule + (this.granule - 3) * (3 - level);
  }

  /** log2 of the leaves that the Contiguous bit joins, or 0 (smmuv3.md 11.11). */
  joined(level: number): number {
    if (this.granule === 12) return level > 1 ? 4 : 0;
    return level < 3 ? 0 : this.granule === 14 ? 7 : 5;
  }

  /** The valid leaf that translates `address`. */
  leafAt(address: bigint): { readonly pa: bigint; readonly word: bigint; readonly level: number } | null {
    let table = this.root;
    for (let level = this.first; ; level++) {
      const pa = this.#at(table, address, level);
      const word = this.#memory.read64(pa)!;
      if ((word & VALID) === 0n) return null;
      if (level === 3 || (word & TABLE) === 0n) return { pa, word, level };
      table = word & ADDRESS;
    }
  }

  /** Every table with its bytes, and every valid leaf with what it maps to. */
  contents(): { readonly tables: readonly (readonly [at: bigint, bytes: bigint])[]; readonly outputs: readonly (readonly [from: bigint, bytes: bigint])[] } {
    const tables: [bigint, bigint][] = [];
    const outputs: [bigint, bigint][] = [];
    const visit = (table: bigint, level: number): void => {
      tables.push([table, level === this.first ? this.#rootBytes : this.#tableBytes]);
      for (const index of this.#usedOf(table)) {
        const word = this.#memory.read64(this.#space.toPa(table + BigInt(index) * 8n))!;
        if ((word & VALID) === 0n) continue;
        if (level < 3 && (word & TABLE) !== 0n) visit(word & ADDRESS, level + 1);
        else outputs.push([this.#alignDown(word & ADDRESS, this.shift(level)), 1n << BigInt(this.shift(level))]);
      }
    };
    visit(this.root, this.first);
    return { tables, outputs };
  }

  /** Makes invalid whatever stands in the way of a new leaf at `level`. */
  break(address: bigint, level: number): readonly Broken[] {
    let table = this.root;
    for (let at = this.first; ; at++) {
      const pa = this.#at(table, address, at);
      const word = this.#memory.read64(pa)!;
      if ((word & VALID) === 0n) return [];
      if (at === 3 || (word & TABLE) === 0n) return [this.#breakLeaf(table, address, at, word)];
      if (at === level) {
        this.#clear(table, address, at);
        return [this.#unlinked(word & ADDRESS, this.#alignDown(address, this.shift(at)), at)];
      }
      table = word & ADDRESS;
    }
  }

  /** Writes a leaf where nothing valid stands in the way. `word` without its type. */
  make(address: bigint, level: number, word: bigint, tableBits = 0n): void {
    let table = this.root;
    for (let at = this.first; ; at++) {
      this.#usedOf(table).add(this.#index(address, at));
      const pa = this.#at(table, address, at);
      if (at === level) return void this.#memory.write64(pa, word | (level === 3 ? 3n : 1n));
      const entry = this.#memory.read64(pa)!;
      if ((entry & VALID) === 0n) {
        table = this.#space.allocate(this.#tableBytes);
        this.#memory.write64(pa, table | tableBits | 3n);
      } else table = entry & ADDRESS;
    }
  }

  /** Unlinks the table at `level` behind `address` and gives how to link a copy of it; null: there is none. */
  copyTable(address: bigint, level: number): { readonly broken: Broken; link(): void } | null {
    let table = this.root;
    for (let at = this.first; at < level; at++) {
      const word = this.#memory.read64(this.#at(table, address, at))!;
      if ((word & VALID) === 0n || (word & TABLE) === 0n) return null;
      table = word & ADDRESS;
    }
    const pa = this.#at(table, address, level);
    const word = this.#memory.read64(pa)!;
    if ((word & VALID) === 0n || (word & TABLE) === 0n) return null;
    const old = word & ADDRESS;
    const whole = this.#unlinked(old, this.#alignDown(address, this.shift(level)), level, false);
    const copy = this.#space.allocate(this.#tableBytes);
    const used = this.#usedOf(old);
    for (const index of used) this.#memory.write64(this.#space.toPa(copy + BigInt(index) * 8n), this.#memory.read64(this.#space.toPa(old + BigInt(index) * 8n))!);
    this.#used.set(copy, new Set(used));
    this.#used.delete(old);
    this.#memory.write64(pa, 0n);
    return { broken: { ...whole, tables: [old] }, link: () => void this.#memory.write64(pa, (word & ~ADDRESS) | copy) };
  }

  /** The same tables behind another root, without the entries of which `keep` says no; `end` is where an entry's input addresses end. */
  copyRoot(keep: (end: bigint) => boolean): PageTables {
    const copy = new PageTables(this.#memory, this.#space, this.granule, this.bits, this.first, this.#base !== 0n);
    for (const index of this.#usedOf(this.root)) {
      if (!keep(BigInt(index + 1) << BigInt(this.shift(this.first)))) continue;
      copy.#usedOf(copy.root).add(index);
      this.#memory.write64(this.#space.toPa(copy.root + BigInt(index) * 8n), this.#memory.read64(this.#space.toPa(this.root + BigInt(index) * 8n))!);
    }
    for (const [table, used] of this.#used) if (table !== this.root) copy.#used.set(table, used);
    return copy;
  }

  /** Tables that nothing remembers any more. */
  release(tables: readonly bigint[]): void {
    for (const table of tables) this.#space.free(table, this.#tableBytes);
  }

  #breakLeaf(table: bigint, address: bigint, level: number, word: bigint): Broken {
    const shift = this.shift(level);
    const joined = (word & CONTIGUOUS) === 0n ? 0 : this.joined(level);
    const from = this.#alignDown(address, shift + joined);
    const addresses = Array.from({ length: 1 << joined }, (_, i) => from + (BigInt(i) << BigInt(shift)));
    for (const one of addresses) this.#clear(table, one, level);
    return { leaf: true, level, from, size: 1n << BigInt(shift + joined), addresses, global: (word & NG) === 0n, tables: [] };
  }

  /** Everything below a table that is no longer linked, or is about to be. */
  #unlinked(table: bigint, from: bigint, level: number, forget = true): Broken {
    const addresses: bigint[] = [];
    const tables: bigint[] = [];
    const visit = (at: bigint, base: bigint, below: number): void => {
      tables.push(at);
      if (below === 3) addresses.push(base);
      for (const index of this.#usedOf(at)) {
        const word = this.#memory.read64(this.#space.toPa(at + BigInt(index) * 8n))!;
        const input = base + (BigInt(index) << BigInt(this.shift(below)));
        if (below < 3 && (word & TABLE) !== 0n) visit(word & ADDRESS, input, below + 1);
        else addresses.push(input);
      }
      if (forget) this.#used.delete(at);
    };
    visit(table, from, level + 1);
    return { leaf: false, level, from, size: 1n << BigInt(this.shift(level)), addresses, global: false, tables };
  }

  #clear(table: bigint, address: bigint, level: number): void {
    this.#memory.write64(this.#at(table, address, level), 0n);
    this.#usedOf(table).delete(this.#index(address, level));
  }

  #usedOf(table: bigint): Set<number> {
    let used = this.#used.get(table);
    if (used === undefined) this.#used.set(table, (used = new Set()));
    return used;
  }

  #index(address: bigint, level: number): number {
    const width = level === this.first ? this.bits - this.shift(level) : this.granule - 3;
    return Number(((address - this.#base) >> BigInt(this.shift(level))) & ((1n << BigInt(width)) - 1n));
  }

  #at(table: bigint, address: bigint, level: number): bigint {
    return this.#space.toPa(table + BigInt(this.#index(address, level)) * 8n);
  }

  #alignDown(address: bigint, shift: number): bigint {
    return (address >> BigInt(shift)) << BigInt(shift);
  }

  get #tableBytes(): bigint {
    return 1n << BigInt(this.granule);
  }

  get #rootBytes(): bigint {
    const bytes = 1n << BigInt(this.bits - this.shift(this.first) + 3);
    return bytes < 4096n ? 4096n : bytes;
  }
}
