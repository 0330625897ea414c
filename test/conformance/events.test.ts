import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/model/smmu/smmu.ts';
import { PRESETS } from '../../src/model/spec/index.ts';
import type { FieldValues } from '../../src/model/spec/index.ts';
import { ABORTS, CD_AT, GUEST, IOVA, IPA, NestedMachine, PA, S1_PAGE, S2_PAGE, SID } from './nested-machine.ts';
import type { MachineOptions } from './nested-machine.ts';

/**
 * Every event of an ordinary transaction, word by word (smmuv3.md 5.2; IHI 0070 7.3). The positions are written here
 * again, apart from the one table, so that a wrong place there does not hide itself.
 */

const SSID = 0x5_4321;
const TAG = 0xa5n << 56n;
const D0 = (number: number, ssv = true): bigint => BigInt(number) | (ssv ? (1n << 11n) | (BigInt(SSID) << 12n) : 0n) | (BigInt(SID) << 32n);

interface Client {
  readonly pnu?: number;
  readonly ind?: number;
  readonly rnw?: number;
  readonly s2?: number;
  readonly klass: number;
  readonly ttrnw?: number;
}
const D1 = ({ pnu = 0, ind = 0, rnw = 0, s2 = 0, klass, ttrnw = 0 }: Client): bigint =>
  (BigInt(pnu) << 33n) |
  (BigInt(ind) << 34n) |
  (BigInt(rnw) << 35n) |
  (BigInt(s2) << 39n) |
  (BigInt(klass) << 40n) |
  (BigInt(ttrnw) << 44n);

const CD = 0;
const TT = 1;
const IN = 2;

const { id } = PRESETS['qemu-11'];
const IDS = { IDR0: id.IDR0 | (1 << 19), IDR1: id.IDR1 | (20 << 6) };
/** Every access has a SubstreamID, found through a 64 KiB leaf; its address carries a tag. */
const LEAF = 0x4080_0000n;
const CD_PA = LEAF + BigInt(SSID & 1023) * 64n;
const L1_PA = CD_AT + BigInt(SSID >> 10) * 8n;

function machine(options: MachineOptions = {}): NestedMachine {
  const cd: FieldValues = { TBI0: true, ...options.cd };
  const m = new NestedMachine({ ...options, id: { ...IDS, ...options.id }, ste: { S1CDMax: 20, S1Fmt: 2, S1DSS: 0, ...options.ste } });
  m.memory.fill(CD_AT, 64, 0);
  m.memory.write64(L1_PA, (LEAF + GUEST) | 1n);
  m.cd(cd, CD_PA);
  for (let page = 0n; page < 0x1_0000n; page += 0x1000n) m.mapStage2(LEAF + page + GUEST, (LEAF + page) | S2_PAGE);
  return m;
}

const ADDRESS = IOVA + TAG + 0xabcn;
const read = (m: NestedMachine): Outcome => m.access('read', { iova: ADDRESS, ssid: SSID });
const userWrite = (m: NestedMachine): Outcome => m.access('write', { iova: ADDRESS, ssid: SSID, privileged: false });
const execute = (m: NestedMachine): Outcome => m.access('execute', { iova: ADDRESS, ssid: SSID });
const tableOf = (m: NestedMachine, level: number): bigint => m.stage1Path(IOVA)[level]! & ~0xfffn;
const setDescriptor = (m: NestedMachine, level: number, word: bigint): void => void m.memory.write64(m.stage1Path(IOVA)[level]!, word);

interface Row {
  readonly title: string;
  readonly options?: MachineOptions;
  readonly bend: (m: NestedMachine) => void;
  readonly access?: (m: NestedMachine) => Outcome;
  readonly record: (m: NestedMachine) => readonly [bigint, bigint, bigint, bigint];
}

// prettier-ignore
const CONFIGURATION: readonly Row[] = [
  { title: 'C_BAD_STREAMID', bend: () => undefined, access: (m) => m.access('read', { sid: 0x1_0007, ssid: SSID }), record: () => [(D0(2) & 0xffff_ffffn) | (0x1_0007n << 32n), 0n, 0n, 0n] },
  { title: 'F_STE_FETCH', bend: (m) => (m.smmu.write32(0x20, 0b1100), m.smmu.write64(0x80, 0x3f_0000_0000n), m.smmu.write32(0x20, 0b1101)), record: () => [D0(3), 0n, 0n, 0x3f_0000_0000n + BigInt(SID) * 64n] },
  { title: 'C_BAD_STE', bend: (m) => m.setSte('V', false), record: () => [D0(4), 0n, 0n, 0n] },
  { title: 'F_STREAM_DISABLED', bend: () => undefined, access: (m) => m.access('read'), record: () => [D0(6, false), 0n, 0n, 0n] },
  { title: 'C_BAD_SUBSTREAMID', bend: (m) => m.setSte('S1CDMax', 3), record: () => [D0(8) & ~(1n << 11n), 0n, 0n, 0n] },
  { title: 'F_CD_FETCH of the L1CD', bend: (m) => m.mapStage2((L1_PA & ~0xfffn) + GUEST, ABORTS | S2_PAGE), record: () => [D0(9), 0n, 0n, ABORTS + (L1_PA & 0xfffn)] },
  { title: 'F_CD_FETCH of the CD', bend: (m) => m.mapStage2((CD_PA & ~0xfffn) + GUEST, ABORTS | S2_PAGE), record: () => [D0(9), 0n, 0n, ABORTS + (CD_PA & 0xfffn)] },
  { title: 'C_BAD_CD', bend: (m) => m.cd({ V: false }, CD_PA), record: () => [D0(10), 0n, 0n, 0n] },
];

// prettier-ignore
const WALK_ABORTS: readonly Row[] = [
  { title: 'stage 1: S2 0, Class TT, the PA after stage 2', bend: (m) => m.mapStage2(tableOf(m, 3) + GUEST, ABORTS | S2_PAGE), record: (m) => [D0(11), D1({ pnu: 1, rnw: 1, klass: TT }), ADDRESS, ABORTS + (m.stage1Path(IOVA)[3]! & 0xfffn)] },
  { title: 'stage 2 for a CD', bend: (m) => m.memory.write64(m.stage2Path(CD_PA + GUEST)[1]!, ABORTS | 3n), record: () => [D0(11), D1({ pnu: 1, rnw: 1, s2: 1, klass: CD }), ADDRESS, ABORTS + ((CD_PA >> 12n) & 0x1ffn) * 8n] },
  { title: 'stage 2 for the address', bend: (m) => (m.mapStage1(IOVA, 0x20_0000_0000n | S1_PAGE), m.mapStage2(0x20_0000_0000n, 0n), m.memory.write64(m.stage2Path(0x20_0000_0000n)[1]!, ABORTS | 3n)), access: userWrite, record: () => [D0(11), D1({ s2: 1, klass: IN }), ADDRESS, ABORTS] },
];

// The four translation-related faults at stage 1 and, at stage 2, for each Class.
// prettier-ignore
const STAGE_1: readonly Row[] = [
  { title: 'F_TRANSLATION', bend: (m) => setDescriptor(m, 2, 0n), record: () => [D0(16), D1({ pnu: 1, rnw: 1, klass: IN }), ADDRESS, 0n] },
  { title: 'F_ADDR_SIZE', options: { cd: { IPS: 2 } }, bend: (m) => setDescriptor(m, 1, (1n << 41n) | 3n), access: userWrite, record: () => [D0(17), D1({ klass: IN }), ADDRESS, 0n] },
  { title: 'F_ACCESS', bend: (m) => m.mapStage1(IOVA, IPA | (S1_PAGE & ~0x400n)), access: execute, record: () => [D0(18), D1({ pnu: 1, ind: 1, rnw: 1, klass: IN }), ADDRESS, 0n] },
  { title: 'F_PERMISSION: TTRnW stays 0', bend: (m) => m.mapStage1(IOVA, IPA | S1_PAGE | 0x80n), access: userWrite, record: () => [D0(19), D1({ klass: IN }), ADDRESS, 0n] },
];

// prettier-ignore
function stage2Rows(where: string, klass: number, page: (m: NestedMachine) => bigint, ipa: (m: NestedMachine) => bigint): Row[] {
  const client = { pnu: 1, rnw: 1, s2: 1, klass } as const;
  const record = (number: number, more: object = {}) => (m: NestedMachine) => [D0(number), D1({ ...client, ...more }), ADDRESS, ipa(m)] as const;
  return [
    { title: `F_TRANSLATION for ${where}`, bend: (m) => m.mapStage2(ipa(m), 0n), record: record(16) },
    { title: `F_ADDR_SIZE for ${where}`, options: { ste: { S2PS: 1 } }, bend: (m) => m.mapStage2(ipa(m), (1n << 37n) | S2_PAGE), record: record(17) },
    { title: `F_ACCESS for ${where}`, bend: (m) => m.mapStage2(ipa(m), page(m) | (S2_PAGE & ~0x400n)), record: record(18) },
    { title: `F_PERMISSION for ${where}`, bend: (m) => m.mapStage2(ipa(m), page(m) | (S2_PAGE & ~0x40n)), record: record(19, klass === TT ? { ttrnw: 1 } : {}) },
  ];
}

// prettier-ignore
const STAGE_2: readonly Row[] = [
  ...stage2Rows('the CD', CD, () => CD_PA & ~0xfffn, () => (CD_PA & ~0xfffn) + GUEST),
  ...stage2Rows('a stage 1 table', TT, (m) => tableOf(m, 3), (m) => tableOf(m, 3) + GUEST),
  ...stage2Rows('the address', IN, () => PA, () => IPA),
  { title: 'TTRnW is the read of the table, RnW the write of the client', bend: (m) => m.mapStage2(tableOf(m, 0) + GUEST, tableOf(m, 0) | (S2_PAGE & ~0x40n)), access: userWrite, record: (m) => [D0(19), D1({ s2: 1, klass: TT, ttrnw: 1 }), ADDRESS, tableOf(m, 0) + GUEST] },
];

const words = (outcome: Outcome): bigint[] => {
  expect(outcome.events.length).toBe(1);
  const [record] = outcome.events;
  return [0, 2, 4, 6].map((at) => (BigInt(record![at + 1]!) << 32n) | BigInt(record![at]!));
};
const hex = (all: readonly bigint[]): string[] => all.map((one) => one.toString(16).padStart(16, '0'));

/** The event that a title begins with, as the coverage names it. */
const eventTag = (title: string): string => ` [event.${title.match(/^[CF]_[A-Z_]+/)?.[0] ?? 'F_WALK_EABT'}]`;

describe.each([
  ['configuration (7.3.3 to 7.3.11)', CONFIGURATION],
  ['F_WALK_EABT (7.3.12)', WALK_ABORTS],
  ['translation-related, stage 1 (7.3.13 to 7.3.16)', STAGE_1],
  ['translation-related, stage 2', STAGE_2],
])('records: %s', (_, rows) => {
  it.each(rows.map((row) => [`${row.title}${eventTag(row.title)}`, row] as const))('%s', (__, { options, bend, access, record }) => {
    const m = machine(options);
    bend(m);
    const wanted = hex(record(m));
    expect(hex(words((access ?? read)(m)))).toEqual(wanted);
    // The same 32 bytes are in the queue.
    const queued = m.smmu.eventQueue.entries().at(-1)!;
    expect(hex([0, 2, 4, 6].map((at) => (BigInt(queued[at + 1]! >>> 0) << 32n) | BigInt(queued[at]! >>> 0)))).toEqual(wanted);
    m.memory.release();
  });
});

describe('what 7.3 adds', () => {
  it('the machine of the table translates when nothing is bent', () => {
    expect(read(machine())).toMatchObject({ status: 'success', pa: PA + 0xabcn, events: [] });
  });

  it('IPA is a page: bits [11:0] are 0 for a CD and a descriptor within it', () => {
    const m = machine();
    m.mapStage2((CD_PA & ~0xfffn) + GUEST, 0n);
    expect(words(read(m))[3]).toBe((CD_PA & ~0xfffn) + GUEST);
    expect(CD_PA & 0xfffn).not.toBe(0n);
  });

  it('PnU and InD are as PRIVCFG and INSTCFG made them, for every fault after the STE; writes stay data (gotcha 27) [gotcha.27] [ste.PRIVCFG] [ste.INSTCFG]', () => {
    const overrides: MachineOptions = { id: { IDR1: IDS.IDR1 | (1 << 26) }, ste: { PRIVCFG: 3, INSTCFG: 3 } };
    const faults = [
      (m: NestedMachine): void => void m.mapStage2((CD_PA & ~0xfffn) + GUEST, 0n),
      (m: NestedMachine): void => void m.mapStage2(tableOf(m, 2) + GUEST, 0n),
      (m: NestedMachine): void => void m.mapStage1(IOVA, 0n),
      (m: NestedMachine): void => void m.mapStage2(IPA, 0n),
    ];
    for (const bend of faults) {
      const m = machine(overrides);
      bend(m);
      expect(words(m.access('read', { iova: ADDRESS, ssid: SSID, privileged: false }))[1]! & (7n << 33n)).toBe(7n << 33n);
      expect(words(userWrite(m))[1]! & (7n << 33n)).toBe(1n << 33n);
    }
  });
});
