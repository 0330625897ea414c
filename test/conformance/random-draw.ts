/** What a random machine is made of (random-machine.ts), as values that fast-check draws and shrinks. */
import fc from 'fast-check';
import type { FieldValues } from '../../src/model/spec/index.ts';
import type { Access } from './oracle.ts';

/** log2 of a granule's bytes. */
export type Granule = 12 | 14 | 16;

export interface Draw {
  readonly oasCode: number;
  readonly config: number;
  readonly xnx: boolean;
  readonly had: boolean;
  readonly fwb: boolean;
  readonly overrides: boolean;
  readonly termModel: boolean;
  readonly stt: boolean;
  readonly e2h: boolean;
  /** IDR0.HTTU, then CD.HA, CD.HD, STE.S2HA and STE.S2HD where it allows them. */
  readonly httu: number;
  readonly hardware: readonly [boolean, boolean, boolean, boolean];
  readonly granules: readonly [Granule, Granule, Granule];
  /** Where in its legal range each size lies. */
  readonly sizes: readonly [number, number, number];
  readonly ps: readonly [number, number];
  readonly startLevel: number;
  /** Bits of the pointers below the alignment of their tables, which count as 0. */
  readonly stray: bigint;
  /** Stage 2 leaves of the guest's tables and CDs, Normal or Device. */
  readonly tableLeaf: bigint;
  /** Their access flag, whether they are writable, and DBM, where hardware keeps these. */
  readonly tableFlags: readonly [af: boolean, writable: boolean, dbm: boolean];
  readonly cdTable: { readonly max: number; readonly format: number; readonly dss: number; readonly index: number };
  readonly ste: FieldValues;
  readonly steB: FieldValues;
  readonly cd: FieldValues;
  readonly maps: readonly Mapping[];
  readonly bends: readonly {
    readonly path: number;
    readonly at: number;
    readonly kind: 'flip' | 'away' | 'huge' | 'clear';
    readonly bit: number;
  }[];
  readonly accesses: readonly {
    readonly map: number;
    readonly wild: bigint | null;
    readonly offset: number;
    readonly tag: number;
    readonly access: Access['access'];
    readonly privileged: boolean;
    readonly ssid: 'cd' | 'none' | 'other';
    readonly b: boolean;
  }[];
}

export interface Mapping {
  readonly upper: boolean;
  readonly va: bigint;
  readonly target: bigint;
  readonly pa: bigint;
  readonly levels: readonly [number, number];
  readonly leaf1: bigint;
  readonly leaf2: bigint;
  readonly table1: bigint;
}

/** Bits worth flipping: type, attributes, access flag, addresses, the upper attributes. */
const BENT = [0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 21, 30, 33, 37, 41, 45, 47, 50, 51, 53, 54, 59, 60, 61, 62];
const u64 = fc.bigInt(0n, (1n << 64n) - 1n);
const rarely = fc.integer({ min: 0, max: 11 }).map((n) => n === 7);
const granule = fc.constantFrom<Granule>(12, 14, 16);
const level = fc.constantFrom(3, 3, 3, 2, 1);
const override = fc.constantFrom(0, 0, 0, 1, 2, 3);
/** AF set and access granted more often than not, everything else as it falls. */
const leaf1 = fc.tuple(u64, rarely, rarely).map(([bits, af, readOnly]) => (bits & ~0x480n) | (af ? 0n : 0x400n) | (readOnly ? 0x80n : 0n));
const leaf2 = fc
  .tuple(u64, rarely, rarely, fc.constantFrom(0n, 1n, 2n))
  .map(([bits, af, ap, one]) => (bits & ~0x4c0n) | (af ? 0n : 0x400n) | ((ap ? one : 3n) << 6n));
const mapping = fc.record({
  upper: fc.boolean(),
  va: u64,
  target: u64,
  pa: u64,
  levels: fc.tuple(level, level),
  leaf1,
  leaf2,
  table1: fc.tuple(u64, fc.boolean()).map(([bits, plain]) => (plain ? 0n : bits)),
});
const steFields = fc.record({ S2R: fc.boolean(), PRIVCFG: override, INSTCFG: override, S2VMID: fc.nat(255) }) as fc.Arbitrary<FieldValues>;

export const bends = fc.array(
  fc.record({
    path: fc.nat(99),
    at: fc.nat(9),
    kind: fc.constantFrom<'flip' | 'away' | 'huge' | 'clear'>('flip', 'flip', 'flip', 'away', 'huge', 'clear'),
    bit: fc.constantFrom(...BENT),
  }),
  { maxLength: 3 },
);

/** Values as they fall: a bias to small numbers would try few geometries. */
export const machines: fc.Arbitrary<Draw> = fc.noBias(
  fc.record({
    oasCode: fc.nat(6),
    config: fc.constantFrom(7, 7, 7, 7, 7, 5, 5, 5, 6, 4),
    xnx: fc.boolean(),
    had: fc.boolean(),
    fwb: fc.boolean(),
    overrides: fc.boolean(),
    termModel: fc.boolean(),
    stt: fc.boolean(),
    e2h: fc.boolean(),
    httu: fc.constantFrom(0, 1, 2, 2),
    hardware: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()),
    granules: fc.tuple(granule, granule, granule),
    sizes: fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)),
    ps: fc.tuple(fc.nat(6), fc.nat(6)),
    startLevel: fc.nat(2),
    stray: u64,
    tableLeaf: fc.constantFrom(0x7fcn, 0x7fcn, 0x7fcn, 0x7fcn, 0x7c4n, 0x60_0000_0000_07d4n),
    tableFlags: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
    cdTable: fc.record({ max: fc.constantFrom(0, 0, 3, 12), format: fc.nat(2), dss: fc.constantFrom(0, 1, 2, 2, 3), index: fc.nat(4095) }),
    ste: steFields,
    steB: steFields,
    cd: fc.record({
      EPD0: rarely,
      EPD1: rarely,
      TBI0: fc.boolean(),
      TBI1: fc.boolean(),
      HAD0: fc.boolean(),
      HAD1: fc.boolean(),
      WXN: fc.boolean(),
      PAN: fc.boolean(),
      AFFD: fc.boolean(),
      R: fc.boolean(),
      ASID: fc.nat(255),
      ASET: fc.boolean(),
      MAIR0: fc.nat(0xffff_ffff),
      MAIR1: fc.nat(0xffff_ffff),
    }) as fc.Arbitrary<FieldValues>,
    maps: fc.array(mapping, { minLength: 1, maxLength: 3 }),
    bends,
    accesses: fc.array(
      fc.record({
        map: fc.nat(2),
        wild: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: u64 }),
        offset: fc.nat(0xfff),
        tag: fc.constantFrom(0, 0, 0, 0, 0, 0, 0x5a, 0xff),
        access: fc.constantFrom<Access['access']>('read', 'read', 'write', 'execute'),
        privileged: fc.boolean(),
        ssid: fc.constantFrom<'cd' | 'none' | 'other'>(...Array<'cd'>(12).fill('cd'), 'none', 'other'),
        b: fc.boolean(),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  }),
);
