import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../src/model/spec/index.ts';
import type { FieldValues } from '../../src/model/spec/index.ts';
import { ABORTS, CD_AT, eventOf, GUEST, IOVA, IPA, NestedMachine, PA, S2_PAGE } from './nested-machine.ts';

/** SubstreamIDs and tables of CDs (smmuv3.md 3.1 and 3.2; IHI 0070 3.3.2, 5.2, 5.3, 7.3.7, 7.3.9). */

const { id } = PRESETS['qemu-11'];
/** SSIDSIZE 20, two-level tables of CDs. */
const SUBSTREAMS = { IDR0: id.IDR0 | (1 << 19), IDR1: id.IDR1 | (20 << 6) };
const LEAF = 0x4080_0000n;
const LINEAR = 0;
const LEAF_4K = 1;
const LEAF_64K = 2;

/** A nested machine whose CDs can lie anywhere from CD_AT and LEAF on, for 2 MiB each. */
function machine(ste: FieldValues, ids: object = SUBSTREAMS): NestedMachine {
  const m = new NestedMachine({ id: ids, ste });
  for (let page = 0n; page < 0x12_0000n; page += 0x1000n) {
    m.mapStage2(CD_AT + page + GUEST, (CD_AT + page) | S2_PAGE);
    m.mapStage2(LEAF + page + GUEST, (LEAF + page) | S2_PAGE);
  }
  return m;
}

function said(m: NestedMachine, ssid?: number, iova = IOVA): unknown {
  const outcome = m.access('read', ssid === undefined ? { iova } : { iova, ssid });
  if (outcome.status !== 'fault') return `${outcome.status} ${outcome.pa?.toString(16) ?? ''}`.trim();
  const { name, SubstreamID } = eventOf(outcome) ?? { name: 'silent', SubstreamID: 0 };
  return SubstreamID === undefined || name === 'C_BAD_CD' ? name : `${name} ${String(SubstreamID)}`;
}

const OK = `success ${PA.toString(16)}`;

describe('which CD (3.1) [order.4.1.5] [ste.S1CDMax] [ste.S1DSS] [event.C_BAD_SUBSTREAMID]', () => {
  it.each([0, 1, 2, 3])('Config 0%i aborts silently, SubstreamID or not', (Config) => {
    const m = new NestedMachine({ id: SUBSTREAMS, ste: { Config, S1CDMax: 3, S1DSS: 2 } });
    expect([said(m), said(m, 1), said(m, 99)]).toEqual(['abort', 'abort', 'abort']);
  });

  it.each([4, 6])('Config %i has no stage 1: a SubstreamID is refused, whatever it is', (Config) => {
    const m = new NestedMachine({ id: SUBSTREAMS, ste: { Config, S1CDMax: 3, S1DSS: 2 } });
    expect([said(m, undefined, IPA), said(m, 0), said(m, 5)]).toEqual([
      Config === 4 ? `bypass ${IPA.toString(16)}` : OK,
      'C_BAD_SUBSTREAMID 0',
      'C_BAD_SUBSTREAMID 5',
    ]);
  });

  it('S1CDMax 0: one CD, S1DSS and S1Fmt ignored, a SubstreamID refused', () => {
    for (const S1DSS of [0, 1, 2, 3]) {
      for (const S1Fmt of [0, 1, 2, 3]) {
        const m = new NestedMachine({ id: SUBSTREAMS, ste: { S1CDMax: 0, S1DSS, S1Fmt } });
        expect([said(m), said(m, 0), said(m, 7)]).toEqual([OK, 'C_BAD_SUBSTREAMID 0', 'C_BAD_SUBSTREAMID 7']);
        m.memory.release();
      }
    }
  });

  it('SSIDSIZE 0: the same, whatever S1CDMax says [register.IDR1.SSIDSIZE]', () => {
    const m = new NestedMachine({ ste: { S1CDMax: 9, S1DSS: 0, S1Fmt: 1 } });
    expect([said(m), said(m, 0)]).toEqual([OK, 'C_BAD_SUBSTREAMID 0']);
  });

  it.each<[number, unknown, unknown, unknown]>([
    // S1DSS, then no SubstreamID, SubstreamID 0, SubstreamID 1: CDs 0 and 1 are valid, CD 2 is not.
    [0, 'F_STREAM_DISABLED', OK, OK],
    [1, OK, OK, OK],
    [2, OK, 'F_STREAM_DISABLED', OK],
    [3, 'F_STREAM_DISABLED', OK, OK],
  ])('S1DSS %i', (S1DSS, none, zero, one) => {
    const m = machine({ S1CDMax: 2, S1DSS });
    m.cd({}, CD_AT + 64n);
    // Without stage 1 the address is an IPA.
    expect([said(m, undefined, S1DSS === 1 ? IPA : IOVA), said(m, 0), said(m, 1), said(m, 2)]).toEqual([none, zero, one, 'C_BAD_CD']);
    expect([said(m, 4), said(m, 0xf_ffff)]).toEqual(['C_BAD_SUBSTREAMID 4', 'C_BAD_SUBSTREAMID 1048575']);
  });

  it('S1DSS bypass with stage 1 alone bypasses both stages, up to IAS (3.4)', () => {
    const m = new NestedMachine({ id: SUBSTREAMS, ste: { Config: 5, S1ContextPtr: CD_AT, S1CDMax: 2, S1DSS: 1 } });
    expect(said(m, undefined, 0xfff_ffff_ffffn)).toBe('bypass fffffffffff');
    expect(eventOf(m.access('read', { iova: 1n << 44n }))).toMatchObject({ name: 'F_ADDR_SIZE', S2: false, Class: 2 });
  });

  it('the record of F_STREAM_DISABLED holds no SubstreamID, that of C_BAD_SUBSTREAMID no SSV (7.3.7, 7.3.9) [event.F_STREAM_DISABLED]', () => {
    const m = machine({ S1CDMax: 2, S1DSS: 2 });
    expect(Array.from(m.access('read', { ssid: 0 }).events[0]!)).toEqual([6, 8, 0, 0, 0, 0, 0, 0]);
    expect(Array.from(m.access('read', { ssid: 0x12345 }).events[0]!)).toEqual([0x1234_5008, 8, 0, 0, 0, 0, 0, 0]);
  });

  it('other events hold SSV and the SubstreamID', () => {
    const m = machine({ S1CDMax: 2, S1DSS: 0 });
    expect(eventOf(m.access('read', { ssid: 3 }))).toMatchObject({ name: 'C_BAD_CD', SSV: true, SubstreamID: 3 });
    expect(eventOf(m.access('read', { ssid: 0, iova: 0n }))).toMatchObject({ name: 'F_TRANSLATION', SSV: true, SubstreamID: 0 });
  });
});

describe('where the CD is (3.2) [ste.S1Fmt] [ste.S1ContextPtr] [order.4.1.6]', () => {
  it.each([1, 5, 10, 14])('linear, S1CDMax %i: base + SubstreamID * 64, the base aligned to the table', (S1CDMax) => {
    const bytes = 64n << BigInt(S1CDMax);
    const m = machine({ S1CDMax, S1Fmt: LINEAR, S1ContextPtr: CD_AT + bytes - 64n + GUEST });
    const last = 2 ** S1CDMax - 1;
    m.cd({}, CD_AT + BigInt(last) * 64n);
    expect([said(m, last), said(m, last - 1), said(m, last + 1)]).toEqual([
      OK,
      last - 1 === 0 ? OK : 'C_BAD_CD',
      `C_BAD_SUBSTREAMID ${last + 1}`,
    ]);
  });

  it('S1Fmt 3 acts as linear', () => {
    const m = machine({ S1CDMax: 2, S1Fmt: 3 });
    m.cd({}, CD_AT + 3n * 64n);
    expect(said(m, 3)).toBe(OK);
  });

  it.each<[string, number, number, number, number, number]>([
    // Format, S1CDMax, SubstreamID, index of the L1CD, index of the CD in its leaf.
    ['4K', LEAF_4K, 20, 0xf_ffff, 0x3fff, 63],
    ['4K', LEAF_4K, 7, 64, 1, 0],
    ['4K', LEAF_4K, 6, 63, 0, 63],
    ['4K', LEAF_4K, 3, 7, 0, 7],
    ['64K', LEAF_64K, 20, 0xf_ffff, 0x3ff, 1023],
    ['64K', LEAF_64K, 11, 1024, 1, 0],
    ['64K', LEAF_64K, 10, 1023, 0, 1023],
    ['64K', LEAF_64K, 8, 255, 0, 255],
  ])('%s leaves, format %i, S1CDMax %i, SubstreamID %i', (_, S1Fmt, S1CDMax, ssid, l1, l2) => {
    for (const nested of [true, false]) {
      const m = machine({ S1CDMax, S1Fmt, ...(nested ? {} : { Config: 5, S1ContextPtr: CD_AT }) });
      const base = nested ? GUEST : 0n;
      m.cd({ TTB0: 0x4040_0000n + base });
      m.memory.fill(CD_AT, 64, 0);
      m.memory.write64(CD_AT + BigInt(l1) * 8n, (LEAF + base) | 1n);
      m.cd({ TTB0: 0x4040_0000n + base }, LEAF + BigInt(l2) * 64n);
      const { rule } = m.access('read', { ssid });
      // With PAs the tables of stage 1, which hold IPAs, lead outside memory: the CD was found.
      expect(rule).toBe(nested ? 'ok.translated' : 's1.walk-abort');
      m.memory.release();
    }
  });

  it('bits of L2Ptr below the leaf count as 0', () => {
    for (const [S1Fmt, stray] of [
      [LEAF_4K, 0n],
      [LEAF_64K, 0xf000n],
    ] as const) {
      const m = machine({ S1CDMax: 12, S1Fmt });
      m.memory.fill(CD_AT, 64, 0);
      m.memory.write64(CD_AT, (LEAF + GUEST + stray) | 1n);
      m.cd({}, LEAF + 64n);
      expect(said(m, 1)).toBe(OK);
    }
  });

  it('an L1CD that is not valid is C_BAD_SUBSTREAMID, without SubstreamID too (gotcha 22) [gotcha.22] [rule.l1cd.invalid]', () => {
    const m = machine({ S1CDMax: 12, S1Fmt: LEAF_4K, S1DSS: 2 });
    m.memory.fill(CD_AT, 64, 0);
    expect([said(m, 100), said(m)]).toEqual(['C_BAD_SUBSTREAMID 100', 'C_BAD_SUBSTREAMID 0']);
  });

  it('L2Ptr beyond OAS, or beyond IAS when nested, is C_BAD_SUBSTREAMID; within them it is an address [rule.l1cd.range]', () => {
    for (const ste of [{}, { Config: 5, S1ContextPtr: CD_AT }]) {
      const m = machine({ S1CDMax: 12, S1Fmt: LEAF_4K, ...ste });
      m.memory.fill(CD_AT, 64, 0);
      m.memory.write64(CD_AT, (1n << 44n) | 1n);
      expect(said(m, 5)).toBe('C_BAD_SUBSTREAMID 5');
      m.memory.write64(CD_AT, (1n << 43n) | 1n);
      expect(m.access('read', { ssid: 5 }).rule).toBe('Config' in ste ? 'cd.fetch' : 's2.input-range');
    }
  });

  it('nested: L1CD and CD are IPAs, each through stage 2 with Class CD and its own IPA', () => {
    const m = machine({ S1CDMax: 12, S1Fmt: LEAF_4K });
    m.memory.fill(CD_AT, 64, 0);
    m.memory.write64(CD_AT + 8n, (LEAF + GUEST) | 1n);
    m.cd({}, LEAF + 5n * 64n);
    expect(said(m, 69)).toBe(OK);
    m.mapStage2(LEAF + GUEST, 0n);
    expect(eventOf(m.access('read', { ssid: 69 }))).toMatchObject({ name: 'F_TRANSLATION', S2: true, Class: 0, IPA: LEAF + GUEST });
    m.mapStage2(CD_AT + GUEST, 0n);
    expect(eventOf(m.access('read', { ssid: 69 }))).toMatchObject({ name: 'F_TRANSLATION', S2: true, Class: 0, IPA: CD_AT + GUEST });
    m.mapStage2(CD_AT + GUEST, ABORTS | S2_PAGE);
    expect(eventOf(m.access('read', { ssid: 69 }))).toMatchObject({ name: 'F_CD_FETCH', FetchAddr: ABORTS + 8n });
    m.mapStage2(CD_AT + GUEST, CD_AT | S2_PAGE);
    m.mapStage2(LEAF + GUEST, ABORTS | S2_PAGE);
    expect(eventOf(m.access('read', { ssid: 69 }))).toMatchObject({
      name: 'F_CD_FETCH',
      FetchAddr: ABORTS + 5n * 64n,
      SSV: true,
      SubstreamID: 69,
    });
  });

  it('two substreams have CDs, ASIDs and tables of their own', () => {
    const m = machine({ S1CDMax: 2, S1DSS: 0 });
    const other = PA + 0x5000n;
    m.mapStage2(IPA + 0x5000n, other | S2_PAGE);
    m.mapStage1(IOVA, (IPA + 0x5000n) | 0xf43n, 0x4082_0000n);
    m.mapStage2(0x4082_0000n + GUEST, 0x4082_0000n | S2_PAGE);
    m.cd({ ASID: 9, TTB0: 0x4082_0000n + GUEST }, CD_AT + 64n);
    expect([said(m, 0), said(m, 1), said(m, 0)]).toEqual([OK, `success ${other.toString(16)}`, OK]);
  });
});
