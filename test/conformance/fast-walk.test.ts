import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/model/smmu/batch.ts';
import type { CacheOptions } from '../../src/model/smmu/options.ts';
import type { FieldValues } from '../../src/model/spec/index.ts';
import { TraceBuffer } from '../../src/model/trace/sink.ts';
import { Recorder } from '../../src/model/trace/recorder.ts';
import { GUEST, IOVA, IPA, NestedMachine, PA, S1_PAGE, S2_PAGE, SID } from './nested-machine.ts';

/** The unrolled walk and the batch against the generic walk, which answers everything while somebody records. */

const caches = fc.constantFrom<CacheOptions>(
  { config: 64, tlb: 0, s1Walk: 0, s2Walk: 0 },
  { config: 64, tlb: 0, s1Walk: 16, s2Walk: 16 },
  { config: 0, tlb: 0, s1Walk: 0, s2Walk: 0 },
  { config: 64, tlb: 16, s1Walk: 0, s2Walk: 0 },
  { config: 64, tlb: 64, s1Walk: 16, s2Walk: 16 },
);
/** Bits of a descriptor that may flip: type, attributes, permissions, AF, nG, and some of the address and of the upper attributes. */
const flips = fc.array(
  fc.record({
    stage: fc.constantFrom(1, 2),
    level: fc.nat(3),
    bit: fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 21, 30, 36, 41, 45, 52, 53, 54, 59, 60, 61, 62),
  }),
  { maxLength: 3 },
);
const ste = fc.record({ S2PTW: fc.boolean(), S2AFFD: fc.boolean(), S2PS: fc.constantFrom(1, 2, 4, 5) }) as fc.Arbitrary<FieldValues>;
const cd = fc.record({
  AFFD: fc.boolean(),
  WXN: fc.boolean(),
  PAN: fc.boolean(),
  HAD0: fc.boolean(),
  IPS: fc.constantFrom(2, 4, 5),
}) as fc.Arbitrary<FieldValues>;
const accesses = fc.array(
  fc.record({
    page: fc.nat(3),
    access: fc.constantFrom<'read' | 'write' | 'execute'>('read', 'write', 'execute'),
    privileged: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);
interface Machine {
  readonly caches: CacheOptions;
  readonly ste: FieldValues;
  readonly cd: FieldValues;
  readonly flips: readonly { readonly stage: number; readonly level: number; readonly bit: number }[];
  readonly accesses: readonly { readonly page: number; readonly access: 'read' | 'write' | 'execute'; readonly privileged: boolean }[];
}

function build(machine: Machine): NestedMachine {
  const m = new NestedMachine(machine);
  for (let i = 1n; i < 4n; i++) {
    m.mapStage1(IOVA + i * 0x1000n, (IPA + i * 0x1000n) | S1_PAGE);
    m.mapStage2(IPA + i * 0x1000n, (PA + i * 0x1000n) | S2_PAGE);
  }
  const paths = { 1: m.stage1Path(IOVA), 2: [0n, ...m.stage2Path(IPA)] };
  for (const { stage, level, bit } of machine.flips) {
    const at = paths[stage as 1 | 2][level]!;
    if (at !== 0n) m.memory.write64(at, m.memory.read64(at)! ^ (1n << BigInt(bit)));
  }
  return m;
}

const iovaOf = (page: number): bigint => IOVA + BigInt(page) * 0x1000n + 0x123n;

/** [status, event, PA, page size, permissions, attributes] of each access, by the generic walk. */
function generic(machine: Machine): unknown[][] {
  const m = build(machine);
  m.smmu.setRecorder(new Recorder(new TraceBuffer()));
  const answers = machine.accesses.map(({ page, access, privileged }) => {
    const { status, fault, pa, pageSize, permissions, attributes } = m.access(access, { iova: iovaOf(page), privileged });
    return [status, fault?.event ?? 0, pa ?? 0n, pageSize ?? 1n, permissions, attributes];
  });
  m.memory.release();
  return answers;
}

function unrecorded(machine: Machine): unknown[] {
  const m = build(machine);
  const answers = machine.accesses.map(({ page, access, privileged }) => {
    const { status, fault, pa, pageSize, permissions, attributes } = m.access(access, { iova: iovaOf(page), privileged });
    return [status, fault?.event ?? 0, pa ?? 0n, pageSize ?? 1n, permissions, attributes];
  });
  m.memory.release();
  return answers;
}

function batchOf(m: NestedMachine, { accesses: all }: Machine): Batch {
  const batch = m.smmu.openBatch(all.length);
  all.forEach(({ page, access, privileged }, i) => {
    const bits = (access === 'write' ? 0 : 1) | (access === 'execute' ? 2 : 0) | (privileged ? 4 : 0);
    batch.requests.set([SID, bits, Number(BigInt.asIntN(32, iovaOf(page))), Number(iovaOf(page) >> 32n)], i * 4);
  });
  return batch;
}

/**
 * The records of level `transactions` of all accesses, and then the walk caches, whose entries say who filled them. All twice, so that the
 * second time caches may know; in one batch each, or one by one.
 */
function recorded(machine: Machine, way: 'batch' | 'single'): Int32Array[] {
  const m = build(machine);
  const buffer = new TraceBuffer();
  m.smmu.setRecorder(new Recorder(buffer, 'transactions'));
  const batch = batchOf(m, machine);
  for (let round = 0; round < 2; round++) {
    if (way === 'batch') batch.run(machine.accesses.length);
    else for (const { page, access, privileged } of machine.accesses) m.access(access, { iova: iovaOf(page), privileged });
  }
  m.memory.release();
  return [buffer.taken(), m.smmu.core.s1Walk.words, m.smmu.core.s2Walk.words];
}

function batched(machine: Machine): unknown[] {
  const m = build(machine);
  const count = machine.accesses.length;
  const { results, run } = batchOf(m, machine);
  run(count);
  m.memory.release();
  return machine.accesses.map((_, i) => {
    const word = results[i * 4]!;
    const status = (['success', 'fault', 'bypass', 'abort'] as const)[word & 15];
    const pa = (BigInt(results[i * 4 + 2]! >>> 0) << 32n) | BigInt(results[i * 4 + 1]! >>> 0);
    return [status, (word >>> 8) & 0xff, status === 'success' ? pa : 0n, status === 'success' ? 1n << BigInt((word >>> 16) & 63) : 1n];
  });
}

describe('the unrolled walk and the batch agree with the generic walk', () => {
  it('over random machines, broken or not', () => {
    fc.assert(
      fc.property(fc.record({ caches, ste, cd, flips, accesses }), (machine) => {
        const answers = generic(machine);
        expect(unrecorded(machine)).toEqual(answers);
        expect(batched(machine)).toEqual(answers.map((answer) => answer.slice(0, 4)));
      }),
      { numRuns: 400 },
    );
  });

  it('a recorded batch leaves the records that its transactions leave one by one', () => {
    fc.assert(
      fc.property(fc.record({ caches, ste, cd, flips, accesses }), (machine) => {
        expect(recorded(machine, 'batch')).toEqual(recorded(machine, 'single'));
      }),
      { numRuns: 400 },
    );
  });

  it('the property is not vacuous: both walks answer, and the unrolled one is taken', () => {
    const machine: Machine = {
      caches: { config: 64, tlb: 0, s1Walk: 0, s2Walk: 0 },
      ste: {},
      cd: {},
      flips: [],
      accesses: [{ page: 0, access: 'read', privileged: true }],
    };
    expect(generic(machine)[0]?.slice(0, 4)).toEqual(['success', 0, PA + 0x123n, 0x1000n]);
    const m = build(machine);
    m.access();
    const before = m.smmu.core.txn.number;
    const { requests, results, run } = m.smmu.openBatch(1);
    requests.set([SID, 1, Number(BigInt.asIntN(32, IOVA)), Number(IOVA >> 32n)]);
    run(1);
    expect(m.smmu.core.txn.number).toBe(before);
    expect(results[1]).toBe(Number(PA));
    m.memory.release();
  });

  it('a caller that changes tables between batches is answered from the tables', () => {
    const m = new NestedMachine({ caches: { config: 64, tlb: 0, s1Walk: 0, s2Walk: 0 } });
    expect(m.access().pa).toBe(PA);
    m.mapStage2(IPA, (PA + 0x5000n) | S2_PAGE);
    expect(m.access().pa).toBe(PA + 0x5000n);
    expect(m.access('read', { iova: IPA - GUEST }).status).toBe('fault');
    m.memory.release();
  });
});
