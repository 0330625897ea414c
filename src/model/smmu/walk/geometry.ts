/**
 * Table geometry of VMSAv8-64 (IHI 0070 3.4.1, 5.2, 5.4; formats as DDI 0487). Granules are named by their shift:
 * 12 (4 KiB), 14 (16 KiB), 16 (64 KiB).
 */

/** STE.S2TG and CD.TG0. 0 is reserved. */
export const granuleOfTg0 = (code: number): number => (code === 0 ? 12 : code === 1 ? 16 : code === 2 ? 14 : 0);

/** CD.TG1, whose encoding differs. */
export const granuleOfTg1 = (code: number): number => (code === 1 ? 14 : code === 2 ? 12 : code === 3 ? 16 : 0);

/** CD.IPS, STE.S2PS: bits of an output address; 7 behaves as 6 before v3.4. */
export const outputBits = (code: number): number => [32, 36, 40, 42, 44, 48, 52, 52][code & 7]!;

/** Address bits resolved by one level. */
export const strideOf = (granule: number): number => granule - 3;

/** log2 of the bytes that one descriptor of `level` covers. */
export const levelShift = (granule: number, level: number): number => granule + (3 - level) * (granule - 3);

/** First level of a stage 1 walk of `inputBits`. */
export const stage1Start = (granule: number, inputBits: number): number => 4 - Math.ceil((inputBits - granule) / strideOf(granule));

/** First level of a stage 2 walk: STE.S2SL0 by granule (3 is level 3 with 4 KiB tables only). */
export const stage2Start = (granule: number, sl0: number): number => (granule === 12 ? (sl0 === 3 ? 3 : 2 - sl0) : 3 - sl0);

/** log2 of how many leaves one Contiguous bit spans: 16 of 4K, 128 pages or 32 blocks of 16K, 32 of 64K. */
const spanOf = (granule: number, level: number): number => (granule === 12 ? 4 : granule === 14 && level === 3 ? 7 : 5);

/** Contiguous, in the high word of a leaf. */
const CONTIGUOUS = 1 << 20;

/** log2 of the bytes that a TLB entry of the leaf may hold (the choice tlb.contiguous). */
export const entryShift = (shift: number, granule: number, level: number, dHi: number, contiguous: boolean): number =>
  contiguous && (dHi & CONTIGUOUS) !== 0 ? shift + spanOf(granule, level) : shift;

/** A block descriptor is allowed here: 4K at levels 1 and 2, 16K at 2, 64K at 2 (and 1 with 52-bit addresses). `anywhere`: as QEMU has it. */
export const blockAllowed = (granule: number, level: number, oas: number, anywhere: boolean): boolean =>
  anywhere || level === 2 || (level === 1 && (granule === 12 || (granule === 16 && oas === 52)));

/** Masks over (hi, lo) of the bits [top:from]; from and top within 0..63. */
export function maskHi(top: number, from: number): number {
  if (top < 32) return 0;
  const low = Math.max(from - 32, 0);
  return low > 31 ? 0 : ((-1 << low) & (top === 63 ? -1 : (1 << (top - 31)) - 1)) | 0;
}

export function maskLo(top: number, from: number): number {
  if (from > 31) return 0;
  return ((-1 << from) & (top >= 31 ? -1 : (1 << (top + 1)) - 1)) | 0;
}

/** (hi, lo) has a bit at or above `bits`. */
export const exceeds = (hi: number, lo: number, bits: number): boolean =>
  bits >= 64 ? false : bits >= 32 ? (bits === 32 ? hi !== 0 : hi >>> (bits - 32) !== 0) : hi !== 0 || lo >>> bits !== 0;

/** Bits [shift + 31 : shift] of (hi, lo). */
export const shiftRight = (hi: number, lo: number, shift: number): number =>
  shift === 0 ? lo : shift < 32 ? (lo >>> shift) | (hi << (32 - shift)) : shift === 32 ? hi : hi >>> (shift - 32);
