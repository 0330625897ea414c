/**
 * One configuration slot: what the SMMU knows of a (StreamID, SubstreamID), as words of one Int32Array. It holds the
 * STE and the CD as fetched and, decoded once, what every translation asks for. A slot is the unit of the configuration
 * cache (IHI 0070 3.21.3); the same layout serves as scratch when that cache is off.
 */
export const SLOT_SHIFT = 6;
export const SLOT_WORDS = 1 << SLOT_SHIFT;

export const SLOT = {
  SID: 0,
  /** 0: empty; 1: no SubstreamID; SubstreamID + 2 otherwise. */
  KEY: 1,
  FLAGS: 2,
  /** TLB contexts: this ASID, global entries, and the VMID's stage 2. */
  CONTEXT: 3,
  CONTEXT_GLOBAL: 4,
  CONTEXT_S2: 5,
  /** Transaction that filled the slot. */
  ORIGIN: 6,
  /** Input address bits that must all be 0 (lower half) or all be 1 (upper half). */
  IN0_LO: 7,
  STE: 8,
  CD: 24,
  TTB0_LO: 40,
  TTB0_HI: 41,
  TTB1_LO: 42,
  TTB1_HI: 43,
  GEOMETRY0: 44,
  GEOMETRY1: 45,
  /** Effective output sizes in bits: min(IPS, OAS) and min(S2PS, OAS). */
  S1_OUT: 46,
  S2TTB_LO: 47,
  S2TTB_HI: 48,
  GEOMETRY2: 49,
  S2_OUT: 50,
  IN0_HI: 51,
  IN1_LO: 52,
  IN1_HI: 53,
  MAIR0: 54,
  MAIR1: 55,
  /** Which unrolled walk fits, 0 for none (walk/fast-walk.ts). */
  FAST: 56,
  /** Different for every fill of any slot. */
  STAMP: 57,
  /** Slots with the same number were decoded alike but for addresses, VMID, ASID and MAIR (template.ts); 0: like no other. */
  SHAPE: 58,
} as const;

/**
 * Which entry of a direct-mapped cache holds a stream. Upper bits of the StreamID are folded in: PCI StreamIDs of
 * different buses are multiples of 256 and must not meet.
 */
export const entryOf = (sid: number, entries: number): number => (sid ^ (sid >>> 6) ^ (sid >>> 12)) & (entries - 1);

/** Word index of the slot of (sid, key); `key` as SLOT.KEY. */
export const slotOf = (sid: number, key: number, entries: number): number =>
  entryOf(sid ^ Math.imul(key - 1, 0x9e37), entries) << SLOT_SHIFT;

/** SLOT.FLAGS, bit by bit. */
export const FLAG = {
  S1: 1 << 0,
  S2: 1 << 1,
  /** STE.Config = 0b0xx: abort without an event. */
  ABORT: 1 << 2,
  /** STE.Config = 0b100. */
  BYPASS: 1 << 3,
  S2PTW: 1 << 4,
  S2AFFD: 1 << 5,
  S2R: 1 << 6,
  S2FWB: 1 << 7,
  AFFD: 1 << 8,
  WXN: 1 << 9,
  PAN: 1 << 10,
  TBI0: 1 << 11,
  TBI1: 1 << 12,
  /** Table walks through TTB0 or TTB1 disabled (or the half unreachable). */
  EPD0: 1 << 13,
  EPD1: 1 << 14,
  HAD0: 1 << 15,
  HAD1: 1 << 16,
  CD_A: 1 << 17,
  CD_R: 1 << 18,
  /** StreamWorld has no privilege levels: every access counts as privileged (EL2 without E2H). */
  EL2: 1 << 19,
  /** STE.PRIVCFG and STE.INSTCFG after IDR1.ATTR_PERMS_OVR, two bits each. */
  PRIVCFG_SHIFT: 20,
  INSTCFG_SHIFT: 22,
  OVERRIDES: 15 << 20,
  /** Some half may be looked up in the TLB without further checks. */
  LOWER: 1 << 24,
  UPPER: 1 << 25,
  /** TTB0 and TTB1 were translated with the configuration (the deviation ttb-at-configuration). */
  TTB_PA: 1 << 30,
  /** Hardware updates the access flag, and the dirty state too, at stage 1 and at stage 2 (3.13). */
  HA: 1 << 26,
  HD: 1 << 27,
  S2HA: 1 << 28,
  S2HD: 1 << 29,
  /** The CD is not legal, and is cached all the same (the choice config.invalid-cached). */
  BAD_CD: 1 << 31,
} as const;

/** Geometry of a walk packed into one word: granule shift [4:0], start level [6:5], input size in bits [13:7]. */
export const packGeometry = (granule: number, start: number, inputBits: number): number => granule | (start << 5) | (inputBits << 7);
export const granuleOf = (geometry: number): number => geometry & 31;
export const startOf = (geometry: number): number => (geometry >>> 5) & 3;
export const inputBitsOf = (geometry: number): number => geometry >>> 7;
