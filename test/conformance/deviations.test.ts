import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { readCases, titleOf } from '../../src/formats/qemu-cases/case.ts';
import type { Case } from '../../src/formats/qemu-cases/case.ts';
import { judgeAsQemu } from '../../src/formats/qemu-cases/judge.ts';
import { caseMemory, CaseMachine } from '../../src/formats/qemu-cases/machine.ts';
import { runCase } from '../../src/formats/qemu-cases/run-case.ts';
import { DEFAULT_CACHES, QEMU_CACHES } from '../../src/model/smmu/options.ts';
import { DEVIATIONS, deviationsOf, NO_DEVIATIONS, QEMU_11_DEVIATIONS } from '../../src/model/spec/index.ts';
import type { DeviationId } from '../../src/model/spec/index.ts';
import { ABORTS, EVENT_QUEUE, eventOf, GUEST, IOVA, IPA, NestedMachine, PA, S1_PAGE, S2_PAGE, SID } from './nested-machine.ts';
import type { MachineOptions } from './nested-machine.ts';

/** Each of QEMU's deviations alone: what it changes, and that nothing changes without it. */

/** A transaction of the recorded cases whose answer is not QEMU's without the deviation. */
const IN_CASES: readonly (readonly [DeviationId, file: string, title: string, transaction: number])[] = [
  ['stage2-concatenation', 'random', 'seed 20011', 0],
  ['stage1-table-base', 'random', 'seed 20013', 0],
  ['tlb-read-permission', 'cache-probes', 'BUG? S2AP=WO: write first, then read (nested)', 2],
  ['ttb-at-configuration', 'cache-probes', 'BUG? S2 remap of the S1 TTB0 page, S2_IPA + NH_ALL (no CFGI needed by the architecture)', 1],
  ['tbi', 'cache-probes', 'TBI=1, TTB1 address with tag byte 0x5a', 1],
  ['block-levels', 'hand', 'BUG? S1 4K level-0 block descriptor', 0],
  ['event-ipa', 'random', 'seed 20001', 7],
  ['stage1-table-event', 'random', 'seed 20013', 0],
  ['event-access', 'random', 'seed 20001', 0],
  ['cd-fetch-address', 'hand', 'cd_fetch_abort', 0],
  ['bad-streamid-recorded', 'hand', 'bad_streamid_RECINVSID=0', 0],
  ['ipa-size-silent', 'hand', 'ste_config_6_s2_only_iova>=OAS', 0],
  ['check-order', 'random', 'seed 20014', 0],
  ['aptable-at-table', 'random', 'seed 20060', 2],
  ['ste-stage1-fields', 'hand', 'bad_ste_S1CDMAX', 0],
  ['span', 'cache-probes', '2-level stream table, span=5 (16 STEs)', 1],
  ['format-sticky', 'cache-probes', '2-level stream table, span=5 (16 STEs)', 3],
  ['configuration-whole', 'live', 'configuration-whole: seed 57', 1],
  ['bypass-size', 'live', 'bypass-size: seed 2', 0],
  ['ste-input-size', 'live', 'ste-input-size: seed 92', 0],
  ['ste-context-pointer', 'live', 'ste-context-pointer: seed 539', 0],
  ['tlb-lookup', 'live', 'tlb-lookup: seed 690', 1],
  ['final-ipa-walked', 'live', 'final-ipa-walked: seed 10620', 1],
  ['tlbi-vaa-stage2', 'live', 'tlbi-vaa-stage2: seed 1005', 1],
  ['tlbi-hints', 'live', 'tlbi-hints: seed 932', 1],
  ['aptable-at-table', 'live', 'aptable-at-table: seed 371', 1],
  ['ipa-size-silent', 'live', 'ipa-size-silent: seed 273', 0],
];

const cases = new Map<string, Case>();
for (const file of ['random', 'hand', 'cache-probes', 'live']) {
  const packed = readFileSync(new URL(`../fixtures/qemu-cases/${file}.jsonl.gz`, import.meta.url));
  for (const one of readCases(gunzipSync(packed).toString(), file)) if (one.ok) cases.set(titleOf(one.value), one.value);
}

describe('recorded answers of QEMU', () => {
  const memory = caseMemory();
  afterAll(() => memory.release());
  const all = DEVIATIONS.map(({ id }) => id);

  it.each(IN_CASES)('need %s: %s, %s, transaction %i', (id, _file, title, transaction) => {
    const one = cases.get(title)!;
    const verdict = (on: readonly DeviationId[]): string => {
      const machine = new CaseMachine(memory, deviationsOf(on), QEMU_CACHES);
      return judgeAsQemu(one, transaction, runCase(machine, one)[transaction]!).verdict;
    };
    expect(verdict(all)).toBe('exact');
    expect(verdict(all.filter((other) => other !== id))).toBe('failure');
  });
});

/** What a small machine does with and without one deviation. */
interface Row {
  readonly id: DeviationId;
  readonly what: string;
  readonly options?: MachineOptions;
  readonly answer: (m: NestedMachine) => unknown;
  readonly architecture: unknown;
  readonly qemu: unknown;
}

const status = (m: NestedMachine, access: 'read' | 'write' = 'read', privileged = true): string => m.access(access, { privileged }).status;
const rule = (m: NestedMachine): string | undefined => m.access().fault?.rule;
const CMD_ATC_INV = 0x40n;
const CMD_SYNC_RESERVED = 0x46n | (3n << 12n);
const nhVa = (iova: bigint): [bigint, bigint] => [0x12n | (3n << 32n) | (5n << 48n), iova];
const nhAsid = (asid: bigint): [bigint, bigint] => [0x11n | (3n << 32n) | (asid << 48n), 0n];
/** One 4 KiB granule, of a leaf at level 2: D1 TG and TTL. */
const RANGE_OF_ONE: readonly [bigint, bigint] = [0n, (1n << 10n) | (2n << 8n)];
const commandError = (m: NestedMachine): number => m.smmu.read32(0x60) & 1;

/** The queue has two entries; three events, and one when software has read them. */
function overflow(m: NestedMachine): object {
  m.smmu.write32(0x20, 0b1001);
  m.smmu.write64(0xa0, EVENT_QUEUE | 1n);
  m.smmu.write32(0x20, 0b1101);
  m.mapStage1(IOVA, 0n);
  for (let i = 0; i < 3; i++) m.access();
  const told = { ovflg: m.smmu.read32(0x100a8) >>> 31, eventqAbtErr: (m.smmu.read32(0x60) >>> 2) & 1 };
  // Room again, and the error not acknowledged.
  m.smmu.write32(0x100ac, m.smmu.read32(0x100a8));
  m.access();
  return { ...told, afterwards: m.smmu.eventQueue.entries().length };
}

/** Two faults one after the other; how many interrupts of the event queue. */
function interrupts(deviations: readonly DeviationId[]): number {
  const seen: string[] = [];
  const m = new NestedMachine({ deviations, onInterrupt: (source) => seen.push(source) });
  m.smmu.write32(0x50, 0b100);
  m.mapStage1(IOVA, 0n);
  m.access();
  m.access();
  return seen.filter((source) => source === 'EVENTQ').length;
}

/** A 2 MiB block of stage 1 over 4 KiB pages of stage 2, both pages cached; the block goes, one page of it is invalidated. */
function onePiece(m: NestedMachine, range: readonly [d0: bigint, d1: bigint] = [0n, 0n]): string {
  const block = 0x10_4120_0000n;
  const level2 = m.stage1Path(IOVA)[2]!;
  const table = m.memory.read64(level2)!;
  m.memory.write64(level2, block | 0x741n);
  for (const page of [0n, 0x1000n]) m.mapStage2(block + page, (PA + page) | S2_PAGE);
  for (const page of [0n, 0x1000n]) m.access('read', { iova: IOVA + page });
  m.memory.write64(level2, table & ~1n);
  const [d0, d1] = nhVa(IOVA);
  m.command(d0 | range[0], d1 | range[1]);
  return m.access('read', { iova: IOVA + 0x1000n }).status;
}

const ROWS: readonly Row[] = [
  {
    id: 'stage2-hit-silent',
    what: 'a write on a read-only page that a read has cached, stage 2 alone',
    options: { ste: { Config: 6 }, caches: DEFAULT_CACHES },
    answer: (m) => {
      m.mapStage2(IPA, PA | (S2_PAGE & ~0x80n));
      m.access('read', { iova: IPA });
      return m.access('write', { iova: IPA }).events.length;
    },
    architecture: 1,
    qemu: 0,
  },
  {
    id: 'table-size',
    what: 'a stage 1 table beyond IPS',
    options: { cd: { IPS: 2 }, ste: { S2S: false } },
    answer: (m) => (m.memory.write64(m.stage1Path(IOVA)[2]!, (1n << 40n) | 3n), rule(m)),
    architecture: 's1.table-size',
    qemu: 's2.input-range',
  },
  {
    id: 'table-size',
    what: 'a stage 2 table beyond S2PS, in no memory',
    options: { ste: { S2PS: 0 } },
    answer: (m) => (m.memory.write64(m.stage2Path(IPA)[1]!, (1n << 33n) | ABORTS | 3n), rule(m)),
    architecture: 's2.table-size',
    qemu: 's2.walk-abort',
  },
  {
    id: 'privileged',
    what: 'an unprivileged read of a privileged page',
    answer: (m) => (m.mapStage1(IOVA, IPA | (S1_PAGE & ~0x40n)), status(m, 'read', false)),
    architecture: 'fault',
    qemu: 'success',
  },
  {
    id: 'event-overflow',
    what: 'a third event in a queue of two',
    answer: overflow,
    architecture: { ovflg: 1, eventqAbtErr: 0, afterwards: 1 },
    qemu: { ovflg: 0, eventqAbtErr: 1, afterwards: 1 },
  },
  {
    id: 'ste-start-level',
    what: 'S2SL0 1 with 28 bits of IPA',
    options: { ste: { Config: 6, S2T0SZ: 36 } },
    answer: (m) => m.access('read', { iova: 0n }).fault?.rule,
    architecture: 'ste.s2sl0',
    qemu: 's2.invalid',
  },
  {
    id: 'ste-start-level',
    what: 'more concatenated tables than 16 are refused either way',
    options: { ste: { Config: 6, S2T0SZ: 20 } },
    answer: rule,
    architecture: 'ste.s2sl0',
    qemu: 'ste.s2sl0',
  },
  {
    id: 'ste-s2ptw',
    what: 'a stage 1 table in memory that stage 2 maps as Device',
    options: { ste: { S2PTW: true } },
    answer: (m) => (
      m.mapStage2((m.stage1Path(IOVA)[3]! & ~0xfffn) + GUEST, (m.stage1Path(IOVA)[3]! & ~0xfffn) | (S2_PAGE & ~0x3cn)),
      status(m)
    ),
    architecture: 'fault',
    qemu: 'success',
  },
  {
    id: 'commands-ignored',
    what: 'CMD_ATC_INV without IDR0.ATS',
    answer: (m) => (m.command(CMD_ATC_INV), commandError(m)),
    architecture: 1,
    qemu: 0,
  },
  {
    id: 'commands-ignored',
    what: 'CMD_SYNC with CS = 3',
    answer: (m) => (m.command(CMD_SYNC_RESERVED), commandError(m)),
    architecture: 1,
    qemu: 0,
  },
  { id: 'commands-ignored', what: 'opcode 0', answer: (m) => (m.command(0n), commandError(m)), architecture: 1, qemu: 1 },
  {
    id: 'global-entries',
    what: 'CMD_TLBI_NH_ASID after a global page was unmapped',
    options: { caches: DEFAULT_CACHES },
    answer: (m) => {
      m.mapStage1(IOVA, IPA | (S1_PAGE & ~0x800n));
      m.access();
      m.mapStage1(IOVA, 0n);
      m.command(...nhAsid(5n));
      return status(m);
    },
    architecture: 'success',
    qemu: 'fault',
  },
  {
    id: 'tlbi-piece',
    what: 'another 4 KiB piece of an invalidated block',
    options: { caches: DEFAULT_CACHES },
    answer: (m) => onePiece(m),
    architecture: 'fault',
    qemu: 'success',
  },
  {
    id: 'cd-fetch-address',
    what: 'F_STE_FETCH keeps its FetchAddr',
    answer: (m) => {
      m.smmu.write32(0x20, 0b1100);
      m.smmu.write64(0x80, ABORTS);
      m.smmu.write32(0x20, 0b1101);
      return eventOf(m.access())?.['FetchAddr'];
    },
    architecture: ABORTS + BigInt(SID) * 64n,
    qemu: ABORTS + BigInt(SID) * 64n,
  },
  {
    id: 'aptable-at-table',
    what: 'a read that APTable lets through',
    answer: (m) => (m.memory.write64(m.stage1Path(IOVA)[2]!, m.memory.read64(m.stage1Path(IOVA)[2]!)! | (1n << 62n)), status(m)),
    architecture: 'success',
    qemu: 'success',
  },
  {
    id: 'tlb-read-permission',
    what: 'a write on a TLB hit',
    options: { caches: DEFAULT_CACHES },
    answer: (m) => (m.mapStage1(IOVA, IPA | S1_PAGE | 0x80n), m.access(), status(m, 'write')),
    architecture: 'fault',
    qemu: 'fault',
  },
  {
    id: 'tlbi-piece',
    what: 'another piece of a block that a range names a page of',
    options: { caches: DEFAULT_CACHES },
    answer: (m) => onePiece(m, RANGE_OF_ONE),
    architecture: 'fault',
    qemu: 'success',
  },
];

describe('a small machine', () => {
  it.each(ROWS.map((row) => [row.id, row.what, row] as const))('%s: %s', (_id, _what, { id, options = {}, answer, architecture, qemu }) => {
    expect(answer(new NestedMachine(options))).toEqual(architecture);
    expect(answer(new NestedMachine({ ...options, deviations: [id] }))).toEqual(qemu);
    const others = DEVIATIONS.map((one) => one.id).filter((other) => other !== id);
    // Alone it decides: with every other one the answer may change otherwise, but never to a crash.
    expect(() => answer(new NestedMachine({ ...options, deviations: others }))).not.toThrow();
  });

  it('event-interrupt: each record is an interrupt, not only the first of an empty queue', () => {
    expect(interrupts([])).toBe(1);
    expect(interrupts(['event-interrupt'])).toBe(2);
  });

  it('a permission fault on a TLB hit reports IPA 0 under event-ipa', () => {
    const m = new NestedMachine({ caches: DEFAULT_CACHES, deviations: ['event-ipa'] });
    m.mapStage2(IPA, PA | (S2_PAGE & ~0x80n));
    m.access();
    expect(eventOf(m.access('write'))).toMatchObject({ name: 'F_PERMISSION', S2: true, IPA: 0n });
  });
});

it('every deviation has a test here', () => {
  const tested = new Set([...IN_CASES.map(([id]) => id), ...ROWS.map(({ id }) => id), 'event-interrupt']);
  expect(DEVIATIONS.map(({ id }) => id).filter((id) => !tested.has(id))).toEqual([]);
  expect(Object.values(NO_DEVIATIONS).every((on) => !on) && Object.values(QEMU_11_DEVIATIONS).every((on) => on)).toBe(true);
});
