/** Which driver it is, and what memory it works on. */
import type { Hop } from '../../journal.ts';

/** Memory as the driver's CPU sees it, by the addresses that it gives the SMMU. */
export interface DriverMemory {
  read64(address: bigint): bigint | null;
  write64(address: bigint, value: bigint): boolean;
}

/** Which driver: v5.15 with the nine patches, or a current one (6.18). */
export type Generation = 'v16' | 'modern';

/** The nine patches as they were posted, or as they were meant. */
export type As = 'posted' | 'intended';

export interface DriverChoices {
  readonly generation: Generation;
  readonly as: As;
  /** dmesg of events: raw words, or (6.14 and later) decoded too. */
  readonly dmesg: 'raw' | 'decoded';
  /** Module parameter: a device without domain aborts rather than bypasses. */
  readonly disableBypass: boolean;
  /** Not an SMMU of HiSilicon's that stumbles over it. */
  readonly prefetch: boolean;
  /** The kernel's PAGE_SIZE. */
  readonly pageSize: bigint;
  /** Whose driver this is, in the journal. */
  readonly hop: Hop;
}
