import { accessor, addressHi, addressLo } from '../../spec/layout.ts';
import { CD } from '../../spec/cd.ts';
import { STE } from '../../spec/ste.ts';
import type { Accessor } from '../../spec/codec.ts';
import type { Deviations } from '../../spec/deviations.ts';
import type { Features } from '../../spec/features.ts';
import { granuleOfTg0, granuleOfTg1, levelShift, maskHi, maskLo, outputBits, stage1Start, stage2Start } from '../walk/geometry.ts';
import { FLAG, packGeometry, SLOT } from './slot.ts';

const ste = {
  Config: accessor(STE, 'Config'),
  PRIVCFG: accessor(STE, 'PRIVCFG'),
  INSTCFG: accessor(STE, 'INSTCFG'),
  S2FWB: accessor(STE, 'S2FWB'),
  S2T0SZ: accessor(STE, 'S2T0SZ'),
  S2SL0: accessor(STE, 'S2SL0'),
  S2TG: accessor(STE, 'S2TG'),
  S2PS: accessor(STE, 'S2PS'),
  S2AFFD: accessor(STE, 'S2AFFD'),
  S2HA: accessor(STE, 'S2HA'),
  S2HD: accessor(STE, 'S2HD'),
  S2PTW: accessor(STE, 'S2PTW'),
  S2R: accessor(STE, 'S2R'),
  S2TTBLo: addressLo(STE, 'S2TTB'),
  S2TTBHi: addressHi(STE, 'S2TTB'),
};

const cd = {
  T0SZ: accessor(CD, 'T0SZ'),
  TG0: accessor(CD, 'TG0'),
  EPD0: accessor(CD, 'EPD0'),
  T1SZ: accessor(CD, 'T1SZ'),
  TG1: accessor(CD, 'TG1'),
  EPD1: accessor(CD, 'EPD1'),
  IPS: accessor(CD, 'IPS'),
  AFFD: accessor(CD, 'AFFD'),
  HA: accessor(CD, 'HA'),
  HD: accessor(CD, 'HD'),
  WXN: accessor(CD, 'WXN'),
  TBI0: accessor(CD, 'TBI0'),
  TBI1: accessor(CD, 'TBI1'),
  PAN: accessor(CD, 'PAN'),
  A: accessor(CD, 'A'),
  R: accessor(CD, 'R'),
  HAD0: accessor(CD, 'HAD0'),
  HAD1: accessor(CD, 'HAD1'),
  TTB0Lo: addressLo(CD, 'TTB0'),
  TTB0Hi: addressHi(CD, 'TTB0'),
  TTB1Lo: addressLo(CD, 'TTB1'),
  TTB1Hi: addressHi(CD, 'TTB1'),
  MAIR0: accessor(CD, 'MAIR0'),
  MAIR1: accessor(CD, 'MAIR1'),
};

/** Bits of the low word of a table base that count. */
export const baseMask = (granule: number, start: number, inputBits: number, outBits: number): number =>
  -1 << Math.max(inputBits - levelShift(granule, start) + 3, outBits === 52 ? 6 : 4);

/**
 * A table base aligned to its start level: bits below the table's size are ignored, below 64 bytes always when addresses
 * have 52 bits (IHI 0070 5.2 S2TTB, 5.4 TTB0).
 */
function putBase(
  slots: Int32Array,
  at: number,
  lo: number,
  hi: number,
  granule: number,
  start: number,
  inputBits: number,
  outBits: number,
): void {
  slots[at] = lo & baseMask(granule, start, inputBits, outBits);
  slots[at + 1] = hi;
}

/** Decodes the STE at SLOT.STE of the slot at `s`: stage 2, overrides, what Config says. The STE is legal. */
export function decodeSte(slots: Int32Array, s: number, features: Features): void {
  const at = s + SLOT.STE;
  const config = ste.Config(slots, at);
  let flags = 0;
  if (config < 4) flags |= FLAG.ABORT;
  else if (config === 4) flags |= FLAG.BYPASS;
  else flags |= (config & 1 ? FLAG.S1 : 0) | (config & 2 ? FLAG.S2 : 0);
  if (features.attrPermsOvr) flags |= (ste.PRIVCFG(slots, at) << FLAG.PRIVCFG_SHIFT) | (ste.INSTCFG(slots, at) << FLAG.INSTCFG_SHIFT);
  slots.fill(0, s + SLOT.TTB0_LO, s + SLOT.SHAPE + 1);
  if (flags & FLAG.S2) flags |= decodeStage2(slots, s, at, features);
  if ((flags & (FLAG.S1 | FLAG.S2)) === FLAG.S2) flags |= inputOfStage2(slots, s, features);
  slots[s + SLOT.FLAGS] = flags;
}

function decodeStage2(slots: Int32Array, s: number, at: number, features: Features): number {
  const granule = granuleOfTg0(ste.S2TG(slots, at));
  const inputBits = 64 - ste.S2T0SZ(slots, at);
  const start = stage2Start(granule, ste.S2SL0(slots, at));
  slots[s + SLOT.GEOMETRY2] = packGeometry(granule, start, inputBits);
  slots[s + SLOT.S2_OUT] = Math.min(outputBits(ste.S2PS(slots, at)), features.oas);
  putBase(slots, s + SLOT.S2TTB_LO, ste.S2TTBLo(slots, at), ste.S2TTBHi(slots, at), granule, start, inputBits, slots[s + SLOT.S2_OUT]!);
  return (
    (ste.S2PTW(slots, at) ? FLAG.S2PTW : 0) |
    (ste.S2AFFD(slots, at) ? FLAG.S2AFFD : 0) |
    // 5.2: S2HD without S2HA behaves as neither.
    (ste.S2HA(slots, at) ? FLAG.S2HA | (ste.S2HD(slots, at) ? FLAG.S2HD : 0) : 0) |
    (ste.S2R(slots, at) ? FLAG.S2R : 0) |
    (features.fwb && ste.S2FWB(slots, at) ? FLAG.S2FWB : 0)
  );
}

/** Without stage 1 the input is an IPA: below both IAS (IHI 0070 3.4) and the range of S2T0SZ, or else no TLB entry can match. */
function inputOfStage2(slots: Int32Array, s: number, features: Features): number {
  const bits = Math.min(slots[s + SLOT.GEOMETRY2]! >>> 7, features.ias);
  slots[s + SLOT.IN0_LO] = maskLo(63, bits);
  slots[s + SLOT.IN0_HI] = maskHi(63, bits);
  return FLAG.LOWER;
}

/** Decodes the CD at SLOT.CD of the slot at `s`, whose STE is decoded. The CD is legal. `el2`: a world with one table and no privilege. */
export function decodeCd(slots: Int32Array, s: number, features: Features, deviates: Deviations, el2: boolean): void {
  const at = s + SLOT.CD;
  let flags = slots[s + SLOT.FLAGS]!;
  if (el2) flags |= FLAG.EL2 | FLAG.EPD1;
  else {
    if (cd.EPD0(slots, at)) flags |= FLAG.EPD0;
    if (cd.EPD1(slots, at)) flags |= FLAG.EPD1;
    if (cd.PAN(slots, at)) flags |= FLAG.PAN;
  }
  if (cd.AFFD(slots, at)) flags |= FLAG.AFFD;
  // 5.4: HD without HA behaves as neither.
  if (cd.HA(slots, at)) flags |= FLAG.HA | (cd.HD(slots, at) ? FLAG.HD : 0);
  if (cd.WXN(slots, at)) flags |= FLAG.WXN;
  if (cd.TBI0(slots, at)) flags |= FLAG.TBI0;
  if (deviates.tbi ? cd.TBI0(slots, at) : cd.TBI1(slots, at)) flags |= FLAG.TBI1;
  if (features.had && cd.HAD0(slots, at)) flags |= FLAG.HAD0;
  if (features.had && cd.HAD1(slots, at)) flags |= FLAG.HAD1;
  if (cd.A(slots, at)) flags |= FLAG.CD_A;
  if (cd.R(slots, at)) flags |= FLAG.CD_R;
  slots[s + SLOT.S1_OUT] = Math.min(outputBits(cd.IPS(slots, at)), features.oas);
  slots[s + SLOT.MAIR0] = cd.MAIR0(slots, at) | 0;
  slots[s + SLOT.MAIR1] = cd.MAIR1(slots, at) | 0;
  if ((flags & FLAG.EPD0) === 0) decodeHalf(slots, s, LOWER, flags);
  if ((flags & FLAG.EPD1) === 0) decodeHalf(slots, s, UPPER, flags);
  slots[s + SLOT.FLAGS] = flags | ((flags & FLAG.EPD0) === 0 ? FLAG.LOWER : 0) | ((flags & FLAG.EPD1) === 0 ? FLAG.UPPER : 0);
}

/** What a half of the address space is decoded from, and where to. */
interface Half {
  readonly size: Accessor;
  readonly granule: (slots: Int32Array, at: number) => number;
  readonly baseLo: Accessor;
  readonly baseHi: Accessor;
  readonly tbi: number;
  readonly geometry: number;
  readonly base: number;
  readonly inLo: number;
  readonly inHi: number;
}

const LOWER: Half = {
  size: cd.T0SZ,
  granule: (slots, at) => granuleOfTg0(cd.TG0(slots, at)),
  baseLo: cd.TTB0Lo,
  baseHi: cd.TTB0Hi,
  tbi: FLAG.TBI0,
  geometry: SLOT.GEOMETRY0,
  base: SLOT.TTB0_LO,
  inLo: SLOT.IN0_LO,
  inHi: SLOT.IN0_HI,
};

const UPPER: Half = {
  size: cd.T1SZ,
  granule: (slots, at) => granuleOfTg1(cd.TG1(slots, at)),
  baseLo: cd.TTB1Lo,
  baseHi: cd.TTB1Hi,
  tbi: FLAG.TBI1,
  geometry: SLOT.GEOMETRY1,
  base: SLOT.TTB1_LO,
  inLo: SLOT.IN1_LO,
  inHi: SLOT.IN1_HI,
};

/** The base of TTB0 or TTB1 as the CD has it, and one that took its place: aligned as any base of that table. */
export const rawBaseLo = (slots: Int32Array, s: number, half: 0 | 1): number => HALVES[half].baseLo(slots, s + SLOT.CD);
export const rawBaseHi = (slots: Int32Array, s: number, half: 0 | 1): number => HALVES[half].baseHi(slots, s + SLOT.CD);
export function replaceBase(slots: Int32Array, s: number, half: 0 | 1, lo: number, hi: number): void {
  const geometry = slots[s + HALVES[half].geometry]!;
  putBase(slots, s + HALVES[half].base, lo, hi, geometry & 31, (geometry >>> 5) & 3, geometry >>> 7, slots[s + SLOT.S1_OUT]!);
}

const HALVES = [LOWER, UPPER] as const;

function decodeHalf(slots: Int32Array, s: number, half: Half, flags: number): void {
  const at = s + SLOT.CD;
  const bits = 64 - half.size(slots, at);
  const granule = half.granule(slots, at);
  const start = stage1Start(granule, bits);
  const top = flags & half.tbi ? 55 : 63;
  slots[s + half.geometry] = packGeometry(granule, start, bits);
  putBase(slots, s + half.base, half.baseLo(slots, at), half.baseHi(slots, at), granule, start, bits, slots[s + SLOT.S1_OUT]!);
  slots[s + half.inLo] = maskLo(top, bits);
  slots[s + half.inHi] = maskHi(top, bits);
}
