/** What firmware tells a guest of memory that devices use behind its back: IORT RMR nodes (IORT revision E.b; b.5). */

export interface MemoryRange {
  readonly base: bigint;
  readonly length: bigint;
}

/** A mapping of an IORT node: the StreamIDs that it is for. */
export interface IdMapping {
  readonly outputBase: number;
  readonly count: number;
  /** The output is `outputBase`, whatever the input: one device. */
  readonly single: boolean;
}

/** Reserved Memory Range: to be mapped as it is for these streams. */
export interface RmrNode {
  readonly type: 6;
  readonly revision: 1;
  /** Bytes of the node. */
  readonly length: number;
  /** Bit 0: remapping is permitted. */
  readonly flags: number;
  readonly ranges: readonly MemoryRange[];
  readonly mapping: IdMapping;
}

export interface Firmware {
  /** IORT revision 3 is E.b, the first with RMR nodes. */
  readonly iortRevision: number;
  readonly rmrs: readonly RmrNode[];
  /** PCI _DSM function 5 returns 0: the boot configuration stays. Without it kernels ignore RMRs of PCI devices. */
  readonly preserveBootConfiguration: boolean;
}

export const NO_FIRMWARE: Firmware = { iortRevision: 3, rmrs: [], preserveBootConfiguration: false };

/** Ranges that a kernel maps as they are for a stream. */
export function reservedRanges(firmware: Firmware, streamId: number): readonly MemoryRange[] {
  if (!firmware.preserveBootConfiguration) return [];
  return firmware.rmrs.filter(({ mapping }) => covers(mapping, streamId)).flatMap((rmr) => rmr.ranges);
}

const covers = ({ outputBase, count }: IdMapping, id: number): boolean => id >= outputBase && id < outputBase + count;
