/**
 * Which part of an address space is free: the host's physical memory, or the RAM of a VM in IPAs. First fit from the lowest
 * address, so that a document always gives the same placement.
 */
import { assert } from '../base/assert.ts';

export interface Range {
  readonly base: bigint;
  readonly size: bigint;
}

export interface Placement {
  /** Power of two. */
  readonly align: bigint;
  /** The address is congruent to this modulo `align`; 0 when absent. */
  readonly offset?: bigint;
  /** Lowest address to consider. */
  readonly from?: bigint;
  /** An address that must not be chosen. */
  readonly avoid?: bigint;
}

interface Span {
  readonly start: bigint;
  readonly end: bigint;
}

const nextAt = (start: bigint, align: bigint, offset: bigint): bigint => start + BigInt.asUintN(64, offset - start) % align;

export class AddressSpace {
  private free: Span[];

  constructor(ranges: readonly Range[]) {
    this.free = ranges.map(({ base, size }) => ({ start: base, end: base + size })).sort((a, b) => (a.start < b.start ? -1 : 1));
  }

  /** Whether the whole range is free. */
  isFree(base: bigint, size: bigint): boolean {
    return this.free.some((span) => base >= span.start && base + size <= span.end);
  }

  /** Takes what is free of the range; parts that are taken already stay so. */
  reserve(base: bigint, size: bigint): void {
    const end = base + size;
    this.free = this.free.flatMap((span) => {
      if (end <= span.start || base >= span.end) return [span];
      const left = { start: span.start, end: base };
      const right = { start: end, end: span.end };
      return [left, right].filter((part) => part.start < part.end);
    });
  }

  /** Takes `size` bytes at the lowest fitting address, or null when no free range fits. */
  allocate(size: bigint, { align, offset = 0n, from = 0n, avoid }: Placement): bigint | null {
    assert(size > 0n && (align & (align - 1n)) === 0n, 'an allocation has a size and an alignment that is a power of two');
    for (const span of this.free) {
      const start = span.start > from ? span.start : from;
      let base = nextAt(start, align, offset);
      if (base === avoid) base += align;
      if (base + size > span.end) continue;
      this.reserve(base, size);
      return base;
    }
    return null;
  }
}
