import { hex } from '../../model/base/address.ts';
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import type { Manifest } from './manifest.ts';

/** Physical memory from `base`, `size` bytes. */
export interface Range {
  readonly base: bigint;
  readonly size: bigint;
}

const byBase = (a: Range, b: Range): number => (a.base < b.base ? -1 : 1);

/** Segments and zero ranges must not overlap: two files would claim the same memory. */
export function checkRanges({ segments, zeroRanges }: Manifest): Result<null> {
  const all = [
    ...segments.map((one, index) => ({ ...one, path: `segments[${index}]` })),
    ...zeroRanges.map((one, index) => ({ ...one, path: `zeroRanges[${index}]` })),
  ].sort(byBase);
  for (const [index, next] of all.entries()) {
    const before = all[index - 1];
    if (before !== undefined && next.base < before.base + before.size) {
      return fail('overlapping-ranges', `${next.path} at ${hex(next.base)} overlaps ${before.path}, which ends at ${hex(before.base + before.size)}`, {
        file: 'manifest.json',
        path: next.path,
      });
    }
    if (next.base + next.size > 1n << 52n) {
      return fail('bad-range', `${next.path} ends at ${hex(next.base + next.size)}, beyond 52 bits of physical address`, { file: 'manifest.json', path: next.path });
    }
  }
  return ok(null);
}

/** The ranges in order, those that touch made one. */
export function joinRanges(ranges: readonly Range[]): Range[] {
  const joined: Range[] = [];
  for (const { base, size } of [...ranges].sort(byBase)) {
    const last = joined[joined.length - 1];
    if (last !== undefined && last.base + last.size === base) joined[joined.length - 1] = { base: last.base, size: last.size + size };
    else joined.push({ base, size });
  }
  return joined;
}

export const contains = (range: Range, address: bigint): boolean => address >= range.base && address < range.base + range.size;
