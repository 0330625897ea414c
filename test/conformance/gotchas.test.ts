import { describe, expect, it } from 'vitest';
import { DEFAULT_CACHES } from '../../src/model/smmu/options.ts';
import { PRESETS } from '../../src/model/spec/index.ts';
import type { FieldValues } from '../../src/model/spec/index.ts';
import { CD_AT, eventOf, GUEST, IOVA, IPA, NestedMachine, PA, S1_PAGE, S2_PAGE, SID } from './nested-machine.ts';

/**
 * What a naive model gets wrong (smmuv3.md 10), as far as an ordinary transaction meets it: each case names its number.
 * Elsewhere: 20 and 21 stream-table.test.ts, 22 substreams.test.ts, 27 events.test.ts, 29 invalidation.test.ts.
 */

const { id } = PRESETS['qemu-11'];
const nameOf = (m: NestedMachine, access: 'read' | 'write' | 'execute' = 'read', extra: object = {}): string => {
  const outcome = m.access(access, extra);
  return outcome.status === 'fault' ? (eventOf(outcome)?.name ?? 'silent') : outcome.status;
};
const nested = (ste: FieldValues, cd: FieldValues = {}, ids: object = {}): NestedMachine => new NestedMachine({ id: ids, ste, cd });

describe('the STE', () => {
  it('1: Config 0xx aborts silently whatever the rest says; V 0 is C_BAD_STE [gotcha.1] [ste.V]', () => {
    expect(nameOf(nested({ Config: 0, S2TG: 3, S2T0SZ: 0 }))).toBe('abort');
    expect(nameOf(nested({ V: false, Config: 0 }))).toBe('C_BAD_STE');
  });

  it('2: a SubstreamID on a stream without stage 1 is refused, but tolerated while SMMUEN is 0 [gotcha.2]', () => {
    const m = nested({ Config: 4 });
    expect(nameOf(m, 'read', { ssid: 1, iova: 0x1000n })).toBe('C_BAD_SUBSTREAMID');
    m.smmu.write32(0x20, 0b1100);
    expect(nameOf(m, 'read', { ssid: 1, iova: 0x1000n })).toBe('bypass');
  });

  it('3: C_BAD_STREAMID is recorded only with RECINVSID, and always aborts [gotcha.3]', () => {
    for (const [cr2, name] of [
      [0, 'silent'],
      [2, 'C_BAD_STREAMID'],
    ] as const) {
      const m = new NestedMachine({ cr2 });
      expect(nameOf(m, 'read', { sid: 0x100 })).toBe(name);
      expect(m.access('read', { sid: 0x100 }).response).toBe('abort');
    }
  });

  it('4: an NS-EL1 stream of stage 1 alone has a VMID: its width is checked, and it tags its TLB entries [gotcha.4]', () => {
    const narrow = { IDR0: id.IDR0 & ~(1 << 18) };
    expect(nameOf(nested({ Config: 5, S1ContextPtr: CD_AT, S2VMID: 0x100 }, {}, narrow))).toBe('C_BAD_STE');
    expect(nameOf(nested({ Config: 4, S2VMID: 0x100 }, {}, narrow), 'read', { iova: 0n })).toBe('bypass');
    // Two streams with one CD and different VMIDs share nothing: NH_ALL of one leaves the other.
    const m = new NestedMachine({ caches: DEFAULT_CACHES, ste: { Config: 5, S1ContextPtr: CD_AT, S2VMID: 7 }, cd: { TTB0: 0x4040_0000n } });
    const path = m.stage1Path(IOVA);
    path.slice(0, 3).forEach((at) => m.memory.write64(at, m.memory.read64(at)! - GUEST));
    m.memory.write64(path[3]!, PA | S1_PAGE);
    m.ste({ Config: 5, S1ContextPtr: CD_AT, S2VMID: 8 }, SID + 1);
    expect([m.access().pa, m.access('read', { sid: SID + 1 }).pa]).toEqual([PA, PA]);
    m.memory.write64(path[3]!, (PA + 0x1000n) | S1_PAGE);
    m.command(0x10n | (7n << 32n));
    expect([m.access().pa, m.access('read', { sid: SID + 1 }).pa]).toEqual([PA + 0x1000n, PA]);
  });

  it('36: SHCFG 1 is incoming, 0 non-shareable; the others of its kind have 0 as incoming [gotcha.36]', () => {
    const bypass = (SHCFG: number): unknown =>
      nested({ Config: 4, SHCFG }, {}, { IDR1: id.IDR1 | (1 << 27) }).access('read', { iova: 0n }).attributes;
    expect([bypass(0), bypass(1), bypass(2), bypass(3)]).toEqual([
      'Normal iWB oWB NSH',
      'Normal iWB oWB NSH',
      'Normal iWB oWB OSH',
      'Normal iWB oWB ISH',
    ]);
  });
});

describe('caches', () => {
  it('5: streams with one VMID and ASID share TLB entries [gotcha.5]', () => {
    const m = new NestedMachine({ caches: DEFAULT_CACHES });
    m.ste({}, SID + 1);
    m.access();
    m.mapStage1(IOVA, 0n);
    expect(m.access('read', { sid: SID + 1 })).toMatchObject({ status: 'success', rule: 'tlb.hit' });
  });

  it("6: CFGI_STE takes the CDs of its stream along, and no other stream's; CFGI_CD is per stream, index 0 for a single CD [gotcha.6]", () => {
    const m = new NestedMachine({ caches: { ...DEFAULT_CACHES, tlb: 0 } });
    m.ste({}, SID + 1);
    const both = (): string[] => [nameOf(m), nameOf(m, 'read', { sid: SID + 1 })];
    expect(both()).toEqual(['success', 'success']);
    m.cd({ V: false });
    expect(both()).toEqual(['success', 'success']);
    m.command(0x05n | (BigInt(SID + 1) << 32n), 1n);
    expect(both()).toEqual(['success', 'C_BAD_CD']);
    m.command(0x03n | (BigInt(SID) << 32n), 1n);
    expect(both()).toEqual(['C_BAD_CD', 'C_BAD_CD']);
  });

  it('28: a global entry serves every ASID of its VMID with the same ASET, and NH_ASID leaves it [gotcha.28]', () => {
    for (const [ASET, shared] of [
      [false, true],
      [true, false],
    ] as const) {
      const m = new NestedMachine({ caches: DEFAULT_CACHES });
      m.ste({ S1ContextPtr: CD_AT + 64n + GUEST }, SID + 1);
      m.cd({ ASID: 6, ASET }, CD_AT + 64n);
      m.mapStage1(IOVA, IPA | (S1_PAGE & ~0x800n));
      m.access();
      m.mapStage1(IOVA, 0n);
      expect(nameOf(m, 'read', { sid: SID + 1 })).toBe(shared ? 'success' : 'F_TRANSLATION');
      m.command(0x11n | (3n << 32n) | (5n << 48n));
      expect(nameOf(m)).toBe('success');
      m.command(0x12n | (3n << 32n) | (9n << 48n), IOVA);
      expect(nameOf(m)).toBe('F_TRANSLATION');
    }
  });

  it('31: SMMUEN 0 to 1 flushes nothing; what could not be fetched was not kept [gotcha.31] [register.CR0.SMMUEN]', () => {
    const m = new NestedMachine({ caches: DEFAULT_CACHES });
    m.access();
    m.setSte('V', false);
    m.smmu.write32(0x20, 0b1100);
    m.smmu.write32(0x20, 0b1101);
    expect(nameOf(m)).toBe('success');
    const failed = new NestedMachine({ caches: DEFAULT_CACHES });
    failed.mapStage2(CD_AT + GUEST, 0n);
    expect(nameOf(failed)).toBe('F_TRANSLATION');
    failed.mapStage2(CD_AT + GUEST, CD_AT | S2_PAGE);
    expect(nameOf(failed)).toBe('success');
  });
});

describe('the CD', () => {
  it('7: TG1 is not encoded as TG0 [gotcha.7]', () => {
    // 2 is 16 KiB in TG0, 4 KiB in TG1: with IDR5 of 4 KiB only it is legal in one place.
    const ids = { IDR5: 0x14 };
    expect(nameOf(nested({}, { TG0: 2, T0SZ: 25 }, ids))).toBe('C_BAD_CD');
    expect(nameOf(nested({}, { EPD1: false, TG1: 2, T1SZ: 25, TTB1: GUEST }, ids))).toBe('success');
  });

  it.each<[string, FieldValues]>([
    ['T1SZ 0', { T1SZ: 0, TG1: 2 }],
    ['TG1 0', { T1SZ: 25, TG1: 0 }],
    ['TTB1 beyond IPS', { T1SZ: 25, TG1: 2, TTB1: 1n << 45n }],
  ])('8: %s is C_BAD_CD for an address of TTB0 too, unless EPD1 is 1 [gotcha.8]', (_, fields) => {
    expect(nameOf(nested({}, { ...fields, EPD1: false }))).toBe('C_BAD_CD');
    expect(nameOf(nested({}, { ...fields, EPD1: true }))).toBe('success');
  });

  it('8: and for an address of TTB1 a bad T0SZ is, unless EPD0 is 1; EL2 has no EPD and no TTB1 [gotcha.8]', () => {
    const upper = { EPD1: false, T1SZ: 25, TG1: 2, TTB1: GUEST, T0SZ: 0 };
    expect(nameOf(nested({}, upper), 'read', { iova: (1n << 64n) - 0x1000n })).toBe('C_BAD_CD');
    expect(nested({}, { ...upper, EPD0: true }).access('read', { iova: (1n << 64n) - 0x1000n }).rule).toMatch(/^s2|^s1\.invalid/);
    const el2 = { Config: 5, S1ContextPtr: CD_AT, STRW: 2 };
    const hyp = { IDR0: id.IDR0 | (1 << 9) };
    // EPD0 is ignored: T0SZ counts, and TTB0 is walked. T1SZ is not looked at.
    expect(nameOf(nested(el2, { EPD0: true, T0SZ: 0, TTB0: 0x4200_0000n }, hyp))).toBe('C_BAD_CD');
    expect(nested(el2, { EPD0: true, EPD1: false, T1SZ: 0, TTB0: 0x4200_0000n }, hyp).access().rule).toBe('s1.invalid');
    expect(nested(el2, { EPD1: false, T1SZ: 16, TG1: 2, TTB0: 0x4200_0000n }, hyp).access('read', { iova: 1n << 55n }).rule).toBe(
      's1.input-range',
    );
  });

  it('9: TTBx and S2TTB out of range, S2SL0 against S2T0SZ: C_BAD_CD and C_BAD_STE, no address size fault [gotcha.9]', () => {
    expect(nameOf(nested({}, { TTB0: 1n << 45n }))).toBe('C_BAD_CD');
    expect(nameOf(nested({ S2TTB: 1n << 45n }))).toBe('C_BAD_STE');
    expect(nameOf(nested({ S2SL0: 0 }))).toBe('C_BAD_STE');
  });
});

describe('how a fault ends', () => {
  const silentFaults: FieldValues = { A: false, R: false };
  const razWi = { IDR0: id.IDR0 & ~(1 << 26) };

  it('10: bypassing stage 1 with too large an address is a fault of stage 1 that CD.A, CD.R and STE.S2R have no say in [gotcha.10]', () => {
    const m = nested({ Config: 6, S2R: false }, silentFaults, razWi);
    const outcome = m.access('read', { iova: 1n << 44n });
    expect([outcome.response, eventOf(outcome)]).toMatchObject(['abort', { name: 'F_ADDR_SIZE', S2: false, Class: 2 }]);
  });

  it('12: F_WALK_EABT of stage 1 has S2 0 and Class TT, F_TRANSLATION of stage 1 Class IN; F_WALK_EABT is recorded whatever R says [gotcha.12]', () => {
    const m = nested({ S2R: false }, silentFaults, razWi);
    const table = m.stage1Path(IOVA)[3]! & ~0xfffn;
    m.mapStage2(table + GUEST, 0x4400_0000n | S2_PAGE);
    const outcome = m.access();
    expect([outcome.response, eventOf(outcome)]).toMatchObject(['abort', { name: 'F_WALK_EABT', S2: false, Class: 1 }]);
    const other = nested({}, { R: true });
    other.mapStage1(IOVA, 0n);
    expect(eventOf(other.access())).toMatchObject({ name: 'F_TRANSLATION', S2: false, Class: 2 });
  });

  it('13: RAZ/WI comes from CD.A 0 at stage 1 alone: stage 2 aborts [gotcha.13]', () => {
    const m = nested({}, { A: false, R: false }, razWi);
    m.mapStage1(IOVA, 0n);
    expect(m.access()).toMatchObject({ status: 'fault', response: 'raz-wi', events: [] });
    m.mapStage1(IOVA, IPA | S1_PAGE);
    m.mapStage2(IPA, 0n);
    expect(m.access()).toMatchObject({ status: 'fault', response: 'abort' });
  });

  it.each([
    [0, 0, 'raz-wi', 0],
    [0, 1, 'raz-wi', 1],
    [1, 0, 'abort', 0],
    [1, 1, 'abort', 1],
  ] as const)('5.5: CD.A %i, CD.R %i: %s, %i event', (A, R, response, events) => {
    const m = nested({}, { A: A === 1, R: R === 1 }, razWi);
    for (const bend of [
      (): bigint => m.mapStage1(IOVA, 0n),
      (): bigint => m.mapStage1(IOVA, IPA | (S1_PAGE & ~0x400n)),
      (): bigint => m.mapStage1(IOVA, (1n << 45n) | S1_PAGE),
      (): bigint => m.mapStage1(IOVA, IPA | S1_PAGE | 0x80n),
    ]) {
      bend();
      const outcome = m.access('write');
      expect([outcome.response, outcome.events.length]).toEqual([response, events]);
    }
  });

  it('14: TERM_MODEL 1 has no RAZ/WI: CD.A 0 is C_BAD_CD [gotcha.14]', () => {
    expect(nameOf(nested({}, { A: false }))).toBe('C_BAD_CD');
  });

  it('26: an instruction read asks for X, not R; a write is data even when INSTCFG says instruction [gotcha.26]', () => {
    const m = nested({ INSTCFG: 3 }, {}, { IDR1: id.IDR1 | (1 << 26) });
    m.mapStage1(IOVA, IPA | 0xfc3n);
    m.mapStage2(IPA, PA | (S2_PAGE & ~0x40n));
    expect(m.access('read').status).toBe('success');
    m.mapStage1(IOVA, IPA | S1_PAGE | (3n << 53n));
    expect(nameOf(m, 'read')).toBe('F_PERMISSION');
    expect(nameOf(m, 'write')).toBe('success');
  });

  it('34: F_ACCESS before F_PERMISSION at each stage, and all of stage 1 before stage 2 of the address [gotcha.34]', () => {
    const m = nested({});
    m.mapStage1(IOVA, IPA | ((S1_PAGE | 0x80n) & ~0x400n));
    m.mapStage2(IPA, PA | (S2_PAGE & ~0x4c0n));
    const said = (): string => {
      const event = eventOf(m.access('write'))!;
      return `${event.name} ${event['S2'] === true ? 2 : 1}`;
    };
    expect(said()).toBe('F_ACCESS 1');
    m.mapStage1(IOVA, IPA | S1_PAGE | 0x80n);
    expect(said()).toBe('F_PERMISSION 1');
    m.mapStage1(IOVA, IPA | S1_PAGE);
    expect(said()).toBe('F_ACCESS 2');
    m.mapStage2(IPA, PA | (S2_PAGE & ~0xc0n));
    expect(said()).toBe('F_PERMISSION 2');
  });

  it('35: S2PTW asks about CDs and tables of stage 1 alone, and only when nested [gotcha.35]', () => {
    const device = (at: bigint): bigint => at | (S2_PAGE & ~0x3cn);
    const m = nested({ S2PTW: true });
    m.mapStage2(IPA, device(PA));
    expect(nameOf(m)).toBe('success');
    m.mapStage2(CD_AT + GUEST, device(CD_AT));
    expect(eventOf(m.access())).toMatchObject({ name: 'F_PERMISSION', S2: true, Class: 0 });
    const alone = nested({ Config: 6, S2PTW: true });
    alone.mapStage2(IPA, device(PA));
    expect(nameOf(alone, 'read', { iova: IPA })).toBe('success');
  });
});
