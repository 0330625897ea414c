/** A region of a device: bytes that can be read, pages behind the first that can be mapped, and a rule for writes. */
import { ERRNO } from '../../errno.ts';
import { FAULT_RING_ENTRIES } from '../../uapi/vfio-v16/fault-regions.ts';

/** Of the host; the header of a ring has a page of its own, as only the pages behind it can be mapped. */
export const PAGE_SIZE = 4096;

export interface VfioRegion {
  readonly bytes: Uint8Array;
  /** pwrite() at `position` in the region: the bytes taken, or a negative errno. */
  write(position: number, data: Uint8Array): number;
}

/** A page for the header and whole pages for the entries. */
export const regionBytes = (entry: number): Uint8Array =>
  new Uint8Array(PAGE_SIZE + Math.ceil((FAULT_RING_ENTRIES * entry) / PAGE_SIZE) * PAGE_SIZE);

/** pread(): at most `length` bytes from `position`; -EINVAL behind the end. */
export function readRegion(region: VfioRegion, position: number, length: number): Uint8Array | number {
  if (position < 0 || position >= region.bytes.length) return -ERRNO.EINVAL;
  return region.bytes.slice(position, position + length);
}

/** mmap(): the bytes themselves, whole pages behind the header; anything else is -EINVAL. */
export function mapRegion(region: VfioRegion, position: number, length: number): Uint8Array | number {
  const pages = position % PAGE_SIZE === 0 && length > 0 && length % PAGE_SIZE === 0;
  if (!pages || position < PAGE_SIZE || position + length > region.bytes.length) return -ERRNO.EINVAL;
  return region.bytes.subarray(position, position + length);
}
