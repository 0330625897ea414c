import { describe, expect, test } from 'vitest';
import { CD } from '../cd.ts';
import { decodeFeatures, PRESETS } from '../features.ts';
import type { Features } from '../features.ts';
import { encode } from '../layout.ts';
import type { FieldValues } from '../layout.ts';
import { STE } from '../ste.ts';
import { CD_RULES, illegalCd } from './cd.ts';

const FULL = decodeFeatures(PRESETS['v3.2'].id);
const LATEST: Features = { ...FULL, httu: 3, s1pi: true };
const S1: FieldValues = { V: true, Config: 5 };
const EL2: FieldValues = { ...S1, STRW: 2 };
const NESTED: FieldValues = { V: true, Config: 7, S2AA64: 1 };
const BASE: FieldValues = {
  V: true, AA64: 1, A: true, R: true, IPS: 5, ASID: 7,
  T0SZ: 16, TG0: 0, TTB0: 0x8000_0000n, T1SZ: 25, TG1: 2, TTB1: 0x9000_0000n,
};

interface Setting {
  readonly ste?: FieldValues;
  readonly f?: Partial<Features>;
  readonly e2h?: boolean;
}

interface Case extends Setting {
  readonly rule: string;
  /** Number in smmuv3.md 3.4, the list of 5.4.2. */
  readonly row: string;
  readonly what: string;
  readonly good: FieldValues;
  readonly bad: FieldValues;
  /** Where the good case differs in more than the CD. */
  readonly goodIn?: Setting;
}

function inputs(values: FieldValues, { ste = S1, f = {}, e2h = false }: Setting) {
  const cd = new Uint32Array(16);
  const entry = new Uint32Array(16);
  encode(CD, { ...BASE, ...values }, cd, 0);
  encode(STE, ste, entry, 0);
  return [cd, 0, entry, 0, { ...FULL, ...f }, e2h] as const;
}

const verdict = (values: FieldValues, setting: Setting = {}): string | null => illegalCd(...inputs(values, setting))?.id ?? null;

const CASES: readonly Case[] = [
  { rule: 'cd.v', row: '1', what: 'V = 0', good: {}, bad: { V: false } },
  { rule: 'cd.s.s1stalld', row: '2', what: 'S with STE.S1STALLD', ste: { ...S1, S1STALLD: true }, good: { S: false }, bad: { S: true } },
  { rule: 'cd.a', row: '3', what: 'A = 0 with TERM_MODEL', f: { termModel: true }, good: { A: true }, bad: { A: false } },
  { rule: 'cd.s.terminate-only', row: '4', what: 'S with STALL_MODEL 1', f: { stallModel: 1 }, good: { S: false }, bad: { S: true } },
  { rule: 'cd.s.stall-forced', row: '5', what: 'no S with STALL_MODEL 2', f: { stallModel: 2 }, good: { S: true }, bad: { S: false } },
  { rule: 'cd.endi', row: '6', what: 'big-endian where only little is', f: { ttendian: 2 }, good: { ENDI: 1, EPD0: true, EPD1: true }, bad: { ENDI: 1, EPD0: true } },
  { rule: 'cd.endi', row: '6', what: 'little-endian where only big is', f: { ttendian: 3 }, good: { ENDI: 1 }, bad: { ENDI: 0 } },
  { rule: 'cd.endi', row: '6', what: 'EPD0 counts as 0 in EL2', ste: EL2, f: { ttendian: 2 }, good: { ENDI: 0, EPD0: true, EPD1: true }, bad: { ENDI: 1, EPD0: true, EPD1: true } },
  { rule: 'cd.aa64.aarch32', row: '7', what: 'AArch32 tables without TTF[0]', good: {}, bad: { AA64: 0 } },
  { rule: 'cd.aa64.aarch32', row: '7', what: 'AArch32 tables in EL2-E2H', ste: EL2, f: { ttf32: true }, e2h: true, good: { AA64: 0 }, bad: { AA64: 0 }, goodIn: { ste: EL2, f: { ttf32: true } } },
  { rule: 'cd.aa64.aarch64', row: '8', what: 'AArch64 tables without TTF[1]', f: { ttf32: true, ttf64: false }, good: { AA64: 0 }, bad: {} },
  { rule: 'cd.aa64.aarch64', row: '8', what: 'AArch64 tables over AArch32 ones', ste: { ...NESTED, S2AA64: 0 }, good: {}, bad: {}, goodIn: { ste: NESTED } },
  { rule: 'cd.ha', row: '9', what: 'HA without HTTU', f: { httu: 0 }, good: {}, bad: { HA: true } },
  { rule: 'cd.ha', row: '9', what: 'HD without HTTU', f: { httu: 0 }, good: {}, bad: { HD: true } },
  { rule: 'cd.hd', row: '9', what: 'HD with HTTU 1', f: { httu: 1 }, good: { HA: true }, bad: { HA: true, HD: true } },
  { rule: 'cd.asid', row: '10', what: '16-bit ASID', f: { asid16: false }, good: { ASID: 0xff }, bad: { ASID: 0x100 } },
  { rule: 'cd.asid', row: '10', what: '16-bit ASID in EL2-E2H, which EL2 ignores', ste: EL2, e2h: true, f: { asid16: false }, good: { ASID: 0x100 }, bad: { ASID: 0x100 }, goodIn: { ste: EL2, f: { asid16: false } } },
  { rule: 'cd.t0sz', row: '11', what: 'T0SZ below 16', good: { T0SZ: 16 }, bad: { T0SZ: 15 } },
  { rule: 'cd.t0sz', row: '11', what: 'T0SZ below 12 with VAX and a 64K granule', good: { T0SZ: 12, TG0: 1 }, bad: { T0SZ: 11, TG0: 1 } },
  { rule: 'cd.t0sz', row: '11', what: 'T0SZ below 16 with a 64K granule and no VAX', f: { vax52: false }, good: { T0SZ: 16, TG0: 1 }, bad: { T0SZ: 15, TG0: 1 } },
  { rule: 'cd.t0sz', row: '11', what: 'T0SZ above 39 without STT', f: { stt: false }, good: { T0SZ: 39 }, bad: { T0SZ: 40 } },
  { rule: 'cd.t0sz', row: '11', what: 'T0SZ above 48 with STT', good: { T0SZ: 48 }, bad: { T0SZ: 49 } },
  { rule: 'cd.t1sz', row: '11', what: 'T1SZ above 47 with STT and a 64K granule', good: { T1SZ: 47, TG1: 3 }, bad: { T1SZ: 48, TG1: 3 } },
  { rule: 'cd.t1sz', row: '11', what: 'T1SZ that EPD1 would excuse', good: { T1SZ: 0, EPD1: true }, bad: { T1SZ: 0 } },
  { rule: 'cd.t1sz', row: '11', what: 'T1SZ that EL2 does not have', e2h: true, ste: EL2, good: { T1SZ: 0 }, bad: { T1SZ: 0 }, goodIn: { ste: EL2 } },
  { rule: 'cd.tg0', row: '12', what: 'reserved TG0', good: { TG0: 2 }, bad: { TG0: 3 } },
  { rule: 'cd.tg0', row: '12', what: 'TG0 not implemented', f: { gran64k: false }, good: { TG0: 0 }, bad: { TG0: 1 } },
  { rule: 'cd.tg1', row: '12', what: 'reserved TG1, which is 0', good: { TG1: 1 }, bad: { TG1: 0 } },
  { rule: 'cd.tg1', row: '12', what: 'TG1 not implemented: its code 2 is 4K', f: { gran4k: false }, good: { TG0: 1, TG1: 3 }, bad: { TG0: 1, TG1: 2 } },
  { rule: 'cd.ttb0', row: '13', what: 'TTB0 above IPS', good: { IPS: 0, TTB0: 0xffff_f000n }, bad: { IPS: 0, TTB0: 0x1_0000_0000n } },
  { rule: 'cd.ttb0', row: '13', what: 'TTB0 above OAS', f: { oas: 44, ias: 44 }, good: { TTB0: 0xfff_ffff_f000n }, bad: { TTB0: 0x1000_0000_0000n } },
  { rule: 'cd.ttb0', row: '13', what: 'TTB0 above 48 bits with a 4K granule', good: { IPS: 6, TG0: 1, TTB0: 0x1_0000_0000_0000n }, bad: { IPS: 6, TTB0: 0x1_0000_0000_0000n } },
  { rule: 'cd.ttb0', row: '13', what: 'TTB0 above 40 bits with AArch32 tables', f: { ttf32: true }, good: { AA64: 0, TTB0: 0xff_ffff_f000n }, bad: { AA64: 0, TTB0: 0x100_0000_0000n } },
  { rule: 'cd.ttb1', row: '13', what: 'TTB1 above IPS', good: { TTB1: 0x1_0000_0000n, IPS: 1 }, bad: { TTB1: 0x1_0000_0000n, IPS: 0 } },
  { rule: 'cd.haft', row: '(v3.4)', what: 'HAFT without HA', f: LATEST, good: { HAFT: true, HA: true }, bad: { HAFT: true } },
  { rule: 'cd.pie.reserved', row: '(v3.4)', what: 'reserved permission 4', ste: { ...S1, S1PIE: true }, f: LATEST, good: { PIE: true, PIIP: 5n << 30n }, bad: { PIE: true, PIIP: 4n << 30n } },
  { rule: 'cd.pie.reserved', row: '(v3.4)', what: 'reserved permission 6, unprivileged', ste: { ...S1, S1PIE: true }, f: LATEST, good: { PIE: true, PIIU: 7n << 45n }, bad: { PIE: true, PIIU: 6n << 45n } },
  { rule: 'cd.pie.write-execute', row: '(v3.4)', what: 'privileged execution of what is writable without', ste: { ...S1, S1PIE: true }, f: LATEST, good: { PIE: true, PIIP: 3n << 36n, PIIU: 5n << 33n }, bad: { PIE: true, PIIP: 3n << 33n, PIIU: 5n << 33n } },
];

describe('IHI 0070 5.4.2: a CD is ILLEGAL [cd.AA64] [cd.ENDI] [cd.V]', () => {
  test.each(CASES)('$row, $rule: $what [rule.$rule]', (one) => {
    expect(verdict(one.good, one.goodIn ?? one)).toBeNull();
    expect(verdict(one.bad, one)).toBe(one.rule);
  });

  test.each(CD_RULES)('$id has cases, a section and a message with the values', (rule) => {
    const cases = CASES.filter((one) => one.rule === rule.id);
    expect(cases.length).toBeGreaterThan(0);
    expect(rule).toMatchObject({ section: '5.4.2', event: 'C_BAD_CD' });
    for (const one of cases) {
      expect(rule.violated(...inputs(one.bad, one))).toBe(true);
      expect(rule.message(...inputs(one.bad, one))).not.toMatch(/undefined|NaN/);
    }
    const known = new Set([...CD.fields.map((field) => field.name as string), ...STE.fields.map((field) => `STE.${field.name}`)]);
    for (const field of rule.fields) expect(known.has(field), field).toBe(true);
  });
});

test('IHI 0070 5.4.1.1: a bad T1SZ faults whatever the address, unless EPD1 is 1', () => {
  expect(verdict({ T1SZ: 0, TG1: 0, TTB1: 0xf_ffff_ffff_fff0n, EPD1: true })).toBeNull();
  expect(verdict({ T1SZ: 0 })).toBe('cd.t1sz');
});

test('IHI 0070 5.4: AArch32 tables ignore TGx, TxSZ ranges and hardware update', () => {
  expect(verdict({ AA64: 0, T0SZ: 0, TG0: 3, TG1: 0, HA: true }, { f: { ttf32: true, httu: 0 } })).toBeNull();
});

test('where QEMU\'s own test needs it: ASID of 16 bits, EPD1, IPS of 44 bits', () => {
  const cd = { T0SZ: 16, IPS: 4, ASID: 0x1e20, EPD1: true, T1SZ: 0, TG1: 0, TTB0: 0x4e4d_0000n };
  expect(verdict(cd, { ste: NESTED, f: decodeFeatures(PRESETS['qemu-11'].id) })).toBeNull();
});
