/** Memory attributes as the interconnect sees them (IHI 0070 13.1, 13.4; MemAttr and FWB formats as DDI 0487). */

const DEVICE = ['Device-nGnRnE', 'Device-nGnRE', 'Device-nGRE', 'Device-GRE'] as const;
/** Cacheability from weakest demand to strongest: the stronger of two stages wins. */
const CACHEABILITY = ['WB', 'WT', 'NC'] as const;
const SHAREABILITY = ['NSH', 'OSH', 'ISH'] as const;

export interface Attributes {
  /** 0..3 when Device, else null. */
  readonly device: number | null;
  /** Index into CACHEABILITY; 2 for Device. */
  readonly inner: number;
  readonly outer: number;
  /** 0 non-shareable, 2 outer, 3 inner, as descriptors encode it. */
  readonly shareability: number;
}

/** Incoming attributes of a device that says nothing: inner and outer write-back, non-shareable (13.1.3). */
export const INCOMING: Attributes = { device: null, inner: 0, outer: 0, shareability: 0 };

/** MTCFG and SHCFG of an STE or of GBPA (5.2): 1 replaces the memory type, 1 leaves the shareability. */
const MTCFG_REPLACE = 1;
const SHCFG_INCOMING = 1;

/** What an access starts with where IDR1.ATTR_TYPES_OVR lets an STE or GBPA say it. MemAttr without an inner type is Device-nGnRnE. */
export function overridden(mtcfg: number, memAttr: number, shcfg: number): Attributes {
  const shareability = shcfg === SHCFG_INCOMING ? INCOMING.shareability : shcfg;
  if (mtcfg !== MTCFG_REPLACE) return { ...INCOMING, shareability };
  const device = memAttr >>> 2 === 0 ? memAttr : (memAttr & 3) === 0 ? 0 : null;
  if (device !== null) return { device, inner: 2, outer: 2, shareability: 2 };
  return normalise({ device, inner: cacheabilityOfS2(memAttr & 3), outer: cacheabilityOfS2(memAttr >>> 2), shareability });
}

/** Half of a MAIR byte: 00RW is transient write-through, 0100 non-cacheable, 01RW transient write-back, 10RW write-through, 11RW write-back. */
const cacheabilityOfMair = (half: number): number => (half === 4 ? 2 : half >= 12 || (half >= 5 && half <= 7) ? 0 : 1);

/** 5.4 MAIR: a byte and SH[1:0]. */
export function attributesOfMair(byte: number, sh: number): Attributes {
  const outer = byte >>> 4;
  const inner = byte & 15;
  if (outer === 0) return { device: (inner >>> 2) & 3, inner: 2, outer: 2, shareability: 2 };
  return normalise({
    device: null,
    inner: cacheabilityOfMair(inner === 0 ? 8 : inner),
    outer: cacheabilityOfMair(outer),
    shareability: sh,
  });
}

/** Non-cacheable at both levels is outer shareable (13.1.2). */
const normalise = (a: Attributes): Attributes => (a.inner === 2 && a.outer === 2 ? { ...a, shareability: 2 } : a);

/** MemAttr[1:0] or [3:2] of stage 2: 1 non-cacheable, 2 write-through, 3 write-back. */
const cacheabilityOfS2 = (code: number): number => 3 - Math.max(code, 1);

/** Inner shareable is narrower than outer; the wider of both stages wins. */
const widerShareability = (a: number, b: number): number => (a === 2 || b === 2 ? 2 : Math.max(a, b));

/** 13.4, 4.8 of the stage 2 MemAttr field without FWB: the stronger of the stages in each respect. */
function combine(first: Attributes, memAttr: number, sh: number): Attributes {
  if (memAttr >>> 2 === 0) {
    const device = Math.min(first.device ?? 3, memAttr & 3);
    return { device, inner: 2, outer: 2, shareability: 2 };
  }
  if (first.device !== null) return first;
  return normalise({
    device: null,
    inner: Math.max(first.inner, cacheabilityOfS2(memAttr & 3)),
    outer: Math.max(first.outer, cacheabilityOfS2(memAttr >>> 2)),
    shareability: widerShareability(first.shareability, sh),
  });
}

/** With STE.S2FWB: MemAttr[2] clear is Device; 5 non-cacheable unless stage 1 is Device, 6 write-back, 7 what stage 1 says. */
function combineFwb(first: Attributes, memAttr: number, sh: number): Attributes {
  if ((memAttr & 4) === 0) return { device: Math.min(first.device ?? 3, memAttr & 3), inner: 2, outer: 2, shareability: 2 };
  const kind = memAttr & 3;
  const shareability = widerShareability(first.shareability, sh);
  if (kind === 2) return { device: null, inner: 0, outer: 0, shareability };
  if (first.device !== null) return first;
  return kind === 1 ? { device: null, inner: 2, outer: 2, shareability: 2 } : normalise({ ...first, shareability });
}

/** `packed` as META.ATTRIBUTES of the TLB; `incoming` counts where stage 1 says nothing. */
export function finalAttributes(packed: number, stage1: boolean, stage2: boolean, fwb: boolean, incoming: Attributes): Attributes {
  const first = stage1 ? attributesOfMair(packed & 0xff, (packed >>> 8) & 3) : incoming;
  if (!stage2) return first;
  const memAttr = (packed >>> 16) & 15;
  const sh = (packed >>> 20) & 3;
  return fwb ? combineFwb(first, memAttr, sh) : combine(first, memAttr, sh);
}

/** The byte of MAIR that says the same (5.4 MAIR): RA and WA set where it is cacheable. */
export function mairOf({ device, inner, outer }: Attributes): number {
  if (device !== null) return device << 2;
  const half = (cacheability: number): number => [0xf, 0xb, 0x4][cacheability]!;
  return (half(outer) << 4) | half(inner);
}

export function attributesText(a: Attributes): string {
  if (a.device !== null) return DEVICE[a.device]!;
  const share = a.shareability === 3 ? SHAREABILITY[2] : a.shareability === 2 ? SHAREABILITY[1] : SHAREABILITY[0];
  return `Normal i${CACHEABILITY[a.inner]!} o${CACHEABILITY[a.outer]!} ${share}`;
}

/** `packed` as META.ATTRIBUTES of the TLB, in the terms of the descriptors: what both stages said, not what came of it. */
export const packedAttributesText = (packed: number): string =>
  `stage 1 MAIR 0x${(packed & 0xff).toString(16)} SH ${(packed >>> 8) & 3}, stage 2 MemAttr 0x${((packed >>> 16) & 15).toString(16)} SH ${(packed >>> 20) & 3}`;
