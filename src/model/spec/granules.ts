/** What a granule implies: which are implemented, how many bits a level resolves, where a stage-2 walk starts. */
import type { Features } from './features.ts';

/** Whether the SMMU has the granule of `shift` bits (12, 14 or 16; 0 is a reserved code). */
export function hasGranule(shift: number, f: Features): boolean {
  if (shift === 12) return f.gran4k;
  if (shift === 14) return f.gran16k;
  return shift === 16 && f.gran64k;
}

/** Bits of address that one level of a table resolves: 9, 11 or 13. */
const levelStride = (shift: number): number => shift - 3;

/** The largest TxSZ: 39, or with small translation tables 48 (47 with 64 KiB pages). */
export function largestTxsz(shift: number, f: Features): number {
  if (!f.stt) return 39;
  return shift === 16 ? 47 : 48;
}

/**
 * Start level of a stage-2 walk by S2SL0, or -1 when the code is reserved. 5.2 S2SL0; the Arm ARM also reserves code 2
 * when the physical address size is too small to need that level.
 */
export function stage2StartLevel(shift: number, sl0: number, ds: boolean, f: Features): number {
  if (sl0 === 3) {
    if (shift === 12) return f.stt ? 3 : -1;
    return shift === 14 && ds ? 0 : -1;
  }
  if (sl0 === 2 && f.oas < (shift === 14 ? 42 : 44)) return -1;
  return shift === 12 ? 2 - sl0 : 3 - sl0;
}

/** Smallest size in bits of an IPA whose walk may start at `level`; the largest is `stage2LargestSize`. */
export const stage2SmallestSize = (shift: number, level: number): number => (3 - level) * levelStride(shift) + shift + 1;

/** Up to 16 start tables are concatenated: 4 bits beyond the stride of the level. */
export const stage2LargestSize = (shift: number, level: number): number =>
  stage2SmallestSize(shift, level) + levelStride(shift) + 3;
