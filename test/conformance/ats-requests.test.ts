import { describe, expect, it } from 'vitest';
import { DEFAULT_CACHES } from '../../src/model/smmu/options.ts';
import type { AtsRequest } from '../../src/model/smmu/smmu.ts';
import { PRESETS } from '../../src/model/spec/index.ts';
import type { FieldValue, FieldValues } from '../../src/model/spec/index.ts';
import { answerOf, ATS_ID, AtsMachine, CHECKED, FULL, REC_CFG_ATS, RECINVSID, SPLIT, UNCHECKED, titled } from './ats-machine.ts';
import { ABORTS, CD_AT, eventOf, GUEST, IOVA, IPA, PA, S1_PAGE, S2_PAGE, SID } from './nested-machine.ts';
import type { MachineOptions } from './nested-machine.ts';

/** Translation requests: every row of IHI 0070 3.9.1.2, 13.6 and 13.7, in the order of the table. */

interface Row {
  readonly title: string;
  readonly machine?: MachineOptions;
  readonly bend?: (m: AtsMachine) => void;
  readonly request?: Partial<AtsRequest>;
  readonly answer: string;
  /** Fields of the one event record; null: none. */
  readonly event: Readonly<Record<string, FieldValue | string>> | null;
}

const BOTH = RECINVSID | REC_CFG_ATS;
const stage1Only: FieldValues = { Config: 5, S1ContextPtr: CD_AT };
const tree = { name: 'F_BAD_ATS_TREQ', StreamID: SID, SSV: false, InputAddr: IOVA, Span: 1, P: false, X: false, W: true, R: true };

const refused: readonly Row[] = [
  {
    title: '[order.4.2.1] [rule.ats.disabled] [register.CR0.SMMUEN] [event.F_BAD_ATS_TREQ] SMMUEN 0: UR, even for a StreamID out of range',
    bend: (m) => m.smmu.write32(0x20, CHECKED & ~1),
    request: { sid: 0x4000 },
    answer: 'UR',
    event: { ...tree, StreamID: 0x4000 },
  },
  { title: '[order.4.2.4] Config 000: UR without event', machine: { ste: { Config: 0 } }, answer: 'UR', event: null },
  {
    title: '[order.4.2.5] [gotcha.23] Config 100 ignores EATS: UR',
    machine: { ste: { Config: 4, EATS: FULL } },
    answer: 'UR',
    event: tree,
  },
  { title: '[order.4.2.5] [rule.ats.not-enabled] [ste.EATS] EATS 0: UR', machine: { ste: { EATS: 0 } }, answer: 'UR', event: tree },
  {
    title: '[gotcha.23] [register.CR0.ATSCHK] EATS 2 with ATSCHK 0 acts as 0',
    machine: { ste: { EATS: SPLIT } },
    bend: (m) => m.smmu.write32(0x20, UNCHECKED),
    answer: 'UR',
    event: tree,
  },
  { title: '[ste.EATS] EATS 3 without a Device Permission Table acts as 0', machine: { ste: { EATS: 3 } }, answer: 'UR', event: tree },
  {
    title: '[order.4.2.5] EATS is tested before the SubstreamID: UR, and the record has what was asked before PRIVCFG',
    machine: { ste: { EATS: 0, Config: 6, PRIVCFG: 2 } },
    request: { ssid: 5, privileged: true, execute: true, noWrite: true, span: 3, iova: IOVA + 0x123n },
    answer: 'UR',
    event: { ...tree, SSV: true, SubstreamID: 5, Span: 3, P: true, X: true, W: false, InputAddr: IOVA },
  },
];

const AS_ABORTED: readonly Row[] = [
  { title: '[order.4.2.2] [event.C_BAD_STREAMID]', request: { sid: 0x4000 }, answer: 'CA', event: { name: 'C_BAD_STREAMID' } },
  { title: '[order.4.2.3] [event.F_STE_FETCH]', bend: (m) => m.moveStreamTable(ABORTS), answer: 'CA', event: { name: 'F_STE_FETCH' } },
  { title: '[order.4.2.3] [event.C_BAD_STE]', machine: { ste: { V: false } }, answer: 'CA', event: { name: 'C_BAD_STE' } },
  {
    title: '[rule.ste.eats.s2s] [gotcha.23] EATS 1 with S2S 1 and stage 2 is C_BAD_STE',
    machine: { id: { IDR0: 0x0cc5_341b }, ste: { S2S: true } },
    answer: 'CA',
    event: { name: 'C_BAD_STE' },
  },
  {
    title: '[rule.ste.eats.split] EATS 2 needs both stages',
    machine: { ste: { ...stage1Only, EATS: SPLIT } },
    answer: 'CA',
    event: { name: 'C_BAD_STE' },
  },
  { title: '[order.4.2.6] [event.C_BAD_SUBSTREAMID]', request: { ssid: 3 }, answer: 'CA', event: { name: 'C_BAD_SUBSTREAMID' } },
  {
    title: '[order.4.2.6] [event.F_STREAM_DISABLED]',
    machine: { ste: { S1CDMax: 2, S1DSS: 0 } },
    answer: 'CA',
    event: { name: 'F_STREAM_DISABLED' },
  },
  {
    title: '[order.4.2.6] [event.F_CD_FETCH]',
    machine: { ste: { ...stage1Only, S1ContextPtr: ABORTS } },
    answer: 'CA',
    event: { name: 'F_CD_FETCH' },
  },
  { title: '[order.4.2.6] [event.C_BAD_CD]', machine: { cd: { V: false } }, answer: 'CA', event: { name: 'C_BAD_CD' } },
  {
    title: '[order.4.2.6] [event.F_WALK_EABT]',
    bend: (m) => m.memory.write64(m.stage2Path(IPA)[1]!, ABORTS | 3n),
    answer: 'CA',
    event: { name: 'F_WALK_EABT', S2: true },
  },
];
const aborted = AS_ABORTED.map((row) => ({
  ...row,
  title: `[register.CR2.REC_CFG_ATS] ${row.title}: CA, told with REC_CFG_ATS`,
}));

const NONE = 'success -';
const AS_UNTRANSLATABLE: readonly Row[] = [
  { title: 'F_TRANSLATION at stage 1', bend: (m) => void m.mapStage1(IOVA, 0n), answer: NONE, event: null },
  { title: 'F_TRANSLATION of the input range', request: { iova: 1n << 50n }, answer: NONE, event: null },
  { title: 'F_ADDR_SIZE at stage 1', bend: (m) => void m.mapStage1(IOVA, (1n << 45n) | S1_PAGE), answer: NONE, event: null },
  { title: 'F_ACCESS at stage 1', bend: (m) => void m.mapStage1(IOVA, IPA | (S1_PAGE & ~0x400n)), answer: NONE, event: null },
  { title: 'F_TRANSLATION at stage 2', bend: (m) => void m.mapStage2(IPA, 0n), answer: NONE, event: null },
  { title: 'F_ACCESS at stage 2', bend: (m) => void m.mapStage2(IPA, PA | (S2_PAGE & ~0x400n)), answer: NONE, event: null },
  { title: 'F_TRANSLATION of stage 2 for the CD', bend: (m) => void m.mapStage2(CD_AT + GUEST, 0n), answer: NONE, event: null },
  {
    title: 'F_PERMISSION of stage 2 for the CD',
    bend: (m) => void m.mapStage2(CD_AT + GUEST, CD_AT | (S2_PAGE & ~0xc0n)),
    answer: NONE,
    event: null,
  },
  {
    title: 'F_PERMISSION of stage 2 for a stage 1 table',
    bend: (m) => {
      const page = m.stage1Path(IOVA)[2]! & ~0xfffn;
      m.mapStage2(page + GUEST, page | (S2_PAGE & ~0xc0n));
    },
    answer: NONE,
    event: null,
  },
  { title: 'F_ADDR_SIZE of a stage 1 bypass', machine: { ste: { Config: 6 } }, request: { iova: 1n << 50n }, answer: NONE, event: null },
];
const untranslatable = AS_UNTRANSLATABLE.map((row) => ({
  ...row,
  title: `[order.4.2.7] [gotcha.24] ${row.title}: Success, R = W = 0, nothing told`,
}));

function check({ machine, bend, request, answer, event }: Row): void {
  const m = new AtsMachine({ cr2: BOTH, ...machine });
  bend?.(m);
  const completion = m.request(request);
  expect(answerOf(completion)).toBe(answer);
  const told = eventOf(completion.outcome);
  if (event === null) expect(told).toBeNull();
  else expect(told).toMatchObject(event);
}

describe('requests that are not answered with Success', () => {
  it.each(titled(refused))('%s', (_title, row) => check(row));
  it.each(titled(aborted))('%s', (_title, row) => check(row));

  it.each(titled(aborted))('%s, not without', (_title, row) => {
    const m = new AtsMachine({ ...row.machine, cr2: RECINVSID });
    row.bend?.(m);
    const completion = m.request(row.request);
    expect([answerOf(completion), completion.outcome.events]).toEqual(['CA', []]);
  });

  it('[gotcha.3] [register.CR2.RECINVSID] C_BAD_STREAMID needs REC_CFG_ATS and RECINVSID', () => {
    const events = (cr2: number): number => new AtsMachine({ cr2 }).request({ sid: 0x4000 }).outcome.events.length;
    expect([0, RECINVSID, REC_CFG_ATS, BOTH].map(events)).toEqual([0, 0, 0, 1]);
  });

  it('F_BAD_ATS_TREQ is told whatever CR2 says', () => {
    expect(eventOf(new AtsMachine({ cr2: 0, ste: { EATS: 0 } }).request().outcome)?.name).toBe('F_BAD_ATS_TREQ');
  });

  it('[rule.ats.unsupported] 3.9.1: without IDR0.ATS there is no answer but UR', () => {
    expect(answerOf(new AtsMachine({ id: { IDR0: 0x0d44_101b } }).request())).toBe('UR');
  });
});

describe('requests for what cannot be translated', () => {
  it.each(titled(untranslatable))('%s', (_title, row) => {
    check(row);
    const m = new AtsMachine({ cr2: BOTH, ...row.machine });
    row.bend?.(m);
    // One smallest translation unit: the 4 KiB granule.
    expect(m.request(row.request).translation?.size).toBe(0x1000n);
  });

  it('[cd.S] [ste.S2S] nothing stalls', () => {
    const id = { IDR0: ATS_ID.IDR0 & ~(3 << 24), IDR5: PRESETS['qemu-11'].id.IDR5 | (4 << 16) };
    const m = new AtsMachine({ id, cd: { S: true }, ste: { EATS: FULL } });
    m.mapStage1(IOVA, 0n);
    expect([answerOf(m.request()), m.smmu.eventQueue.entries(), m.smmu.stalls.entries()]).toEqual([NONE, [], []]);
  });

  it('[cd.A] [cd.R] [ste.S2R] have no effect', () => {
    const m = new AtsMachine({ cr2: BOTH, cd: { A: true, R: true }, ste: { S2R: true } });
    m.mapStage2(IPA, 0n);
    expect([answerOf(m.request()), m.smmu.eventQueue.entries()]).toEqual([NONE, []]);
  });
});

describe('what a completion says', () => {
  it('[gotcha.24] EATS 1: the PA, of the smaller of both pages', () => {
    const { translation } = new AtsMachine().request({ iova: IOVA + 0x123n });
    expect(translation).toMatchObject({ iova: IOVA, address: PA, space: 'pa', size: 0x1000n, read: true, write: true });
  });

  it('[gotcha.24] [ste.EATS] EATS 2: the IPA, with the permissions of both stages', () => {
    const m = new AtsMachine({ ste: { EATS: SPLIT } });
    m.mapStage2(IPA, PA | (S2_PAGE & ~0x80n));
    expect(m.request().translation).toMatchObject({ address: IPA, space: 'ipa', size: 0x1000n, read: true, write: false });
  });

  const perms = (s1: bigint, s2: bigint, request: Partial<AtsRequest> = {}, ste: FieldValues = {}): string => {
    const m = new AtsMachine({ ste });
    m.mapStage1(IOVA, IPA | s1);
    m.mapStage2(IPA, PA | s2);
    return answerOf(m.request(request));
  };
  // AP[2:1] = 01: both privileges read and write.
  const RW = S1_PAGE;
  const RO = RW | 0x80n;
  const PRIVILEGED = RW & ~0x40n;
  const S2_RO = S2_PAGE & ~0x80n;
  const S2_WO = S2_PAGE & ~0x40n;

  it('[order.4.2.8] the subset of permissions that both stages grant, F_PERMISSION never', () => {
    expect([perms(RW, S2_PAGE), perms(RO, S2_PAGE), perms(RW, S2_RO), perms(RW, S2_WO), perms(RO, S2_WO)]).toEqual([
      'success RW',
      'success R',
      'success R',
      'success W',
      NONE,
    ]);
  });

  it('13.7.1: without PASID a request is unprivileged and not for execution, whatever it says; PRIVCFG decides', () => {
    expect(perms(PRIVILEGED, S2_PAGE, { privileged: true, execute: true })).toBe(NONE);
    expect(perms(PRIVILEGED, S2_PAGE, {}, { PRIVCFG: 3 })).toBe('success RW');
    expect(perms(RW, S2_PAGE, { execute: true })).toBe('success RW');
  });
});

describe('requests with PASID (13.7.1)', () => {
  const machine = (s1: bigint, ste: FieldValues = {}): AtsMachine => {
    const m = new AtsMachine({ ste: { S1CDMax: 2, S1DSS: 2, ...ste } });
    m.cd({}, CD_AT + 64n);
    m.mapStage1(IOVA, IPA | s1);
    return m;
  };
  /** AP[2:1] = 00: only privileged software reads and writes. */
  const PRIVILEGED = S1_PAGE & ~0x40n;
  const RO = S1_PAGE | 0x80n;
  const UXN = 1n << 54n;
  const ask = (m: AtsMachine, extra: Partial<AtsRequest> = {}): string => answerOf(m.request({ ssid: 1, ...extra }));

  it('Priv chooses the privilege and comes back as asked', () => {
    const m = machine(PRIVILEGED);
    expect([ask(m), ask(m, { privileged: true })]).toEqual([NONE, 'success RW']);
    expect(m.request({ ssid: 1, privileged: true }).translation?.privileged).toBe(true);
    const forced = machine(PRIVILEGED, { PRIVCFG: 3 });
    expect([ask(forced), forced.request({ ssid: 1 }).translation?.privileged]).toEqual(['success RW', false]);
  });

  it('Exe is granted when it is asked for, with reading, where both stages execute', () => {
    const m = machine(RO);
    expect([ask(m), ask(m, { execute: true })]).toEqual(['success R', 'success RX']);
    expect(ask(machine(RO | UXN), { execute: true })).toBe('success R');
  });

  it('[ste.INSTCFG] Data: Exe goes with reading; Instruction: reading is executing', () => {
    expect(ask(machine(RO | UXN, { INSTCFG: 2 }), { execute: true })).toBe('success RX');
    expect(ask(machine(RO | UXN, { INSTCFG: 3 }), { execute: true })).toBe(NONE);
    // Unprivileged software executes but does not read: AP[2:1] = 10.
    expect(ask(machine(PRIVILEGED | 0x80n, { INSTCFG: 3 }), { execute: true })).toBe('success RX');
  });

  it('Exe goes with reading only: a page of stage 2 that can be written and executed', () => {
    const m = machine(S1_PAGE);
    m.mapStage2(IPA, PA | (S2_PAGE & ~0x40n));
    // What unprivileged software writes it executes (13.4.1).
    expect(ask(m, { execute: true })).toBe('success W');
  });

  it('an execute-only page grants nothing', () => {
    expect(ask(machine(PRIVILEGED | 0x80n), { execute: true })).toBe(NONE);
  });

  it('[order.4.2.9] [order.4.2.10] [gotcha.24] S1DSS bypass: without PASID stage 1 is bypassed', () => {
    const bypassed = (ste: FieldValues): unknown =>
      new AtsMachine({ ste: { S1CDMax: 2, S1DSS: 1, ...ste } }).request({ iova: IPA }).translation;
    const all = { read: true, write: true, execute: false };
    expect(bypassed(stage1Only)).toMatchObject({ ...all, address: IPA, space: 'pa', size: 0x1000n });
    expect(bypassed({})).toMatchObject({ ...all, address: PA, space: 'pa' });
    expect(bypassed({ EATS: SPLIT })).toMatchObject({ ...all, address: IPA, space: 'ipa' });
  });
});

describe('sizes and caches', () => {
  const BLOCK = 0x20_0000n;
  const blocks = (s2: boolean): AtsMachine => {
    const m = new AtsMachine();
    m.memory.write64(m.stage1Path(IOVA)[2]!, (IPA & ~(BLOCK - 1n)) | (S1_PAGE & ~2n));
    if (s2) m.memory.write64(m.stage2Path(IPA)[1]!, (PA & ~(BLOCK - 1n)) | (S2_PAGE & ~2n));
    return m;
  };

  it('13.6: the smaller of both stages, and the address of the page around the one asked for', () => {
    expect(blocks(false).request().translation?.size).toBe(0x1000n);
    const { translation } = blocks(true).request({ iova: IOVA + 0x1_2345n });
    expect(translation).toMatchObject({ iova: IOVA, address: PA, size: BLOCK });
  });

  it('[order.8.2.1] is answered from the TLB as an access is: ATC_INV before TLBI brings the old translation back', () => {
    const m = new AtsMachine({ caches: DEFAULT_CACHES, ste: { EATS: SPLIT } });
    m.mapStage1(IOVA, IPA | S1_PAGE);
    m.request();
    m.mapStage1(IOVA, 0n);
    expect(m.request().translation).toMatchObject({ address: IPA, space: 'ipa', read: true, write: true });
    m.command(0x30n);
    expect(answerOf(m.request())).toBe(NONE);
  });

  it('fills the TLB for the access that follows', () => {
    const m = new AtsMachine({ caches: DEFAULT_CACHES });
    m.mapStage1(IOVA, IPA | S1_PAGE);
    m.request();
    expect(m.access('read', { privileged: false })).toMatchObject({ status: 'success', pa: PA, reads: 0 });
  });
});
