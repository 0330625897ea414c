import { assert } from '../base/assert.ts';
import { fromWords, hiWord, loWord } from '../base/address.ts';
import { SOFTWARE } from './author.ts';
import type { Author } from './author.ts';
import { SparseRegion } from './sparse-region.ts';
import { giveBack, MAX_WINDOW_BYTES, takeWindow } from './window.ts';
import type { Window } from './window.ts';

export interface MemoryRegion {
  /** First physical address, a multiple of 4096. */
  readonly base: bigint;
  /** Bytes, a multiple of 4096. */
  readonly size: bigint;
}

/** Is told of bytes that were just written, and by whom. */
export interface WriteObserver {
  wrote(address: number, bytes: number, author: Author): void;
}

const PAGE = 4096n;
const PAGE_BYTES = Number(PAGE);
const FOUR_GIB = 2 ** 32;

/** How much of the first region fits the flat window: at most 1 GiB, and within one 4 GiB block so that its high word is a constant. */
function windowBytesOf(region: MemoryRegion): number {
  const toBoundary = FOUR_GIB - Number(region.base & 0xffff_ffffn);
  return Math.min(Number(region.size), MAX_WINDOW_BYTES, toBoundary);
}

function checkRegions(sorted: readonly MemoryRegion[]): void {
  let end = 0n;
  for (const { base, size } of sorted) {
    assert(base % PAGE === 0n && size % PAGE === 0n && size > 0n, 'a memory region is made of whole 4 KiB pages');
    assert(base >= end, 'memory regions do not overlap');
    end = base + size;
    assert(end <= 1n << 52n, 'physical addresses have at most 52 bits');
  }
}

/**
 * The system's memory as the SMMU sees it: little-endian, by physical address. The first region lies in one flat
 * shared window (hot path), everything else behind it in sparse regions. An address outside all regions is an
 * external abort: reads give null or false, writes give false, nothing throws.
 *
 * Addresses at the edge are bigint; the engine uses `load` and `store32` with (hi, lo) words.
 */
export class PhysicalMemory {
  readonly regions: readonly MemoryRegion[];
  readonly window: Window;
  /** The flat window as words; index = (address - window base) / 4. */
  readonly words: Int32Array;
  readonly windowHi: number;
  readonly windowLo: number;
  readonly windowBytes: number;
  /** Result of the last successful `load`. */
  lo = 0;
  hi = 0;
  observer: WriteObserver | null = null;
  /** Who writes, unless `by` says otherwise. */
  author: Author = SOFTWARE;
  /** By their addresses. */
  readonly #sparse: SparseRegion[] = [];
  readonly #bytes: Uint8Array;
  /** By their addresses, those that were ever asked for. */
  readonly #pages = new Map<number, Int32Array>();
  readonly #base: number;

  constructor(regions: readonly MemoryRegion[]) {
    const [first] = regions;
    assert(first !== undefined, 'memory has at least one region');
    checkRegions([...regions].sort((a, b) => (a.base < b.base ? -1 : 1)));
    this.regions = regions;
    this.windowBytes = windowBytesOf(first);
    this.windowHi = hiWord(first.base);
    this.windowLo = loWord(first.base);
    this.#base = Number(first.base);
    this.window = takeWindow(this.windowBytes);
    this.words = this.window.words;
    this.#bytes = new Uint8Array(this.words.buffer);
    const rest = Number(first.size) - this.windowBytes;
    if (rest > 0) this.#sparse.push(new SparseRegion(this.#base + this.windowBytes, rest));
    for (const region of regions.slice(1)) this.#sparse.push(new SparseRegion(Number(region.base), Number(region.size)));
    this.#sparse.sort((a, b) => a.base - b.base);
  }

  /** Reads the aligned 64-bit word at (hi, lo) into `this.hi`, `this.lo`; false is an external abort. */
  load(hi: number, lo: number): boolean {
    const offset = (lo - this.windowLo) >>> 0;
    if (hi === this.windowHi && offset < this.windowBytes) {
      this.lo = this.words[offset >>> 2]!;
      this.hi = this.words[(offset >>> 2) + 1]!;
      return true;
    }
    const address = (hi >>> 0) * FOUR_GIB + (lo >>> 0);
    const region = this.#find(address);
    if (region === undefined) return false;
    this.lo = region.word(address);
    this.hi = region.word(address + 4);
    return true;
  }

  /** Writes the aligned 32-bit word at (hi, lo); false is an external abort. */
  store32(hi: number, lo: number, value: number): boolean {
    if (!this.#put(hi, lo, value)) return false;
    this.observer?.wrote((hi >>> 0) * FOUR_GIB + (lo >>> 0), 4, this.author);
    return true;
  }

  /** Stores a word that the observer is told of by whoever asked, as a part of something larger perhaps. */
  #put(hi: number, lo: number, value: number): boolean {
    const offset = (lo - this.windowLo) >>> 0;
    if (hi === this.windowHi && offset < this.windowBytes) {
      this.window.store(offset, value);
      return true;
    }
    const address = (hi >>> 0) * FOUR_GIB + (lo >>> 0);
    const region = this.#find(address);
    region?.setWord(address, value);
    return region !== undefined;
  }

  contains(pa: bigint, length: number): boolean {
    if (pa < 0n || pa >= 1n << 52n) return false;
    let at = Number(pa);
    const end = at + length;
    while (at < end) {
      const next = this.#endOfRegion(at);
      if (next === undefined) return false;
      at = next;
    }
    return true;
  }

  readBytes(pa: bigint, length: number): Uint8Array | null {
    if (!this.contains(pa, length)) return null;
    const start = Number(pa) - this.#base;
    if (start >= 0 && start + length <= this.windowBytes) return this.#bytes.slice(start, start + length);
    const copied = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const at = Number(pa) + done;
      const count = Math.min(length - done, this.#endOfRegion(at)! - at);
      const region = this.#find(at);
      if (region === undefined) copied.set(this.#bytes.subarray(at - this.#base, at - this.#base + count), done);
      else region.copy(at, copied, done, count);
      done += count;
    }
    return copied;
  }

  writeBytes(pa: bigint, bytes: Uint8Array): boolean {
    if (!this.contains(pa, bytes.length)) return false;
    if (bytes.length === 0) return true;
    const start = Number(pa) - this.#base;
    if (start >= 0 && start + bytes.length <= this.windowBytes) {
      this.window.mark(start, bytes.length);
      this.#bytes.set(bytes, start);
      this.observer?.wrote(Number(pa), bytes.length, this.author);
      return true;
    }
    bytes.forEach((byte, i) => this.#setByte(Number(pa) + i, byte));
    this.observer?.wrote(Number(pa), bytes.length, this.author);
    return true;
  }

  fill(pa: bigint, length: number, byte: number): boolean {
    if (!this.contains(pa, length)) return false;
    const start = Number(pa) - this.#base;
    if (start >= 0 && start + length <= this.windowBytes) {
      if (length > 0) this.window.mark(start, length);
      this.#bytes.fill(byte, start, start + length);
      this.observer?.wrote(Number(pa), length, this.author);
      return true;
    }
    for (let i = 0; i < length; i++) this.#setByte(Number(pa) + i, byte);
    this.observer?.wrote(Number(pa), length, this.author);
    return true;
  }

  read32(pa: bigint): number | null {
    assert(pa % 4n === 0n, 'a 32-bit read is aligned');
    return this.contains(pa, 4) ? this.#word(Number(pa)) >>> 0 : null;
  }

  write32(pa: bigint, value: number): boolean {
    assert(pa % 4n === 0n, 'a 32-bit write is aligned');
    return this.contains(pa, 4) && this.store32(hiWord(pa), loWord(pa), value | 0);
  }

  read64(pa: bigint): bigint | null {
    assert(pa % 8n === 0n, 'a 64-bit read is aligned');
    if (!this.contains(pa, 8)) return null;
    return fromWords(this.#word(Number(pa) + 4), this.#word(Number(pa)));
  }

  write64(pa: bigint, value: bigint): boolean {
    assert(pa % 8n === 0n, 'a 64-bit write is aligned');
    if (!this.contains(pa, 8)) return false;
    this.#put(hiWord(pa), loWord(pa), loWord(value));
    this.#put(hiWord(pa), loWord(pa) + 4, hiWord(value));
    // One write: nobody sees half of it.
    this.observer?.wrote(Number(pa), 8, this.author);
    return true;
  }

  /** Does a write as `author`. */
  by<T>(author: Author, write: () => T): T {
    const before = this.author;
    this.author = author;
    const result = write();
    this.author = before;
    return result;
  }

  /** Pages of 4 KiB that are not all zero, by region. The bytes are those of memory itself: copy them. */
  *contents(): Generator<readonly [pa: bigint, bytes: Uint8Array]> {
    const holds = (bytes: Uint8Array): boolean => bytes.some((byte) => byte !== 0);
    for (const offset of this.window.writtenPages()) {
      const page = this.#bytes.subarray(offset, Math.min(offset + PAGE_BYTES, this.windowBytes));
      if (holds(page)) yield [BigInt(this.#base + offset), page];
    }
    for (const region of this.#sparse) {
      for (const [address, bytes] of region.stored()) {
        for (let at = 0; at < bytes.byteLength; at += PAGE_BYTES) {
          const page = bytes.subarray(at, at + PAGE_BYTES);
          if (holds(page)) yield [BigInt(address + at), page];
        }
      }
    }
  }

  /**
   * Pages of 4 KiB that were written since this was last called, as words of memory itself: always the same object for a page. Words put
   * there are not told to the observer.
   */
  freshPages(): Int32Array[] {
    const pages = this.window.freshPages().map((offset) => this.#page(this.#base + offset, () => this.window.page(offset)));
    for (const region of this.#sparse) for (const [address, words] of region.freshPages()) pages.push(this.#page(address, () => words));
    return pages;
  }

  #page(address: number, words: () => Int32Array): Int32Array {
    const page = this.#pages.get(address) ?? words();
    this.#pages.set(address, page);
    return page;
  }

  /** Zeroes what was written since construction or the last clear. */
  clear(): void {
    this.window.clear();
    for (const region of this.#sparse) region.clear();
    this.#pages.clear();
  }

  /** Hands the window back for the next memory of this thread; this one must not be used any more. */
  release(): void {
    giveBack(this.window);
  }

  /** A capture has hundreds of regions. */
  #find(address: number): SparseRegion | undefined {
    let low = 0;
    let high = this.#sparse.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sparse[middle]!.base <= address) low = middle + 1;
      else high = middle;
    }
    const found = this.#sparse[low - 1];
    return found?.contains(address) === true ? found : undefined;
  }

  #endOfRegion(address: number): number | undefined {
    if (address >= this.#base && address - this.#base < this.windowBytes) return this.#base + this.windowBytes;
    const region = this.#find(address);
    return region === undefined ? undefined : region.base + region.bytes;
  }

  #word(address: number): number {
    const offset = address - this.#base;
    if (offset >= 0 && offset < this.windowBytes) return this.words[offset >>> 2]!;
    return this.#find(address)?.word(address) ?? 0;
  }

  #setByte(address: number, byte: number): void {
    const aligned = address - (address % 4);
    const shift = (address % 4) * 8;
    const word = (this.#word(aligned) & ~(0xff << shift)) | (byte << shift);
    this.#put(Math.floor(aligned / FOUR_GIB), loWord(BigInt(aligned)), word);
  }
}
