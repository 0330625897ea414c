/** The IOMMU core's cutting of ranges into pages and blocks (iommu_map, iommu_unmap). */
import { ERRNO } from '../errno.ts';
import type { Gather, PageTable } from './types.ts';

const MAX_ADDRESS_BITS = 64n;

/** Largest supported size that fits `size` and the alignment of `address`; null: none. */
function largestSize(bitmap: bigint, address: bigint, size: bigint): bigint | null {
  for (let bit = MAX_ADDRESS_BITS - 1n; bit >= 0n; bit--) {
    const one = 1n << bit;
    if ((bitmap & one) !== 0n && one <= size && (address & (one - 1n)) === 0n) return one;
  }
  return null;
}

const aligned = (bitmap: bigint, value: bigint): boolean => (value & ((bitmap & -bitmap) - 1n)) === 0n;

/** Maps a range; what was mapped before a failure is unmapped again. -EINVAL when not aligned to the smallest page. */
export function mapRange(table: PageTable, iova: bigint, paddr: bigint, size: bigint, prot: number, gather: Gather): number {
  const bitmap = table.pgsizeBitmap;
  if (size <= 0n || !aligned(bitmap, iova | paddr | size)) return -ERRNO.EINVAL;
  for (let done = 0n; done < size; ) {
    const pgsize = largestSize(bitmap, (iova + done) | (paddr + done), size - done);
    const result = pgsize === null ? -ERRNO.EINVAL : table.mapPages(iova + done, paddr + done, pgsize, 1, prot);
    if (pgsize === null || result !== 0) {
      if (done > 0n) unmapRange(table, iova, done, gather);
      return result;
    }
    done += pgsize;
  }
  return 0;
}

/** Unmaps a range until something is not mapped; gives the bytes that went. */
export function unmapRange(table: PageTable, iova: bigint, size: bigint, gather: Gather): bigint {
  const bitmap = table.pgsizeBitmap;
  if (size <= 0n || !aligned(bitmap, iova | size)) return 0n;
  let done = 0n;
  while (done < size) {
    const pgsize = largestSize(bitmap, iova + done, size - done);
    const bytes = pgsize === null ? 0n : table.unmapPages(iova + done, pgsize, 1, gather);
    if (bytes === 0n) break;
    done += bytes;
  }
  return done;
}
