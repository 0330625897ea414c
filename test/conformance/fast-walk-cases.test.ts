import { describe, expect, it } from 'vitest';
import type { CacheOptions } from '../../src/model/smmu/options.ts';
import type { FieldValues } from '../../src/model/spec/index.ts';
import { TraceBuffer } from '../../src/model/trace/sink.ts';
import { Recorder } from '../../src/model/trace/recorder.ts';
import { CD_AT, GUEST, IOVA, IPA, NestedMachine, PA, S1_PAGE, S2_PAGE, SID } from './nested-machine.ts';

/**
 * Each check of the unrolled walk, once where it must stop it: random machines (fast-walk.test.ts) seldom break exactly one
 * thing. Every case runs through the generic walk, the unrolled one and the batch, after accesses that fill the caches.
 */

interface Access {
  readonly page?: bigint;
  readonly access?: 'read' | 'write' | 'execute';
  readonly privileged?: boolean;
  readonly sid?: number;
}

interface Case {
  readonly title: string;
  readonly ste?: FieldValues;
  readonly cd?: FieldValues;
  readonly bend?: (m: NestedMachine) => void;
  readonly before?: readonly Access[];
  readonly asked: Access;
  /** Status and event number, or the output address and log2 of the page size. */
  readonly expected: readonly [status: 'fault', event: number] | readonly [status: 'success', pa: bigint, shift: number];
}

const F_TRANSLATION = 0x10;
const F_ADDR_SIZE = 0x11;
const F_ACCESS = 0x12;
const F_PERMISSION = 0x13;

const WALK_CACHES: CacheOptions = { config: 64, tlb: 0, s1Walk: 16, s2Walk: 16 };
const NO_WALK_CACHES: CacheOptions = { config: 64, tlb: 0, s1Walk: 0, s2Walk: 0 };

const iovaOf = ({ page = 0n }: Access): bigint => IOVA + page * 0x1000n + 0x123n;
/** The page beside, which fills the walk caches for the page asked for. */
const BESIDE: readonly Access[] = [{ page: 1n }];

/** Sets bits of the stage 1 descriptor of a level. */
const setStage1 = (level: number, bits: bigint) => (m: NestedMachine) => {
  const at = m.stage1Path(IOVA)[level]!;
  m.memory.write64(at, m.memory.read64(at)! | bits);
};

/** The page of the level 3 table of stage 1, with other bits at stage 2. */
const tablePage = (bits: bigint) => (m: NestedMachine) => {
  const page = m.stage1Path(IOVA)[3]! & ~0xfffn;
  m.mapStage2(page + GUEST, page | bits);
};

/** A second stream of the same VM whose CD has its own root, without the page asked for. */
function otherSpace(m: NestedMachine): void {
  m.ste({ S1ContextPtr: CD_AT + GUEST + 64n }, SID + 1);
  m.cd({ ASID: 6, TTB0: 0x4070_0000n + GUEST }, CD_AT + 64n);
  m.mapStage2(0x4070_0000n + GUEST, 0x4070_0000n | S2_PAGE);
}

/** IPAs of 44 bits from level 0: the usual ones, and one page at bit 40. */
const BEYOND_40: FieldValues = { S2TTB: 0x4074_0000n, S2T0SZ: 20, S2SL0: 2 };
function fourLevels(m: NestedMachine): void {
  m.memory.write64(0x4074_0000n, 0x4020_0000n | 3n);
  m.memory.write64(0x4074_0010n, 0x4074_1000n | 3n);
  m.memory.write64(0x4074_1000n, 0x4074_2000n | 3n);
  m.memory.write64(0x4074_2000n, 0x4074_3000n | 3n);
  m.memory.write64(0x4074_3000n, PA | S2_PAGE);
}

const CASES: readonly Case[] = [
  { title: 'nothing is wrong', asked: {}, before: BESIDE, expected: ['success', PA + 0x123n, 12] },
  {
    title: 'access flag 0 of the final page at stage 2',
    bend: (m) => m.mapStage2(IPA, PA | (S2_PAGE & ~0x400n)),
    before: BESIDE,
    asked: {},
    expected: ['fault', F_ACCESS],
  },
  {
    title: 'the same with S2AFFD',
    ste: { S2AFFD: true },
    bend: (m) => m.mapStage2(IPA, PA | (S2_PAGE & ~0x400n)),
    before: BESIDE,
    asked: {},
    expected: ['success', PA + 0x123n, 12],
  },
  {
    title: 'a table in Device memory with S2PTW',
    ste: { S2PTW: true },
    bend: tablePage(S2_PAGE & ~0x3cn),
    asked: {},
    expected: ['fault', F_PERMISSION],
  },
  { title: 'a table in write-only memory', bend: tablePage(S2_PAGE & ~0x40n), asked: {}, expected: ['fault', F_PERMISSION] },
  {
    title: 'a write to a page that stage 2 makes read-only',
    bend: (m) => m.mapStage2(IPA, PA | (S2_PAGE & ~0x80n)),
    before: BESIDE,
    asked: { access: 'write' },
    expected: ['fault', F_PERMISSION],
  },
  {
    title: 'a 1 GiB block at stage 2',
    bend: (m) => {
      m.mapStage1(IOVA, 0x10_8123_4000n | S1_PAGE);
      m.mapStage2(0x10_8000_0000n, 0n);
      m.memory.write64(m.stage2Path(0x10_8000_0000n)[0]!, 0x4000_0000n | (S2_PAGE & ~2n));
    },
    asked: {},
    expected: ['success', 0x4123_4123n, 12],
  },
  {
    title: 'a 2 MiB block at stage 2',
    bend: (m) => m.memory.write64(m.stage2Path(IPA)[1]!, 0x4320_0000n | (S2_PAGE & ~2n)),
    asked: { page: 3n },
    expected: ['success', 0x4320_3123n, 12],
  },
  {
    title: 'a 2 MiB block at stage 1 over pages at stage 2',
    bend: (m) => m.memory.write64(m.stage1Path(IOVA)[2]!, IPA | (S1_PAGE & ~2n)),
    asked: { page: 1n },
    expected: ['success', PA + 0x1123n, 12],
  },
  {
    title: 'blocks of 2 MiB at both stages',
    bend: (m) => {
      m.memory.write64(m.stage1Path(IOVA)[2]!, IPA | (S1_PAGE & ~2n));
      m.memory.write64(m.stage2Path(IPA)[1]!, 0x4320_0000n | (S2_PAGE & ~2n));
    },
    asked: { page: 1n },
    expected: ['success', 0x4320_1123n, 21],
  },
  ...[0, 1, 2].flatMap((level): Case[] => [
    {
      title: `APTable[0] at level ${level}, unprivileged`,
      bend: setStage1(level, 1n << 61n),
      before: BESIDE,
      asked: { privileged: false },
      expected: ['fault', F_PERMISSION],
    },
    {
      title: `APTable[1] at level ${level}, a write`,
      bend: setStage1(level, 1n << 62n),
      before: BESIDE,
      asked: { access: 'write' },
      expected: ['fault', F_PERMISSION],
    },
    {
      title: `APTable at level ${level} with HAD0`,
      cd: { HAD0: true },
      bend: setStage1(level, 3n << 61n),
      before: BESIDE,
      asked: { access: 'write', privileged: false },
      expected: ['success', PA + 0x123n, 12],
    },
  ]),
  {
    title: 'PAN and a page that is open to unprivileged accesses',
    cd: { PAN: true },
    bend: (m) => m.mapStage1(IOVA + 0x1000n, (IPA + 0x1000n) | (S1_PAGE & ~0x40n)),
    before: BESIDE,
    asked: {},
    expected: ['fault', F_PERMISSION],
  },
  {
    title: 'a stage 1 output beyond IPS that stage 2 maps and another stream has used',
    ste: BEYOND_40,
    cd: { IPS: 2 },
    bend: (m) => {
      m.mapStage1(IOVA, (1n << 40n) | S1_PAGE);
      fourLevels(m);
      m.ste({ Config: 6, ...BEYOND_40 }, SID + 1);
      m.smmu.translate({ sid: SID + 1, iova: 1n << 40n, access: 'read' });
    },
    before: BESIDE,
    asked: {},
    expected: ['fault', F_ADDR_SIZE],
  },
  {
    title: 'another stream after this one has its own tables',
    bend: otherSpace,
    before: [{ sid: SID + 1 }, ...BESIDE, {}],
    asked: { sid: SID + 1 },
    expected: ['fault', F_TRANSLATION],
  },
];

function build(one: Case, caches: CacheOptions): NestedMachine {
  const m = new NestedMachine({ caches, ste: one.ste ?? {}, cd: one.cd ?? {} });
  for (let page = 1n; page < 4n; page++) {
    m.mapStage1(IOVA + page * 0x1000n, (IPA + page * 0x1000n) | S1_PAGE);
    m.mapStage2(IPA + page * 0x1000n, (PA + page * 0x1000n) | S2_PAGE);
  }
  one.bend?.(m);
  return m;
}

const accesses = ({ before = [], asked }: Case): readonly Access[] => [...before, asked];

function walked(one: Case, caches: CacheOptions, recorded: boolean): unknown[] {
  const m = build(one, caches);
  if (recorded) m.smmu.setRecorder(new Recorder(new TraceBuffer()));
  let answer: unknown[] = [];
  for (const access of accesses(one)) {
    const { access: kind = 'read', ...rest } = access;
    const { status, fault, pa, pageSize } = m.access(kind, { privileged: true, ...rest, iova: iovaOf(access) });
    answer = status === 'success' ? [status, pa, Math.log2(Number(pageSize))] : [status, fault?.event];
  }
  m.memory.release();
  return answer;
}

function batched(one: Case, caches: CacheOptions): unknown[] {
  const m = build(one, caches);
  const all = accesses(one);
  const { requests, results, run } = m.smmu.openBatch(all.length);
  all.forEach((access, i) => {
    const { access: kind = 'read', privileged = true, sid = SID } = access;
    const bits = (kind === 'write' ? 0 : 1) | (kind === 'execute' ? 2 : 0) | (privileged ? 4 : 0);
    requests.set([sid, bits, Number(BigInt.asIntN(32, iovaOf(access))), Number(iovaOf(access) >> 32n)], i * 4);
  });
  run(all.length);
  m.memory.release();
  const [word, lo, hi] = results.subarray((all.length - 1) * 4) as unknown as [number, number, number];
  const pa = (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
  return (word & 15) === 0 ? ['success', pa, (word >>> 16) & 63] : ['fault', (word >>> 8) & 0xff];
}

describe.each([
  ['without walk caches', NO_WALK_CACHES],
  ['with walk caches', WALK_CACHES],
])('%s', (_, caches) => {
  it.each(CASES.map((one) => [one.title, one] as const))('%s', (_title, one) => {
    expect(walked(one, caches, true), 'generic').toEqual(one.expected);
    expect(walked(one, caches, false), 'unrolled').toEqual(one.expected);
    expect(batched(one, caches), 'batch').toEqual(one.expected);
  });
});
