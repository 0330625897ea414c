import { describe, expect, test } from 'vitest';
import { decodeFeatures, PRESETS } from '../features.ts';
import type { Features } from '../features.ts';
import { encode } from '../layout.ts';
import type { FieldValues } from '../layout.ts';
import { STE } from '../ste.ts';
import { illegalSte, STE_RULES } from './ste.ts';

const FULL = decodeFeatures(PRESETS['v3.2'].id);
const LATEST: Features = { ...FULL, httu: 3, dpt: true, mpam: true, s2pi: true, s2po: true };
const BYPASS: FieldValues = { V: true, Config: 4 };
const S1: FieldValues = { V: true, Config: 5, S1ContextPtr: 0x8000_0000n };
const S2: FieldValues = { V: true, Config: 6, S2VMID: 1, S2T0SZ: 24, S2SL0: 1, S2PS: 5, S2AA64: 1, S2TTB: 0x9000_0000n };
const NESTED: FieldValues = { ...S2, ...S1, Config: 7 };

function words(values: FieldValues): Uint32Array {
  const ste = new Uint32Array(16);
  encode(STE, values, ste, 0);
  return ste;
}

const verdict = (values: FieldValues, f: Features): string | null => illegalSte(words(values), 0, f)?.id ?? null;

interface Case {
  readonly rule: string;
  /** Row of smmuv3.md 2.3, the list of 5.2.2. */
  readonly row: string;
  readonly what: string;
  readonly f?: Partial<Features>;
  readonly base: FieldValues;
  readonly good: FieldValues;
  readonly bad: FieldValues;
  /** Features of the good case when the values are the same. */
  readonly goodF?: Partial<Features>;
}

const CASES: readonly Case[] = [
  { rule: 'ste.v', row: '1', what: 'V = 0', base: S1, good: {}, bad: { V: false } },
  { rule: 'ste.v', row: '1', what: 'V = 0 with Config 0xx', base: { V: true, Config: 0 }, good: {}, bad: { V: false } },
  { rule: 'ste.config.s1p', row: '2', what: 'stage 1 without S1P', base: S1, good: {}, bad: {}, f: { s1p: false }, goodF: {} },
  { rule: 'ste.config.s1p', row: '2', what: 'nested without S1P', base: NESTED, good: {}, bad: {}, f: { s1p: false }, goodF: {} },
  { rule: 'ste.config.s2p', row: '3', what: 'stage 2 without S2P', base: S2, good: {}, bad: {}, f: { s2p: false }, goodF: {} },
  { rule: 'ste.eats.split', row: '4', what: 'split-stage on a stage-1 stream', base: NESTED, good: { EATS: 2 }, bad: { EATS: 2, Config: 5 } },
  { rule: 'ste.eats.split', row: '4', what: 'split-stage with S2S', base: NESTED, good: { EATS: 2, S2S: false }, bad: { EATS: 2, S2S: true } },
  { rule: 'ste.eats.split', row: '4', what: 'split-stage with NS1ATS', base: { ...NESTED, EATS: 2 }, good: {}, bad: {}, f: { ns1ats: true }, goodF: {} },
  { rule: 'ste.eats.s2s', row: '5', what: 'full ATS with S2S', base: S2, good: { EATS: 1 }, bad: { EATS: 1, S2S: true } },
  { rule: 'ste.eats.dpt', row: '5b', what: 'DPT with S2S', f: { dpt: true }, base: S2, good: { EATS: 3 }, bad: { EATS: 3, S2S: true } },
  { rule: 'ste.eats.dpt', row: '5b', what: 'DPT in StreamWorld EL2', f: { dpt: true }, base: S1, good: { EATS: 3 }, bad: { EATS: 3, STRW: 2 } },
  { rule: 'ste.strw', row: '6', what: 'reserved STRW 1', base: S1, good: { STRW: 2 }, bad: { STRW: 1 } },
  { rule: 'ste.strw', row: '6', what: 'reserved STRW 3', base: S1, good: { STRW: 0 }, bad: { STRW: 3 } },
  { rule: 'ste.s1stalld', row: '7', what: 'S1STALLD with STALL_MODEL 1', base: { ...S1, S1STALLD: true }, good: {}, bad: {}, f: { stallModel: 1 }, goodF: {} },
  { rule: 'ste.s1cdmax', row: '8', what: 'S1CDMax above SSIDSIZE', f: { ssidSize: 8 }, base: S1, good: { S1CDMax: 8 }, bad: { S1CDMax: 9 } },
  { rule: 'ste.s1fmt', row: '9', what: 'two-level CDs without CD2L', f: { cd2l: false }, base: { ...S1, S1CDMax: 4 }, good: { S1Fmt: 3 }, bad: { S1Fmt: 1 } },
  { rule: 'ste.s1contextptr.oas', row: '10', what: 'S1ContextPtr above OAS', f: { oas: 44, ias: 44 }, base: S1, good: { S1ContextPtr: 0xfff_ffff_ffc0n }, bad: { S1ContextPtr: 0x1000_0000_0000n } },
  { rule: 'ste.s1contextptr.ias', row: '10', what: 'S1ContextPtr above IAS when nested', f: { oas: 32, ias: 40 }, base: NESTED, good: { S1ContextPtr: 0xff_ffff_ffc0n, S2TTB: 0x1000n }, bad: { S1ContextPtr: 0x100_0000_0000n } },
  { rule: 'ste.s2s.terminate-only', row: '11', what: 'S2S with STALL_MODEL 1', f: { stallModel: 1 }, base: S2, good: { S2S: false }, bad: { S2S: true } },
  { rule: 'ste.s2s.stall-forced', row: '12', what: 'no S2S with STALL_MODEL 2', f: { stallModel: 2 }, base: S2, good: { S2S: true }, bad: { S2S: false } },
  { rule: 'ste.s2aa64', row: '13', what: 'AArch32 tables without TTF[0]', base: S2, good: { S2AA64: 1 }, bad: { S2AA64: 0 } },
  { rule: 'ste.s2aa64', row: '13', what: 'AArch64 tables without TTF[1]', base: S2, good: {}, bad: {}, f: { ttf64: false }, goodF: {} },
  { rule: 'ste.s2fwb', row: '14', what: 'S2FWB with AArch32 tables', f: { ttf32: true }, base: { ...S2, S2AA64: 0, S2T0SZ: 0 }, good: {}, bad: { S2FWB: true } },
  { rule: 'ste.s2ha', row: '15', what: 'S2HA without HTTU', base: { ...S2, S2HA: true }, good: {}, bad: {}, f: { httu: 0 }, goodF: { httu: 1 } },
  { rule: 'ste.s2ha', row: '15', what: 'S2HD alone without HTTU', base: { ...S2, S2HD: true }, good: {}, bad: {}, f: { httu: 0 }, goodF: { httu: 2 } },
  { rule: 'ste.s2ha', row: '15', what: 'S2HA with AArch32 tables', f: { ttf32: true }, base: { ...S2, S2AA64: 0, S2T0SZ: 0 }, good: {}, bad: { S2HA: true } },
  { rule: 'ste.s2hd', row: '16', what: 'S2HD with HTTU 1', f: { httu: 1 }, base: { ...S2, S2HA: true }, good: {}, bad: { S2HD: true } },
  { rule: 'ste.s2tg', row: '17', what: 'reserved granule', base: S2, good: { S2TG: 0 }, bad: { S2TG: 3 } },
  { rule: 'ste.s2tg', row: '17', what: 'granule not implemented', base: { ...S2, S2TG: 2 }, good: {}, bad: {}, f: { gran16k: false }, goodF: {} },
  { rule: 'ste.s2ttb', row: '18', what: 'S2TTB above S2PS', base: S2, good: { S2PS: 2, S2TTB: 0xff_ffff_f000n }, bad: { S2PS: 2, S2TTB: 0x100_0000_0000n } },
  { rule: 'ste.s2ttb', row: '18', what: 'S2TTB above OAS, with S2PS above both', f: { oas: 44, ias: 44 }, base: S2, good: { S2TTB: 0xfff_ffff_f000n }, bad: { S2TTB: 0x1000_0000_0000n } },
  { rule: 'ste.s2ttb', row: '18', what: 'S2TTB above 48 bits with a 4K granule', base: { ...S2, S2PS: 6, S2T0SZ: 20 }, good: { S2TG: 1, S2TTB: 0x1_0000_0000_0000n }, bad: { S2TTB: 0x1_0000_0000_0000n } },
  { rule: 'ste.s2t0sz', row: '19', what: 'S2T0SZ below 64 - IAS', f: { oas: 44, ias: 44 }, base: { ...S2, S2SL0: 2 }, good: { S2T0SZ: 20 }, bad: { S2T0SZ: 19 } },
  { rule: 'ste.s2t0sz', row: '19', what: 'S2T0SZ below 16 with a 4K granule', base: { ...S2, S2SL0: 2 }, good: { S2T0SZ: 16 }, bad: { S2T0SZ: 15 } },
  { rule: 'ste.s2t0sz', row: '19', what: 'S2T0SZ below 12 with a 64K granule', base: { ...S2, S2TG: 1, S2SL0: 2, S2PS: 6 }, good: { S2T0SZ: 12 }, bad: { S2T0SZ: 11 } },
  { rule: 'ste.s2t0sz', row: '19', what: 'S2T0SZ above 39 without STT', f: { stt: false }, base: { ...S2, S2SL0: 0 }, good: { S2T0SZ: 39 }, bad: { S2T0SZ: 40 } },
  { rule: 'ste.s2t0sz', row: '19', what: 'S2T0SZ above 48 with STT', base: { ...S2, S2SL0: 3 }, good: { S2T0SZ: 48 }, bad: { S2T0SZ: 49 } },
  { rule: 'ste.s2t0sz', row: '19', what: 'S2T0SZ above 47 with STT and a 64K granule', base: { ...S2, S2TG: 1, S2SL0: 0 }, good: { S2T0SZ: 47 }, bad: { S2T0SZ: 48 } },
  { rule: 'ste.s2sl0', row: '20', what: 'SL0 1 with too large an IPA', base: S2, good: { S2T0SZ: 21 }, bad: { S2T0SZ: 20 } },
  { rule: 'ste.s2sl0', row: '20', what: 'SL0 2 with too small an IPA', base: { ...S2, S2SL0: 2 }, good: { S2T0SZ: 24 }, bad: { S2T0SZ: 25 } },
  { rule: 'ste.s2sl0', row: '20', what: 'SL0 2 with a small physical address', f: { oas: 42, ias: 42 }, base: S2, good: { S2T0SZ: 24 }, bad: { S2SL0: 2, S2T0SZ: 24 } },
  { rule: 'ste.s2sl0', row: '20', what: 'SL0 2 of 16K below 42 bits', base: { ...S2, S2TG: 2, S2SL0: 2, S2T0SZ: 24 }, good: {}, bad: {}, f: { oas: 40, ias: 40 }, goodF: { oas: 42, ias: 42 } },
  { rule: 'ste.s2sl0', row: '20', what: 'SL0 3 of 4K without STT', f: { stt: false }, base: { ...S2, S2T0SZ: 34 }, good: { S2SL0: 0 }, bad: { S2SL0: 3 } },
  { rule: 'ste.s2sl0', row: '20', what: 'SL0 3 of 64K', base: { ...S2, S2TG: 1, S2T0SZ: 24 }, good: { S2SL0: 1 }, bad: { S2SL0: 3 } },
  { rule: 'ste.s2sl0', row: '20', what: 'AArch32 tables with SL0 2', f: { ttf32: true }, base: { ...S2, S2AA64: 0, S2T0SZ: 0 }, good: { S2SL0: 1 }, bad: { S2SL0: 2 } },
  { rule: 'ste.s2sl0', row: '20', what: 'AArch32 tables of 32 - (-8) bits from level 2', f: { ttf32: true }, base: { ...S2, S2AA64: 0, S2T0SZ: 8 }, good: { S2SL0: 1 }, bad: { S2SL0: 0 } },
  { rule: 'ste.s2endi', row: '21', what: 'big-endian where only little is', f: { ttendian: 2 }, base: S2, good: { S2ENDI: 0 }, bad: { S2ENDI: 1 } },
  { rule: 'ste.s2endi', row: '21', what: 'little-endian where only big is', f: { ttendian: 3 }, base: S2, good: { S2ENDI: 1 }, bad: { S2ENDI: 0 } },
  { rule: 'ste.s2vmid', row: '22', what: '16-bit VMID', f: { vmid16: false }, base: S2, good: { S2VMID: 0xff }, bad: { S2VMID: 0x100 } },
  { rule: 'ste.s2vmid', row: '22', what: '16-bit VMID of a stage-1 NS-EL1 stream', f: { vmid16: false }, base: S1, good: { S2VMID: 0x100, STRW: 2 }, bad: { S2VMID: 0x100 } },
  { rule: 'ste.vmsptr', row: '23', what: 'VMSPtr above OAS', f: { mpam: true, oas: 44, ias: 44 }, base: { ...NESTED, VMSPtr: 0x1000_0000_0000n }, good: { S1MPAM: false }, bad: { S1MPAM: true } },
  { rule: 'ste.s2haft', row: '24', what: 'S2HAFT without S2HA', f: LATEST, base: { ...S2, S2HAFT: true }, good: { S2HA: true }, bad: {} },
  { rule: 'ste.s2poe', row: '24', what: 'S2POE without S2PIE', f: LATEST, base: { ...S2, S2POE: true }, good: { S2PIE: true }, bad: {} },
  { rule: 'ste.s2poe.hwu', row: '24', what: 'S2POE with hardware use bits', f: LATEST, base: { ...S2, S2POE: true, S2PIE: true }, good: {}, bad: { S2HWU61: true } },
  { rule: 'ste.s2pie', row: '24', what: 'S2PIE with AArch32 tables', f: { ...LATEST, ttf32: true }, base: { ...S2, S2T0SZ: 0, S2AA64: 0 }, good: {}, bad: { S2PIE: true } },
  { rule: 'ste.s2poi', row: '24', what: 'reserved overlay permission', f: LATEST, base: { ...S2, S2POE: true, S2PIE: true }, good: { S2POI13: 6 }, bad: { S2POI13: 5 } },
];

describe('IHI 0070 5.2.2: an STE is ILLEGAL [ste.S2AA64] [ste.S2ENDI]', () => {
  test.each(CASES)('row $row: $what [rule.$rule]', ({ rule, f, goodF, base, good, bad }) => {
    expect(verdict({ ...base, ...good }, { ...FULL, ...(goodF ?? f) })).toBeNull();
    expect(verdict({ ...base, ...bad }, { ...FULL, ...f })).toBe(rule);
  });

  test.each(STE_RULES)('$id has cases, a section and a message with the values', (rule) => {
    const cases = CASES.filter((one) => one.rule === rule.id);
    expect(cases.length).toBeGreaterThan(0);
    expect(rule).toMatchObject({ section: '5.2.2', event: 'C_BAD_STE' });
    for (const { base, bad, f } of cases) {
      const ste = words({ ...base, ...bad });
      expect(rule.violated(ste, 0, { ...FULL, ...f })).toBe(true);
      expect(rule.message(ste, 0, { ...FULL, ...f })).not.toMatch(/undefined|NaN/);
    }
    for (const field of rule.fields) expect(STE.fields.some((one) => one.name === field), field).toBe(true);
  });
});

describe('IHI 0070 5.2: an STE is legal', () => {
  test('with Config 0xx whatever else it says', () => {
    for (const Config of [0, 1, 2, 3]) {
      const ste = new Uint32Array(16).fill(0xffff_ffff);
      ste[0] = 0xffff_fff1 | (Config << 1);
      expect(illegalSte(ste, 0, decodeFeatures(PRESETS.minimum.id))).toBeNull();
    }
  });

  test('with fields that Config ignores', () => {
    const ignored = { S2T0SZ: 0, S2TG: 3, S2PS: 0, S2TTB: 0xf_ffff_ffff_f000n, S2HA: true, S2S: true, S2ENDI: 1 };
    expect(verdict({ ...BYPASS, ...ignored, S1CDMax: 31, S1STALLD: true, S2VMID: 0xffff }, { ...FULL, vmid16: false, stallModel: 1 })).toBeNull();
    expect(verdict({ ...S1, ...ignored }, { ...FULL, httu: 0 })).toBeNull();
    expect(verdict({ ...S2, S1CDMax: 31, S1Fmt: 2, S1STALLD: true, STRW: 3, S1ContextPtr: 0xf_ffff_ffff_ffc0n }, { ...FULL, oas: 44, ias: 44, stallModel: 1 })).toBeNull();
  });

  test('where QEMU\'s own test needs it: S2T0SZ 20 from level 0 with 44 bits, S2PS above OAS', () => {
    const values = { ...NESTED, S1ContextPtr: 0x4e17_8fc0n, S2TTB: 0x4e4d_0000n, S2T0SZ: 20, S2SL0: 2, S2PS: 5 };
    expect(verdict(values, decodeFeatures(PRESETS['qemu-11'].id))).toBeNull();
  });

  test('in cases the architecture leaves legal', () => {
    expect(verdict({ ...S2, S2HD: true }, FULL)).toBeNull();
    expect(verdict({ ...NESTED, EATS: 3 }, FULL)).toBeNull();
    expect(verdict({ ...S1, EATS: 1, S2S: true }, FULL)).toBeNull();
    expect(verdict({ ...S1, S1CDMax: 5, S1Fmt: 1 }, { ...FULL, ssidSize: 0, cd2l: false })).toBeNull();
    expect(verdict({ ...S1, STRW: 1 }, { ...FULL, hyp: false })).toBeNull();
    expect(verdict({ ...S2, S2AA64: 0, S2T0SZ: 0, S2FWB: true }, { ...FULL, ttf32: true, fwb: false })).toBeNull();
  });
});
