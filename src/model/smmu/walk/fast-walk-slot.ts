import { FLAG, granuleOf, inputBitsOf, SLOT, startOf } from '../config/slot.ts';
import { AF } from './flag-update.ts';
import { maskHi } from './geometry.ts';
import { TABLE_HIERARCHY } from './permissions.ts';

/** Indexes of the variables of the unrolled walk: the slot's configuration first (STAMP says whose), then the walk's own. */
export const STAMP = 0;
export const S2_START = 1;
export const S2_FIRST = 2;
export const S2_IN = 3;
export const S2_OUT = 4;
export const S2_TTB_LO = 5;
export const S2_CONTEXT = 6;
export const S2_LEAF = 7;
export const S2_PTW = 8;
export const S1_START = 9;
export const S1_FIRST = 10;
export const S1_OUT = 11;
export const S1_TTB_HI = 12;
export const S1_TTB_LO = 13;
export const S1_CONTEXT = 14;
export const S1_KEPT = 15;
export const S1_AF = 16;
export const WXN = 17;
export const PAN = 18;
export const USABLE = 19;
export const TAG2 = 20;
export const NUMBER = 21;
export const SLOT_AT = 22;
export const READS = 23;
export const LEAF_HI = 24;
export const LEAF_LO = 25;
export const LEAF_LEVEL = 26;
export const FIRST_HI = 27;
export const FIRST_LO = 28;
export const FIRST_LEVEL = 29;
export const HIERARCHY = 30;
export const IPA_LO = 31;
export const HA = 32;
export const HD = 33;
export const S2_HD = 34;
export const SHAPE = 35;
export const VARIABLES = 36;

/**
 * 1 when the unrolled walk fits the slot at `s`: nested, 4 KiB tables at both stages, input sizes beyond 32 bits, TTB0.
 * S2PTW with S2FWB is left to the generic walk, and so is a permission model without privilege.
 */
export function fastKind(slots: Int32Array, s: number): number {
  const flags = slots[s + SLOT.FLAGS]!;
  const wanted = FLAG.S1 | FLAG.S2 | FLAG.LOWER;
  if ((flags & (wanted | FLAG.EL2)) !== wanted || (flags & (FLAG.S2PTW | FLAG.S2FWB)) === (FLAG.S2PTW | FLAG.S2FWB)) return 0;
  const g0 = slots[s + SLOT.GEOMETRY0]!;
  const g2 = slots[s + SLOT.GEOMETRY2]!;
  return granuleOf(g0) === 12 && granuleOf(g2) === 12 && inputBitsOf(g0) > 32 && inputBitsOf(g2) > 32 && startOf(g0) < 3 && startOf(g2) < 3
    ? 1
    : 0;
}

/** Puts into `v` what a walk asks of the slot at `s`, in the form in which it asks. */
export function prepare(slots: Int32Array, s: number, v: Int32Array, windowHi: number): void {
  const flags = slots[s + SLOT.FLAGS]!;
  const g2 = slots[s + SLOT.GEOMETRY2]!;
  const g0 = slots[s + SLOT.GEOMETRY0]!;
  v[STAMP] = slots[s + SLOT.STAMP]!;
  v[S2_TTB_LO] = slots[s + SLOT.S2TTB_LO]!;
  v[S1_TTB_LO] = slots[s + SLOT.TTB0_LO]!;
  v[S2_CONTEXT] = slots[s + SLOT.CONTEXT_S2]!;
  v[S1_CONTEXT] = slots[s + SLOT.CONTEXT]!;
  // Slots of one shape differ in nothing else that a walk asks.
  if (slots[s + SLOT.SHAPE] !== 0 && slots[s + SLOT.SHAPE] === v[SHAPE]) return;
  v[SHAPE] = slots[s + SLOT.SHAPE]!;
  v[S2_START] = startOf(g2);
  v[S2_FIRST] = ((1 << (inputBitsOf(g2) - 39 + 9 * v[S2_START]!)) - 1) << 3;
  v[S2_IN] = maskHi(63, inputBitsOf(g2));
  v[S2_OUT] = maskHi(47, slots[s + SLOT.S2_OUT]!);
  v[S1_TTB_HI] = slots[s + SLOT.TTB0_HI]!;
  // An access flag that hardware must set is the generic walk's, with AFFD too; so is a leaf that it must make dirty, which is not writable.
  v[S2_LEAF] = (flags & (FLAG.S2AFFD | FLAG.S2HA)) === FLAG.S2AFFD ? 3 : 3 | AF;
  v[S2_PTW] = flags & FLAG.S2PTW ? 0x30 : 0;
  v[S1_START] = startOf(g0);
  v[S1_FIRST] = (1 << (inputBitsOf(g0) - 39 + 9 * v[S1_START]!)) - 1;
  v[S1_OUT] = maskHi(47, slots[s + SLOT.S1_OUT]!);
  v[S1_KEPT] = flags & FLAG.HAD0 ? 0 : TABLE_HIERARCHY;
  v[S1_AF] = (flags & (FLAG.AFFD | FLAG.HA)) === FLAG.AFFD ? 0 : AF;
  // A table outside the window, or a window beyond an output size, is the generic walk's.
  v[USABLE] = slots[s + SLOT.S2TTB_HI] === windowHi && (windowHi & (v[S2_OUT]! | v[S1_OUT]!)) === 0 ? 1 : 0;
  v[HA] = flags & FLAG.HA;
  v[HD] = flags & FLAG.HD;
  v[S2_HD] = flags & FLAG.S2HD;
  v[WXN] = flags & FLAG.WXN;
  v[PAN] = flags & FLAG.PAN;
}
