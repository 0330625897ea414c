/**
 * How QEMU looks into its TLB (the deviation tlb-lookup): by granule and level, from the level at which a walk of so many
 * input bits would start, the largest entry first. StreamIDs are no tags, but all 64 bits of the address are.
 */
import type { Tlb } from './tlb.ts';

/** QEMU's level is a byte: a walk that would start above level 0 looks nowhere. */
const startLevel = (granule: number, inputBits: number): number => 4 - Math.trunc((inputBits - 4) / (granule - 3));

/** The entry for (hi, lo) under `tag` that was made with `granule`, where the input has `inputBits`; -1: none. */
export function findAsQemu(tlb: Tlb, tag: number, hi: number, lo: number, granule: number, inputBits: number): number {
  const start = startLevel(granule, inputBits);
  if (granule === 0 || start < 0) return -1;
  const entries = tlb.all(tag, hi, lo).filter((entry) => tlb.tops[entry] === hi >>> 24);
  return entries.find((entry) => (tlb.leafOf(entry) & 31) === granule && ((tlb.leafOf(entry) >>> 8) & 7) >= start) ?? -1;
}
