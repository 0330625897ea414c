/** When a CD is ILLEGAL (IHI 0070 5.4.2): C_BAD_CD, the transaction aborts. The whole CD is checked, whatever the address. */
import { TG0_SHIFT, TG1_SHIFT } from '../codes.ts';
import { CD } from '../cd.ts';
import { ADDRESS_BITS } from '../features.ts';
import type { Features } from '../features.ts';
import { hasGranule, largestTxsz } from '../granules.ts';
import { accessor, addressHi, wide } from '../layout.ts';
import type { Words } from '../layout.ts';
import { STE } from '../ste.ts';
import { NS_EL1, NS_EL2, NS_EL2_E2H, streamWorld } from '../stream-world.ts';
import type { StreamWorld } from '../stream-world.ts';
import type { CdRule } from './rule.ts';

type Test = (cd: Words, at: number, ste: Words, steAt: number, f: Features, world: StreamWorld) => boolean;
type Say = (cd: Words, at: number, f: Features) => string;

const V = accessor(CD, 'V');
const ENDI = accessor(CD, 'ENDI');
const IPS = accessor(CD, 'IPS');
const AA64 = accessor(CD, 'AA64');
const HD = accessor(CD, 'HD');
const HA = accessor(CD, 'HA');
const HAFT = accessor(CD, 'HAFT');
const S = accessor(CD, 'S');
const A = accessor(CD, 'A');
const ASID = accessor(CD, 'ASID');
const DS = accessor(CD, 'DS');
const PIE = accessor(CD, 'PIE');
const S1STALLD = accessor(STE, 'S1STALLD');
const S1PIE = accessor(STE, 'S1PIE');
const Config = accessor(STE, 'Config');
const S2AA64 = accessor(STE, 'S2AA64');
/** Word indexes of PIIU and PIIP. */
const PIIU_WORD = 12;
const PIIP_WORD = 14;

/** What the rules ask of one half of the input range. */
interface Half {
  readonly index: 0 | 1;
  readonly disabled: (cd: Words, at: number) => number;
  readonly txsz: (cd: Words, at: number) => number;
  readonly tg: (cd: Words, at: number) => number;
  readonly shifts: readonly number[];
  readonly ttbHi: (cd: Words, at: number) => number;
  readonly ttb: (cd: Words, at: number) => bigint;
}

const HALF_0: Half = {
  index: 0,
  disabled: accessor(CD, 'EPD0'),
  txsz: accessor(CD, 'T0SZ'),
  tg: accessor(CD, 'TG0'),
  shifts: TG0_SHIFT,
  ttbHi: addressHi(CD, 'TTB0'),
  ttb: wide(CD, 'TTB0'),
};

const HALF_1: Half = {
  index: 1,
  disabled: accessor(CD, 'EPD1'),
  txsz: accessor(CD, 'T1SZ'),
  tg: accessor(CD, 'TG1'),
  shifts: TG1_SHIFT,
  ttbHi: addressHi(CD, 'TTB1'),
  ttb: wide(CD, 'TTB1'),
};

/** EL2 has one table: EPD0 counts as 0 and the TTB1 side cannot be reached. */
function walked(half: Half, cd: Words, at: number, world: StreamWorld): boolean {
  return world === NS_EL2 ? half.index === 0 : half.disabled(cd, at) === 0;
}

const granule = (half: Half, cd: Words, at: number): number => half.shifts[half.tg(cd, at)]!;
const ds = (cd: Words, at: number, f: Features): boolean => f.ds && DS(cd, at) === 1;

const smallestTxsz = (half: Half, cd: Words, at: number, f: Features): number =>
  (f.vax52 && granule(half, cd, at) === 16) || ds(cd, at, f) ? 12 : 16;

/** Bits that TTBx may have: the effective IPS, 40 for AArch32 tables, 48 for small granules without DS. */
function baseSize(half: Half, cd: Words, at: number, f: Features): number {
  if (AA64(cd, at) === 0) return 40;
  const size = Math.min(ADDRESS_BITS[IPS(cd, at)]!, f.oas);
  return granule(half, cd, at) === 16 || ds(cd, at, f) ? size : Math.min(size, 48);
}

/** Permission `index` of the sixteen 3-bit ones in two words: bit 0 reads, bit 1 executes, bit 2 writes. */
function permission(cd: Words, word: number, index: number): number {
  const shift = index * 3;
  if (shift >= 32) return (cd[word + 1]! >>> (shift - 32)) & 7;
  return ((cd[word]! >>> shift) | (shift === 0 ? 0 : cd[word + 1]! << (32 - shift))) & 7;
}

const isReserved = (code: number): boolean => code === 4 || code === 6;

const hasIndirection = (cd: Words, at: number, ste: Words, steAt: number, f: Features): boolean =>
  f.s1pi && AA64(cd, at) === 1 && PIE(cd, at) === 1 && S1PIE(ste, steAt) === 1;

/** EL2 without host mode has privileged permissions only. */
function reservedPermission(cd: Words, at: number, world: StreamWorld): boolean {
  for (let i = 0; i < 16; i++) {
    if (isReserved(permission(cd, at + PIIP_WORD, i))) return true;
    if (world !== NS_EL2 && isReserved(permission(cd, at + PIIU_WORD, i))) return true;
  }
  return false;
}

function writableExecutable(cd: Words, at: number, world: StreamWorld): boolean {
  for (let i = 0; i < 16 && world !== NS_EL2; i++) {
    if ((permission(cd, at + PIIP_WORD, i) & 2) !== 0 && (permission(cd, at + PIIU_WORD, i) & 4) !== 0) return true;
  }
  return false;
}

const askedFor = new Map<string, Test>();

function rule(id: string, fields: readonly string[], doc: string, test: Test, say: Say): CdRule {
  askedFor.set(id, test);
  return {
    id,
    section: '5.4.2',
    event: 'C_BAD_CD',
    fields,
    doc,
    violated: (cd, at, ste, steAt, f, e2h = false) => test(cd, at, ste, steAt, f, streamWorld(ste, steAt, f, e2h)),
    message: (cd, at, _ste, _steAt, f) => say(cd, at, f),
  };
}

const MODES: readonly CdRule[] = [
  rule('cd.v', ['V'], 'A CD that is used must be valid.',
    (c, a) => V(c, a) === 0,
    () => 'V is 0: the CD is not valid'),
  rule('cd.s.s1stalld', ['S', 'STE.S1STALLD'], 'S must be 0 on a stream whose STE has S1STALLD.',
    (c, a, s, sa) => S(c, a) === 1 && S1STALLD(s, sa) === 1,
    () => 'S is 1 and STE.S1STALLD forbids stage 1 to stall'),
  rule('cd.a', ['A'], 'A must be 1 on an SMMU without RAZ/WI termination.',
    (c, a, _s, _sa, f) => f.termModel && A(c, a) === 0,
    () => 'A is 0 and IDR0.TERM_MODEL 1 says that faults can only abort'),
  rule('cd.s.terminate-only', ['S'], 'S must be 0 on an SMMU that cannot stall.',
    (c, a, _s, _sa, f) => f.stallModel === 1 && S(c, a) === 1,
    () => 'S is 1 and IDR0.STALL_MODEL 1 says that transactions cannot stall'),
  rule('cd.s.stall-forced', ['S'], 'S must be 1 on an SMMU that always stalls.',
    (c, a, _s, _sa, f) => f.stallModel === 2 && S(c, a) === 0,
    () => 'S is 0 and IDR0.STALL_MODEL 2 says that transactions always stall'),
  rule('cd.endi', ['ENDI', 'EPD0', 'EPD1'], 'The endianness of tables that are walked must be one that IDR0.TTENDIAN has.',
    (c, a, _s, _sa, f, world) => (walked(HALF_0, c, a, world) || walked(HALF_1, c, a, world))
      && ((f.ttendian === 2 && ENDI(c, a) === 1) || (f.ttendian === 3 && ENDI(c, a) === 0)),
    (c, a, f) => `ENDI ${ENDI(c, a)} contradicts IDR0.TTENDIAN ${f.ttendian}`),
  rule('cd.aa64.aarch32', ['AA64'], 'AArch32 tables need IDR0.TTF to have them and StreamWorld EL1 or EL2.',
    (c, a, _s, _sa, f, world) => AA64(c, a) === 0 && (!f.ttf32 || world === NS_EL2_E2H),
    (_c, _a, f) => (f.ttf32 ? 'AA64 is 0 in StreamWorld EL2-E2H, which has AArch64 tables only' : 'AA64 is 0 and IDR0.TTF has no AArch32 tables')),
  rule('cd.aa64.aarch64', ['AA64', 'STE.S2AA64'], 'AArch64 tables need IDR0.TTF to have them, and AArch64 tables at stage 2.',
    (c, a, s, sa, f) => AA64(c, a) === 1 && (!f.ttf64 || (Config(s, sa) === 7 && S2AA64(s, sa) === 0)),
    (_c, _a, f) => (f.ttf64 ? 'AA64 is 1 and stage 2 has AArch32 tables (STE.S2AA64 0)' : 'AA64 is 1 and IDR0.TTF has no AArch64 tables')),
  rule('cd.ha', ['HA', 'HD'], 'Hardware update at stage 1 needs IDR0.HTTU.',
    (c, a, _s, _sa, f) => AA64(c, a) === 1 && f.httu === 0 && (HA(c, a) | HD(c, a)) === 1,
    (c, a) => `HA ${HA(c, a)} and HD ${HD(c, a)} ask for hardware update and IDR0.HTTU is 0`),
  rule('cd.hd', ['HD'], 'Hardware update of the dirty state needs IDR0.HTTU 2 or more.',
    (c, a, _s, _sa, f) => AA64(c, a) === 1 && f.httu === 1 && HD(c, a) === 1,
    () => 'HD is 1 and IDR0.HTTU 1 has the access flag only'),
  rule('cd.asid', ['ASID'], 'Without 16-bit ASIDs the upper half of ASID must be 0.',
    (c, a, _s, _sa, f, world) => !f.asid16 && world !== NS_EL2 && ASID(c, a) > 0xff,
    (c, a) => `ASID 0x${ASID(c, a).toString(16)} needs 16 bits and IDR0.ASID16 is 0`),
];

function rulesOfHalf(half: Half): readonly CdRule[] {
  const x = half.index;
  const range = (c: Words, a: number, f: Features) => `${64 - largestTxsz(granule(half, c, a), f)} to ${64 - smallestTxsz(half, c, a, f)}`;
  return [
    rule(`cd.t${x}sz`, [`T${x}SZ`, `TG${x}`, `EPD${x}`], `T${x}SZ must be in the range of the granule.`,
      (c, a, _s, _sa, f, world) => AA64(c, a) === 1 && walked(half, c, a, world)
        && (half.txsz(c, a) < smallestTxsz(half, c, a, f) || half.txsz(c, a) > largestTxsz(granule(half, c, a), f)),
      (c, a, f) => `T${x}SZ ${half.txsz(c, a)} gives ${64 - half.txsz(c, a)} bits of input address; ${range(c, a, f)} are implemented`),
    rule(`cd.tg${x}`, [`TG${x}`, `EPD${x}`], `The granule of TTB${x} must be implemented.`,
      (c, a, _s, _sa, f, world) => AA64(c, a) === 1 && walked(half, c, a, world) && !hasGranule(granule(half, c, a), f),
      (c, a) => (granule(half, c, a) === 0
        ? `TG${x} ${half.tg(c, a)} is reserved`
        : `TG${x} ${half.tg(c, a)} is a granule of ${(1 << granule(half, c, a)) >> 10} KiB, which IDR5 does not have`)),
    rule(`cd.ttb${x}`, [`TTB${x}`, 'IPS', `TG${x}`, `EPD${x}`], `TTB${x} must fit the effective stage-1 output address size.`,
      (c, a, _s, _sa, f, world) => walked(half, c, a, world) && half.ttbHi(c, a) >>> (baseSize(half, c, a, f) - 32) !== 0,
      (c, a, f) => `TTB${x} 0x${half.ttb(c, a).toString(16)} does not fit ${baseSize(half, c, a, f)} bits (the smaller of IPS and IDR5.OAS, 48 for granules below 64 KiB)`),
  ];
}

const LATER: readonly CdRule[] = [
  rule('cd.haft', ['HAFT', 'HA'], 'HAFT needs HA (v3.4).',
    (c, a, _s, _sa, f) => f.httu === 3 && HAFT(c, a) === 1 && HA(c, a) === 0,
    () => 'HAFT is 1 and HA is 0'),
  rule('cd.pie.reserved', ['PIE', 'PIIU', 'PIIP'], 'No stage-1 permission may be a reserved code (v3.4).',
    (c, a, s, sa, f, world) => hasIndirection(c, a, s, sa, f) && reservedPermission(c, a, world),
    () => 'a permission of PIIU or PIIP is 4 or 6, which are reserved'),
  rule('cd.pie.write-execute', ['PIE', 'PIIU', 'PIIP'], 'No permission may be executable with privilege and writable without (v3.4).',
    (c, a, s, sa, f, world) => hasIndirection(c, a, s, sa, f) && writableExecutable(c, a, world),
    () => 'an index has execution in PIIP and writing in PIIU'),
];

/** Every rule that can make a CD ILLEGAL, in the order they are asked. */
export const CD_RULES: readonly CdRule[] = [...MODES, ...rulesOfHalf(HALF_0), ...rulesOfHalf(HALF_1), ...LATER];

const TESTS: readonly Test[] = CD_RULES.map((one) => askedFor.get(one.id)!);

/**
 * The first rule that the CD at word index `at` breaks on the stream of the STE at `steAt`, or null when it is legal
 * (5.4.2). `e2h` is CR2.E2H; it matters to stage-1-only streams of StreamWorld EL2.
 */
export function illegalCd(cd: Words, at: number, ste: Words, steAt: number, f: Features, e2h = false): CdRule | null {
  const world = f.hyp ? streamWorld(ste, steAt, f, e2h) : NS_EL1;
  for (let i = 0; i < TESTS.length; i++) if (TESTS[i]!(cd, at, ste, steAt, f, world)) return CD_RULES[i]!;
  return null;
}
