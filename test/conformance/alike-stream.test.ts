import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_CACHES } from '../../src/model/smmu/options.ts';
import { PRESETS } from '../../src/model/spec/index.ts';
import type { FieldValues } from '../../src/model/spec/index.ts';
import { Recorder } from '../../src/model/trace/recorder.ts';
import { TraceBuffer } from '../../src/model/trace/sink.ts';
import { CD_AT, GUEST, IOVA, IPA, NestedMachine, PA, RAM, RAM_BYTES, S1_PAGE, S2_PAGE, STREAM_TABLE } from './nested-machine.ts';

/** The batch of an SMMU without caches, over many streams, against the complete path, which answers everything while somebody records. */

/** 70 and 71 are of another leaf of a two-level table, 130 is beyond a leaf of two STEs, 300 beyond the table. */
const SIDS = [8, 9, 10, 70, 71, 130, 300];
const L1 = 0x4000_8000n;
/** SSIDSIZE 4, ATTR_PERMS_OVR (6.3.2). */
const WITH_SUBSTREAMS_AND_OVERRIDES = PRESETS['qemu-11'].id.IDR1 | (4 << 6) | (1 << 26);
/** Tables that take IOVA elsewhere. */
const OTHER_ROOT = 0x4050_0000n;
const PRIVILEGED = IOVA + 0x1000n;
const UNMAPPED = IOVA + 0x5000n;

interface Stream {
  readonly ste: FieldValues;
  readonly cd: FieldValues;
}
interface Machine {
  readonly streams: readonly Stream[];
  /** Of all streams. */
  readonly common: FieldValues;
  /** The three L1STDs of a stream table of two levels; null: it is linear. */
  readonly l1stds: readonly bigint[] | null;
  readonly accesses: readonly { readonly stream: number; readonly access: 'read' | 'write' | 'execute'; readonly privileged: boolean; readonly ssid?: number | undefined; readonly iova: bigint }[];
}

/** Fields in which a stream may differ: what makes it another kind of stream, what only moves it, and what breaks it. */
const ste = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  fc.constantFrom<FieldValues>(
    { S2VMID: 9 },
    { V: false },
    { Config: 0 },
    { Config: 4 },
    { Config: 5 },
    { Config: 6 },
    { S2R: false },
    { S2PTW: true },
    { S2PS: 1 },
    { S2T0SZ: 23 },
    { S2TTB: 0x4100_0000n },
    { S1CDMax: 2, S1DSS: 2 },
    { PRIVCFG: 2 },
    { S1ContextPtr: 0x4500_0000n + GUEST },
    { S1ContextPtr: 0x7f00_0000n },
    { CONT: 1 },
  ),
);
const cd = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 3, arbitrary: fc.constant({ TTB0: OTHER_ROOT + GUEST }) },
  fc.constantFrom<FieldValues>(
    { ASID: 77 },
    { V: false },
    { T0SZ: 20 },
    { T0SZ: 3 },
    { IPS: 1 },
    { EPD0: true },
    { TBI0: true },
    { AFFD: true },
    { PAN: true },
    { MAIR0: 0x44 },
    { TTB0: 0x4100_0000n + GUEST },
    { TTB0: RAM + RAM_BYTES + GUEST },
  ),
);
const accesses = fc.array(
  fc.record({
    stream: fc.nat(SIDS.length - 1),
    access: fc.constantFrom<'read' | 'write' | 'execute'>('read', 'read', 'read', 'write', 'write', 'execute'),
    privileged: fc.boolean(),
    ssid: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, fc.nat(3)),
    iova: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(IOVA, IOVA + 0x123n, PRIVILEGED) }, fc.constantFrom(UNMAPPED, IOVA | (1n << 50n), 2n ** 64n - 1n)),
  }),
  { minLength: 1, maxLength: 16 },
);
/** Overrides, substreams and stall are choices of a whole machine, too. */
const common = fc.oneof({ weight: 6, arbitrary: fc.constant({}) }, fc.constantFrom<FieldValues>({ S1CDMax: 2, S1DSS: 2 }, { PRIVCFG: 2 }, { PRIVCFG: 3 }, { Config: 5 }));
/** Leaves of 64 STEs and of two, and what may be wrong with a Span or an L2Ptr. */
const L1STDS = [7n, 7n, 2n].map((span, index) => (STREAM_TABLE + BigInt(index) * 4096n) | span);
const l1stds = fc.option(
  fc.array(fc.oneof({ weight: 6, arbitrary: fc.constant(0n) }, fc.nat(15).map(BigInt), fc.constantFrom(1n << 6n, 1n << 11n, 1n << 32n)), { minLength: 3, maxLength: 3 }).map((flips) => L1STDS.map((word, i) => word ^ flips[i]!)),
);
const machines = fc.record({ common, streams: fc.array(fc.record({ ste, cd }), { minLength: SIDS.length, maxLength: SIDS.length }), l1stds, accesses });

function build({ streams, common = {}, l1stds = null }: Pick<Machine, 'streams'> & Partial<Machine>): NestedMachine {
  const m = new NestedMachine({ caches: NO_CACHES, id: { IDR1: WITH_SUBSTREAMS_AND_OVERRIDES } });
  streams.forEach((stream, i) => {
    const at = CD_AT + BigInt(i) * 64n;
    m.ste({ ...common, S1ContextPtr: at + GUEST, ...stream.ste }, SIDS[i]!);
    m.cd(stream.cd, at);
  });
  m.mapStage2(OTHER_ROOT + GUEST, OTHER_ROOT | S2_PAGE);
  m.mapStage1(IOVA, (IPA + 0x1000n) | S1_PAGE, OTHER_ROOT);
  m.mapStage1(PRIVILEGED, (IPA + 0x1000n) | (S1_PAGE & ~0x40n));
  m.mapStage2(IPA + 0x1000n, (PA + 0x1000n) | S2_PAGE);
  if (l1stds !== null) {
    l1stds.forEach((word, index) => m.memory.write64(L1 + BigInt(index) * 8n, word));
    m.smmu.write32(0x20, 0);
    m.smmu.write64(0x80, L1);
    m.smmu.write32(0x88, 8 | (6 << 6) | (1 << 16));
    m.smmu.write32(0x20, 0b1101);
  }
  return m;
}

/** Status, event, response, size and address of each access. */
function complete(machine: Machine): unknown[] {
  const m = build(machine);
  m.smmu.setRecorder(new Recorder(new TraceBuffer()));
  const answers = machine.accesses.map(({ stream, ...rest }) => {
    const { status, fault, pa, pageSize } = m.access(rest.access, { sid: SIDS[stream]!, iova: rest.iova, privileged: rest.privileged, ...(rest.ssid === undefined ? {} : { ssid: rest.ssid }) });
    return [status, fault?.event ?? 0, status === 'success' ? pa : 0n, status === 'success' ? pageSize : 1n];
  });
  m.memory.release();
  return answers;
}

function batched(machine: Machine): { answers: unknown[]; numbered: number } {
  const m = build(machine);
  const { requests, results, run } = m.smmu.openBatch(machine.accesses.length);
  machine.accesses.forEach(({ stream, access, privileged, ssid, iova }, i) => {
    const bits = (access === 'write' ? 0 : 1) | (access === 'execute' ? 2 : 0) | (privileged ? 4 : 0) | (ssid === undefined ? 0 : (ssid + 1) << 11);
    requests.set([SIDS[stream]!, bits, Number(BigInt.asIntN(32, iova)), Number(BigInt.asIntN(32, iova >> 32n))], i * 4);
  });
  run(machine.accesses.length);
  const answers = machine.accesses.map((_, i) => {
    const word = results[i * 4]!;
    const status = (['success', 'fault', 'bypass', 'abort'] as const)[word & 15];
    const pa = (BigInt(results[i * 4 + 2]! >>> 0) << 32n) | BigInt(results[i * 4 + 1]! >>> 0);
    return [status, (word >>> 8) & 0xff, status === 'success' ? pa : 0n, status === 'success' ? 1n << BigInt((word >>> 16) & 63) : 1n];
  });
  m.memory.release();
  return { answers, numbered: m.smmu.core.txn.number };
}

describe('streams like the last one, where nothing is cached', () => {
  it('are answered as the complete path answers, whatever else is among them', () => {
    let short = 0;
    fc.assert(
      fc.property(machines, (machine) => {
        const { answers, numbered } = batched(machine);
        expect(answers).toEqual(complete(machine));
        short += machine.accesses.length - numbered;
      }),
      { numRuns: 600 },
    );
    expect(short).toBeGreaterThan(300);
  });

  it.each([{ table: 'linear', l1stds: null }, { table: 'two-level', l1stds: L1STDS }])('take the short way from the second on, also with a VMID, an ASID, an MAIR and tables of their own ($table table)', ({ l1stds }) => {
    const streams = SIDS.map((_, i) => ({ ste: { S2VMID: i + 1 }, cd: { ASID: 40 + i, MAIR0: i, ...(i === 2 ? { TTB0: OTHER_ROOT + GUEST } : {}) } }));
    const read = (stream: number): Machine['accesses'][number] => ({ stream, access: 'read', privileged: true, iova: IOVA });
    const machine = { streams, common: {}, l1stds, accesses: [0, 1, 2, 3, 4, 0].map(read) };
    const { answers, numbered } = batched(machine);
    expect(answers).toEqual(complete(machine));
    expect(answers).toEqual([PA, PA, PA + 0x1000n, PA, PA, PA].map((pa) => ['success', 0, pa, 4096n]));
    expect(numbered).toBe(1);
  });

  it('see what memory has become', () => {
    const m = build({ streams: SIDS.map(() => ({ ste: {}, cd: {} })) });
    const { requests, results, run } = m.smmu.openBatch(1);
    const statusOf = (sid: number): number => {
      requests.set([sid, 1, Number(BigInt.asIntN(32, IOVA)), Number(IOVA >> 32n)]);
      run(1);
      return results[0]! & 15;
    };
    expect([8, 9, 8].map(statusOf)).toEqual([0, 0, 0]);
    m.ste({ V: false }, 9);
    m.cd({ V: false }, CD_AT);
    expect([8, 9, 10].map(statusOf)).toEqual([1, 1, 0]);
    m.smmu.write32(0x20, 0);
    // 6.3.9.6: bypassed, and the address is beyond OAS.
    expect(statusOf(10)).toBe(3);
    m.memory.release();
  });
});
