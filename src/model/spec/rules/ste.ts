/** When a Non-secure STE is ILLEGAL (IHI 0070 5.2.2 and the text of its fields): C_BAD_STE, the transaction aborts. */
import { TG0_SHIFT } from '../codes.ts';
import { ADDRESS_BITS } from '../features.ts';
import type { Features } from '../features.ts';
import { hasGranule, largestTxsz, stage2LargestSize, stage2SmallestSize, stage2StartLevel } from '../granules.ts';
import { accessor, addressHi, wide } from '../layout.ts';
import type { Words } from '../layout.ts';
import { STE } from '../ste.ts';
import { strwUsed } from '../stream-world.ts';
import type { SteRule } from './rule.ts';

type Test = (ste: Words, at: number, f: Features) => boolean;
type Say = (ste: Words, at: number, f: Features) => string;

const V = accessor(STE, 'V');
const Config = accessor(STE, 'Config');
const S1Fmt = accessor(STE, 'S1Fmt');
const S1CDMax = accessor(STE, 'S1CDMax');
const S1ContextPtrHi = addressHi(STE, 'S1ContextPtr');
const S1ContextPtr = wide(STE, 'S1ContextPtr');
const S1STALLD = accessor(STE, 'S1STALLD');
const S1MPAM = accessor(STE, 'S1MPAM');
const EATS = accessor(STE, 'EATS');
const STRW = accessor(STE, 'STRW');
const S2VMID = accessor(STE, 'S2VMID');
const S2T0SZ = accessor(STE, 'S2T0SZ');
const S2SL0 = accessor(STE, 'S2SL0');
const S2TG = accessor(STE, 'S2TG');
const S2PS = accessor(STE, 'S2PS');
const S2AA64 = accessor(STE, 'S2AA64');
const S2ENDI = accessor(STE, 'S2ENDI');
const S2FWB = accessor(STE, 'S2FWB');
const S2HWU59 = accessor(STE, 'S2HWU59');
const S2HWU60 = accessor(STE, 'S2HWU60');
const S2HWU61 = accessor(STE, 'S2HWU61');
const S2HWU62 = accessor(STE, 'S2HWU62');
const S2HA = accessor(STE, 'S2HA');
const S2HD = accessor(STE, 'S2HD');
const S2HAFT = accessor(STE, 'S2HAFT');
const S2PIE = accessor(STE, 'S2PIE');
const S2POE = accessor(STE, 'S2POE');
const S2S = accessor(STE, 'S2S');
const S2DS = accessor(STE, 'S2DS');
const S2TTBHi = addressHi(STE, 'S2TTB');
const S2TTB = wide(STE, 'S2TTB');
const VMSPtrHi = addressHi(STE, 'VMSPtr');
const VMSPtr = wide(STE, 'VMSPtr');
const S2POI_FIRST_WORD = 14;

const EVERY = [0, 1, 2, 3, 4, 5, 6, 7];
const TRANSLATING = [5, 6, 7];
const STAGE_1 = [5, 7];
const STAGE_2 = [6, 7];
const S1_ONLY = [5];
const NESTED = [7];

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** Whether an address needs more than `bits` bits (32 to 64), by its high word. */
const exceeds = (hi: number, bits: number): boolean => hi >>> (bits - 32) !== 0;

const granule = (ste: Words, at: number): number => TG0_SHIFT[S2TG(ste, at)]!;
const ds = (ste: Words, at: number, f: Features): boolean => f.ds && S2DS(ste, at) === 1;

/** Bits of IPA that stage 2 takes: AArch32 tables hold S2T0SZ as a signed 4-bit number. */
function inputSize(ste: Words, at: number): number {
  const t0sz = S2T0SZ(ste, at);
  return S2AA64(ste, at) === 1 ? 64 - t0sz : 32 - ((t0sz << 28) >> 28);
}

/** Bits that S2TTB may have: the effective S2PS, 40 for AArch32 tables, 48 for small granules without S2DS. */
function baseSize(ste: Words, at: number, f: Features): number {
  if (S2AA64(ste, at) === 0) return 40;
  const size = Math.min(ADDRESS_BITS[S2PS(ste, at)]!, f.oas);
  return granule(ste, at) === 16 || ds(ste, at, f) ? size : Math.min(size, 48);
}

function smallestT0sz(ste: Words, at: number, f: Features): number {
  return Math.max(granule(ste, at) === 16 || ds(ste, at, f) ? 12 : 16, 64 - f.ias);
}

function badStartLevel(ste: Words, at: number, f: Features): boolean {
  const aa64 = S2AA64(ste, at) === 1;
  const shift = aa64 ? granule(ste, at) : 12;
  if (shift === 0) return false;
  if (!aa64 && S2SL0(ste, at) > 1) return true;
  const level = stage2StartLevel(shift, S2SL0(ste, at), ds(ste, at, f), f);
  if (level < 0) return true;
  const size = inputSize(ste, at);
  return size < stage2SmallestSize(shift, level) || size > stage2LargestSize(shift, level);
}

const vmidIgnored = (ste: Words, at: number, f: Features): boolean =>
  !f.s2p || (strwUsed(ste, at, f) && STRW(ste, at) !== 0);

/** Codes 1 and 5 of the sixteen 4-bit overlay permissions are reserved. */
function reservedOverlay(ste: Words, at: number): boolean {
  for (let i = 0; i < 16; i++) {
    const permission = (ste[at + S2POI_FIRST_WORD + (i >> 3)]! >>> ((i & 7) * 4)) & 0xf;
    if (permission === 1 || permission === 5) return true;
  }
  return false;
}

const askedFor = new Map<string, Test>();

function rule(id: string, configs: readonly number[], fields: readonly string[], doc: string, test: Test, message: Say): SteRule {
  const mask = configs.reduce((bits, config) => bits | (1 << config), 0);
  askedFor.set(id, test);
  const violated: Test = (ste, at, f) => ((mask >>> Config(ste, at)) & 1) === 1 && test(ste, at, f);
  return { id, section: '5.2.2', event: 'C_BAD_STE', configs, fields, doc, violated, message };
}

const WHOLE: readonly SteRule[] = [
  rule('ste.v', EVERY, ['V'], 'An STE that is used must be valid.',
    (s, a) => V(s, a) === 0,
    () => 'V is 0: the STE is not valid'),
  rule('ste.config.s1p', STAGE_1, ['Config'], 'Config may only enable stage 1 where stage 1 is implemented.',
    (_s, _a, f) => !f.s1p,
    (s, a) => `Config ${Config(s, a)} enables stage 1, which IDR0.S1P says is not implemented`),
  rule('ste.config.s2p', STAGE_2, ['Config'], 'Config may only enable stage 2 where stage 2 is implemented.',
    (_s, _a, f) => !f.s2p,
    (s, a) => `Config ${Config(s, a)} enables stage 2, which IDR0.S2P says is not implemented`),
];

const ATS: readonly SteRule[] = [
  rule('ste.eats.split', TRANSLATING, ['EATS', 'Config', 'S2S'],
    'Split-stage ATS needs both stages, no stage-2 stall, and support for it.',
    (s, a, f) => f.ats && EATS(s, a) === 2 && (Config(s, a) !== 7 || S2S(s, a) === 1 || f.ns1ats),
    (s, a, f) => `EATS is split-stage with Config ${Config(s, a)}, S2S ${S2S(s, a)} and IDR0.NS1ATS ${f.ns1ats ? 1 : 0}; it needs Config 7, S2S 0 and NS1ATS 0`),
  rule('ste.eats.s2s', STAGE_2, ['EATS', 'S2S'], 'Full ATS excludes stalling at stage 2.',
    (s, a, f) => f.ats && EATS(s, a) === 1 && S2S(s, a) === 1,
    () => 'EATS is full and S2S is 1: a stream with ATS must not stall at stage 2'),
  rule('ste.eats.dpt', TRANSLATING, ['EATS', 'S2S', 'STRW'],
    'ATS checked by the Device Permission Table excludes stalling at stage 2 and needs StreamWorld EL1.',
    (s, a, f) => f.ats && f.dpt && EATS(s, a) === 3 && ((Config(s, a) !== 5 && S2S(s, a) === 1) || (strwUsed(s, a, f) && STRW(s, a) !== 0)),
    (s, a) => `EATS is DPT with S2S ${S2S(s, a)} and STRW ${STRW(s, a)}; it needs S2S 0 and StreamWorld EL1`),
];

const STAGE_1_RULES: readonly SteRule[] = [
  rule('ste.strw', S1_ONLY, ['STRW'], 'STRW must not be reserved where it is used.',
    (s, a, f) => strwUsed(s, a, f) && (STRW(s, a) & 1) === 1,
    (s, a) => `STRW ${STRW(s, a)} is reserved; expected 0 (NS-EL1) or 2 (EL2)`),
  rule('ste.s1stalld', STAGE_1, ['S1STALLD'], 'S1STALLD may only be set where stalling can be chosen.',
    (s, a, f) => S1STALLD(s, a) === 1 && f.stallModel !== 0,
    (_s, _a, f) => `S1STALLD is 1 with IDR0.STALL_MODEL ${f.stallModel}; it needs STALL_MODEL 0`),
  rule('ste.s1cdmax', STAGE_1, ['S1CDMax'], 'S1CDMax must not exceed the SubstreamIDs that are implemented.',
    (s, a, f) => f.ssidSize !== 0 && S1CDMax(s, a) > f.ssidSize,
    (s, a, f) => `S1CDMax ${S1CDMax(s, a)} is above IDR1.SSIDSIZE ${f.ssidSize}`),
  rule('ste.s1fmt', STAGE_1, ['S1Fmt', 'S1CDMax'], 'Two-level tables of CDs need IDR0.CD2L.',
    (s, a, f) => f.ssidSize !== 0 && S1CDMax(s, a) !== 0 && !f.cd2l && (S1Fmt(s, a) === 1 || S1Fmt(s, a) === 2),
    (s, a) => `S1Fmt ${S1Fmt(s, a)} is a two-level table of CDs, which IDR0.CD2L says is not supported`),
  rule('ste.s1contextptr.oas', S1_ONLY, ['S1ContextPtr'], 'Without stage 2 the address of the CDs must fit the output address size.',
    (s, a, f) => exceeds(S1ContextPtrHi(s, a), f.oas),
    (s, a, f) => `S1ContextPtr ${hex(S1ContextPtr(s, a))} does not fit the ${f.oas} bits of IDR5.OAS`),
  rule('ste.s1contextptr.ias', NESTED, ['S1ContextPtr'], 'With stage 2 the address of the CDs must fit the intermediate address size.',
    (s, a, f) => exceeds(S1ContextPtrHi(s, a), f.ias),
    (s, a, f) => `S1ContextPtr ${hex(S1ContextPtr(s, a))} does not fit the ${f.ias} bits of an IPA`),
];

const STAGE_2_MODES: readonly SteRule[] = [
  rule('ste.s2s.terminate-only', STAGE_2, ['S2S'], 'S2S must be 0 on an SMMU that cannot stall.',
    (s, a, f) => S2S(s, a) === 1 && f.stallModel === 1,
    () => 'S2S is 1 and IDR0.STALL_MODEL 1 says that transactions cannot stall'),
  rule('ste.s2s.stall-forced', STAGE_2, ['S2S'], 'S2S must be 1 on an SMMU that always stalls.',
    (s, a, f) => S2S(s, a) === 0 && f.stallModel === 2,
    () => 'S2S is 0 and IDR0.STALL_MODEL 2 says that transactions always stall'),
  rule('ste.s2aa64', STAGE_2, ['S2AA64'], 'The form of the stage-2 tables must be one that IDR0.TTF has.',
    (s, a, f) => (S2AA64(s, a) === 1 ? !f.ttf64 : !f.ttf32),
    (s, a) => `S2AA64 ${S2AA64(s, a)} chooses ${S2AA64(s, a) === 1 ? 'AArch64' : 'AArch32'} tables, which IDR0.TTF does not have`),
  rule('ste.s2fwb', STAGE_2, ['S2FWB', 'S2AA64'], 'S2FWB needs AArch64 tables.',
    (s, a, f) => f.fwb && S2FWB(s, a) === 1 && S2AA64(s, a) === 0,
    () => 'S2FWB is 1 with AArch32 tables (S2AA64 0)'),
  rule('ste.s2ha', STAGE_2, ['S2HA', 'S2HD', 'S2AA64'], 'Hardware update at stage 2 needs IDR0.HTTU and AArch64 tables.',
    (s, a, f) => (S2HA(s, a) | S2HD(s, a)) === 1 && (S2AA64(s, a) === 0 || f.httu === 0),
    (s, a, f) => `S2HA ${S2HA(s, a)} and S2HD ${S2HD(s, a)} ask for hardware update with S2AA64 ${S2AA64(s, a)} and IDR0.HTTU ${f.httu}`),
  rule('ste.s2hd', STAGE_2, ['S2HD'], 'Hardware update of the dirty state needs IDR0.HTTU 2 or more.',
    (s, a, f) => S2HD(s, a) === 1 && f.httu === 1,
    () => 'S2HD is 1 and IDR0.HTTU 1 has the access flag only'),
];

const STAGE_2_TABLES: readonly SteRule[] = [
  rule('ste.s2tg', STAGE_2, ['S2TG'], 'The stage-2 granule must be implemented.',
    (s, a, f) => S2AA64(s, a) === 1 && !hasGranule(granule(s, a), f),
    (s, a) => (granule(s, a) === 0 ? 'S2TG 3 is reserved' : `S2TG ${S2TG(s, a)} is a granule of ${(1 << granule(s, a)) >> 10} KiB, which IDR5 does not have`)),
  rule('ste.s2ttb', STAGE_2, ['S2TTB', 'S2PS', 'S2TG'], 'S2TTB must fit the effective stage-2 output address size.',
    (s, a, f) => exceeds(S2TTBHi(s, a), baseSize(s, a, f)),
    (s, a, f) => `S2TTB ${hex(S2TTB(s, a))} does not fit ${baseSize(s, a, f)} bits (the smaller of S2PS and IDR5.OAS, 48 for granules below 64 KiB)`),
  rule('ste.s2t0sz', STAGE_2, ['S2T0SZ', 'S2TG'], 'S2T0SZ must be in the range of the granule and of the intermediate address size.',
    (s, a, f) => S2AA64(s, a) === 1 && (S2T0SZ(s, a) < smallestT0sz(s, a, f) || S2T0SZ(s, a) > largestTxsz(granule(s, a), f)),
    (s, a, f) => `S2T0SZ ${S2T0SZ(s, a)} gives ${64 - S2T0SZ(s, a)} bits of IPA; ${64 - largestTxsz(granule(s, a), f)} to ${64 - smallestT0sz(s, a, f)} are implemented`),
  rule('ste.s2sl0', STAGE_2, ['S2SL0', 'S2T0SZ', 'S2TG'], 'The start level S2SL0 must suit the granule and the size of the IPA.',
    badStartLevel,
    (s, a) => `S2SL0 ${S2SL0(s, a)} is no start level for an IPA of ${inputSize(s, a)} bits with S2TG ${S2TG(s, a)}`),
  rule('ste.s2endi', STAGE_2, ['S2ENDI'], 'The endianness of the stage-2 tables must be one that IDR0.TTENDIAN has.',
    (s, a, f) => (f.ttendian === 2 && S2ENDI(s, a) === 1) || (f.ttendian === 3 && S2ENDI(s, a) === 0),
    (s, a, f) => `S2ENDI ${S2ENDI(s, a)} contradicts IDR0.TTENDIAN ${f.ttendian}`),
  rule('ste.s2vmid', TRANSLATING, ['S2VMID', 'STRW'], 'Without 16-bit VMIDs the upper half of S2VMID must be 0, of an NS-EL1 stage-1 stream too.',
    (s, a, f) => !f.vmid16 && S2VMID(s, a) > 0xff && !vmidIgnored(s, a, f),
    (s, a) => `S2VMID 0x${S2VMID(s, a).toString(16)} needs 16 bits and IDR0.VMID16 is 0`),
];

const LATER: readonly SteRule[] = [
  rule('ste.vmsptr', NESTED, ['VMSPtr', 'S1MPAM'], 'The address of the Virtual Machine Structure must fit the output address size.',
    (s, a, f) => f.mpam && S1MPAM(s, a) === 1 && exceeds(VMSPtrHi(s, a), f.oas),
    (s, a, f) => `VMSPtr ${hex(VMSPtr(s, a))} does not fit the ${f.oas} bits of IDR5.OAS`),
  rule('ste.s2haft', STAGE_2, ['S2HAFT', 'S2HA'], 'S2HAFT needs S2HA (v3.4).',
    (s, a, f) => f.httu === 3 && S2HAFT(s, a) === 1 && S2HA(s, a) === 0,
    () => 'S2HAFT is 1 and S2HA is 0'),
  rule('ste.s2poe', STAGE_2, ['S2POE', 'S2PIE'], 'S2POE needs S2PIE (v3.4).',
    (s, a, f) => f.s2po && S2POE(s, a) === 1 && S2PIE(s, a) === 0,
    () => 'S2POE is 1 and S2PIE is 0'),
  rule('ste.s2poe.hwu', STAGE_2, ['S2POE', 'S2HWU59', 'S2HWU60', 'S2HWU61', 'S2HWU62'], 'S2POE excludes bits for hardware use in stage-2 descriptors (v3.4).',
    (s, a, f) => f.s2po && S2POE(s, a) === 1 && f.pbha && (S2HWU59(s, a) | S2HWU60(s, a) | S2HWU61(s, a) | S2HWU62(s, a)) === 1,
    () => 'S2POE is 1 and one of S2HWU59 to S2HWU62 is 1'),
  rule('ste.s2pie', STAGE_2, ['S2PIE', 'S2AA64'], 'S2PIE needs AArch64 tables (v3.4).',
    (s, a, f) => f.s2pi && S2PIE(s, a) === 1 && S2AA64(s, a) === 0,
    () => 'S2PIE is 1 with AArch32 tables (S2AA64 0)'),
  rule('ste.s2poi', STAGE_2, ['S2POI0', 'S2POE'], 'No stage-2 overlay permission may be a reserved code (v3.4).',
    (s, a, f) => f.s2po && S2POE(s, a) === 1 && reservedOverlay(s, a),
    () => 'one of S2POI0 to S2POI15 is 1 or 5, which are reserved'),
];

/** Every rule that can make an STE ILLEGAL, in the order they are asked. */
export const STE_RULES: readonly SteRule[] = [...WHOLE, ...ATS, ...STAGE_1_RULES, ...STAGE_2_MODES, ...STAGE_2_TABLES, ...LATER];

const VALID = STE_RULES[0]!;

/** The rules and their tests by Config, so that a check asks only what applies. */
const BY_CONFIG: readonly (readonly SteRule[])[] = EVERY.map((config) =>
  STE_RULES.filter((one) => one !== VALID && one.configs.includes(config)),
);
const TESTS: readonly (readonly Test[])[] = BY_CONFIG.map((rules) => rules.map((one) => askedFor.get(one.id)!));

/**
 * The first rule that the STE at word index `at` breaks, or null when it is legal (5.2.2). A valid STE with Config 0xx is
 * always legal: it aborts silently.
 */
export function illegalSte(ste: Words, at: number, f: Features): SteRule | null {
  if (V(ste, at) === 0) return VALID;
  const config = Config(ste, at);
  if (config < 4) return null;
  const tests = TESTS[config]!;
  for (let i = 0; i < tests.length; i++) if (tests[i]!(ste, at, f)) return BY_CONFIG[config]![i]!;
  return null;
}
