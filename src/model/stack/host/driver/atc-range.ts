import type { AtcRange } from './commands.ts';

const EVERYTHING = 52;

/**
 * arm_smmu_atc_inv_to_cmd(): the smallest aligned power of two of 4 KiB pages that covers the range (d.4). 0 bytes are
 * everything. Pages 7 to 8 become pages 0 to 15.
 */
export function atcRange(iova: bigint, size: bigint): AtcRange {
  if (size === 0n) return { address: 0n, size: EVERYTHING };
  const first = iova >> 12n;
  const last = BigInt.asUintN(64, iova + size - 1n) >> 12n;
  const span = (first ^ last) === 0n ? 0 : (first ^ last).toString(2).length;
  return { address: (first >> BigInt(span)) << BigInt(span + 12), size: span };
}
