/**
 * Shapes of VMSAv8-64 translation tables for their builder (DDI 0487 D8; IHI 0070 3.4, 5.2, 5.4): strides, start levels,
 * concatenation, legal block levels. Written apart from the engine's walker, so that a slip in one does not hide in the other.
 */
import type { Granule } from './data.ts';

/** log2 of the granule's bytes. */
export const granuleBits = (granule: Granule): number => ({ '4K': 12, '16K': 14, '64K': 16 })[granule];

export const granuleBytes = (granule: Granule): bigint => 1n << BigInt(granuleBits(granule));

/** Address bits resolved by one full table: a table fills one granule with 8-byte descriptors. */
export const stride = (granule: Granule): number => granuleBits(granule) - 3;

/** Number of address bits below the index of `level`: log2 of what one descriptor of that level covers. */
export const shiftAt = (granule: Granule, level: number): number => granuleBits(granule) + (3 - level) * stride(granule);

/** Leaf sizes that the granule allows without 52-bit addresses, largest first. */
export const leafLevels = (granule: Granule): readonly number[] => (granule === '4K' ? [1, 2, 3] : [2, 3]);

/** Bytes that a leaf of `level` maps. */
export const leafBytes = (granule: Granule, level: number): bigint => 1n << BigInt(shiftAt(granule, level));

/** The level whose leaves have this size, or null when the granule has no such leaf. */
export const levelOfLeaf = (granule: Granule, bytes: bigint): number | null =>
  leafLevels(granule).find((level) => leafBytes(granule, level) === bytes) ?? null;

/** Level at which a stage-1 walk of `bits` input bits starts (DDI 0487 D8.2: no concatenation at stage 1). */
export const stage1StartLevel = (granule: Granule, bits: number): number =>
  4 - Math.ceil((bits - granuleBits(granule)) / stride(granule));

/** Input sizes, inclusive, that a stage-2 walk starting at `level` can have: one table up to 16 concatenated ones. */
export function stage2InputBits(granule: Granule, level: number): readonly [min: number, max: number] {
  const min = shiftAt(granule, level) + 1;
  return [min, min + stride(granule) - 1 + 4];
}

/** Start levels by their encoding in STE.S2SL0; level 3 with the 4K granule needs small tables (IHI 0070 5.2, IDR3.STT). */
const STAGE2_LEVELS: Readonly<Record<Granule, readonly number[]>> = { '4K': [2, 1, 0, 3], '16K': [3, 2, 1], '64K': [3, 2, 1] };

export const s2sl0 = (granule: Granule, startLevel: number): number => STAGE2_LEVELS[granule].indexOf(startLevel);

/** Start levels that fit an IPA size, deepest (fewest reads) first; `stt`: the SMMU has small tables. */
export function stage2LevelsFor(granule: Granule, bits: number, stt: boolean): readonly number[] {
  const levels = STAGE2_LEVELS[granule].filter((level) => {
    const [min, max] = stage2InputBits(granule, level);
    return bits >= min && bits <= max && (stt || granule !== '4K' || level < 3);
  });
  return levels.sort((a, b) => b - a);
}

/** Bytes of the table, or of the concatenated tables, at the start level. */
export const rootBytes = (granule: Granule, startLevel: number, bits: number): bigint =>
  1n << BigInt(bits - shiftAt(granule, startLevel) + 3);

/** STE.S2TG and CD.TG0 use one encoding of the granule, CD.TG1 another (IHI 0070 5.2, 5.4). */
export const tg0 = (granule: Granule): number => ({ '4K': 0, '64K': 1, '16K': 2 })[granule];
export const tg1 = (granule: Granule): number => ({ '16K': 1, '4K': 2, '64K': 3 })[granule];

/** STE.S2PS and CD.IPS of an output size in bits. */
export function psCode(bits: number): number {
  const sizes = [32, 36, 40, 42, 44, 48, 52];
  const code = sizes.findIndex((size) => size >= bits);
  return code < 0 ? sizes.length - 1 : code;
}
