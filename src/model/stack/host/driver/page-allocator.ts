/** A kernel's memory for tables and queues: blocks of powers of two, aligned to their size, zeroed. */
import { assert } from '../../../base/assert.ts';

export interface PageSource {
  /** At least `bytes`, aligned to the next power of two (at least 4 KiB), zeroed; null: none left. */
  allocate(bytes: number): bigint | null;
  free(address: bigint, bytes: number): void;
}

const PAGE = 4096;

/** Bytes that an allocation takes. */
function blockBytes(bytes: number): number {
  let block = PAGE;
  while (block < bytes) block *= 2;
  return block;
}

/** First fit upwards through [start, start + bytes); freed blocks are used again, the last freed first. */
export class PageAllocator implements PageSource {
  private readonly end: bigint;
  private readonly fill: (address: bigint, length: number) => boolean;
  private readonly freed = new Map<number, bigint[]>();
  private readonly _inUse = new Map<bigint, number>();
  private next: bigint;

  /** `fill` zeroes memory, false when there is none at the address. */
  constructor(start: bigint, bytes: bigint, fill: (address: bigint, length: number) => boolean) {
    this.next = start;
    this.end = start + bytes;
    this.fill = fill;
  }

  /** Blocks in use: address and bytes. */
  get inUse(): ReadonlyMap<bigint, number> {
    return this._inUse;
  }

  allocate(bytes: number): bigint | null {
    const block = blockBytes(bytes);
    const address = this.freed.get(block)?.pop() ?? this.#fresh(BigInt(block));
    if (address === null || !this.fill(address, block)) return null;
    this._inUse.set(address, block);
    return address;
  }

  free(address: bigint, bytes: number): void {
    const block = blockBytes(bytes);
    assert(this._inUse.get(address) === block, 'what is freed was allocated, with this size');
    this._inUse.delete(address);
    const list = this.freed.get(block) ?? [];
    list.push(address);
    this.freed.set(block, list);
  }

  #fresh(block: bigint): bigint | null {
    const address = (this.next + block - 1n) & -block;
    if (address + block > this.end) return null;
    this.next = address + block;
    return address;
  }
}
