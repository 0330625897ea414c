import type { Result, LabError } from '../../model/base/result.ts';
import type { Range } from '../capture/ranges.ts';

export const PAGE = 4096;

/** The memory of a machine as a dump has it: pages that are read when they are asked for. */
export interface MemoryImage {
  /** Such as `ELF core file`. */
  readonly title: string;
  /** Physical memory that the dump speaks of, in order, none touching the next. */
  readonly ranges: readonly Range[];
  /** What it says of itself, for people: name and value. */
  readonly notes: readonly (readonly [name: string, value: string])[];
  /** What was not understood or is damaged so far: reading pages may find more. */
  readonly problems: readonly LabError[];
  /** The 4 KiB at a physical address, a multiple of 4096; null: the dump does not hold them. */
  page(pa: bigint): Uint8Array | null;
}

export type OpenImage = Result<MemoryImage>;
