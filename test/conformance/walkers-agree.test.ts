import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_CACHES } from '../../src/model/smmu/options.ts';
import { Smmu } from '../../src/model/smmu/smmu.ts';
import type { CacheOptions } from '../../src/model/smmu/options.ts';
import type { Outcome } from '../../src/model/smmu/smmu.ts';
import { SLOT } from '../../src/model/smmu/config/slot.ts';
import type { Choices } from '../../src/model/spec/choices.ts';
import { Recorder } from '../../src/model/trace/recorder.ts';
import { TraceBuffer } from '../../src/model/trace/sink.ts';
import { machines } from './random-draw.ts';
import type { Draw, Granule } from './random-draw.ts';
import { RandomMachine } from './random-machine.ts';

/**
 * Recorded, every access takes the generic walk; unrecorded and in a batch the unrolled one where it fits. Whole outcomes and what
 * hardware wrote must be the same for every pair of granules, blocks of every level, contiguous leaves, 52 bits and HTTU.
 */

const CACHES: readonly CacheOptions[] = [NO_CACHES, { config: 64, tlb: 0, s1Walk: 0, s2Walk: 0 }, { config: 64, tlb: 0, s1Walk: 16, s2Walk: 16 }, { config: 64, tlb: 16, s1Walk: 4, s2Walk: 4 }];
type How = 'recorded' | 'unrecorded';
interface Setting {
  readonly caches: CacheOptions;
  readonly choices: Partial<Choices>;
}

function smmuOf(machine: RandomMachine, { caches, choices }: Setting, how: How): Smmu {
  const recorder = how === 'recorded' ? new Recorder(new TraceBuffer()) : null;
  const smmu = new Smmu({ id: machine.id, memory: machine.memory, caches, choices, recorder });
  machine.enable(smmu);
  return smmu;
}

/** What a run answers and leaves in the descriptors, which are put back. */
function leaving<T>({ memory, paths }: RandomMachine, run: () => T): readonly [answers: T, left: readonly bigint[]] {
  const places = [...new Set(paths.flatMap(({ at }) => at))];
  const before = places.map((pa) => memory.read64(pa)!);
  const answers = run();
  const left = places.map((pa) => memory.read64(pa)!);
  places.forEach((pa, i) => memory.write64(pa, before[i]!));
  return [answers, left];
}

const translated = (machine: RandomMachine, setting: Setting, how: How, seen = (_: Outcome, _smmu: Smmu): void => undefined): Outcome[] => {
  const smmu = smmuOf(machine, setting, how);
  return [...machine.accesses, ...machine.accesses].map((access) => {
    const outcome = smmu.translate(access);
    seen(outcome, smmu);
    return outcome;
  });
};

/** [status, event, PA, log2 of the page size] of each access. */
const short = ({ status, fault, pa, pageSize }: Outcome): unknown[] => [status, fault?.event ?? 0, status === 'success' || status === 'bypass' ? pa : null, status === 'success' ? pageSize : null];

function batched(machine: RandomMachine, setting: Setting): unknown[][] {
  const all = [...machine.accesses, ...machine.accesses];
  const { requests, results, run } = smmuOf(machine, setting, 'unrecorded').openBatch(all.length);
  all.forEach(({ sid, ssid, iova, access, privileged }, i) => {
    const bits = (access === 'write' ? 0 : 1) | (access === 'execute' ? 2 : 0) | (privileged ? 4 : 0) | (ssid === undefined ? 0 : (ssid + 1) << 11);
    requests.set([sid, bits, Number(BigInt.asIntN(32, iova)), Number(BigInt.asIntN(32, iova >> 32n))], i * 4);
  });
  run(all.length);
  return all.map((_, i) => {
    const [word, lo, hi] = results.subarray(i * 4) as unknown as [number, number, number];
    const status = (['success', 'fault', 'bypass', 'abort'] as const)[word & 15]!;
    const pa = status === 'success' || status === 'bypass' ? (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0) : null;
    return [status, (word >>> 8) & 0xff, pa, status === 'success' ? 1n << BigInt((word >>> 16) & 63) : null];
  });
}

const GRANULES: readonly Granule[] = [12, 14, 16];
const PAIRS = GRANULES.flatMap((one) => GRANULES.map((two) => [one, two] as const));
const NAMES = { 12: '4K', 14: '16K', 16: '64K' } as const;

/** Nested, with room for every level; each kind of leaf and of hardware update comes up in a few dozen. */
const nested = (s1: Granule, s2: Granule, oasCode: number): fc.Arbitrary<Draw> =>
  fc
    .tuple(machines, fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean())
    .map(([draw, contiguous, bare, intact, blocks]): Draw => ({
      ...draw,
      oasCode,
      config: 7,
      granules: [s1, s1, s2],
      tableLeaf: 0x7fcn,
      bends: intact ? [] : draw.bends,
      maps: draw.maps.map((one) => ({
        ...one,
        levels: blocks ? [2, 2] : one.levels,
        table1: bare ? 0n : one.table1,
        leaf1: (one.leaf1 & ~(1n << 52n)) | (contiguous ? 1n << 52n : 0n),
        leaf2: (one.leaf2 & ~(1n << 52n)) | (contiguous ? 1n << 52n : 0n),
      })),
    }));

function judge(draw: Draw, seen: Set<string>): void {
  const machine = new RandomMachine(draw);
  for (const caches of CACHES)
    for (const contiguous of ['ignored', 'one-entry'] as const) {
      const setting: Setting = { caches, choices: { 'tlb.contiguous': contiguous } };
      const wanted = leaving(machine, () => translated(machine, setting, 'recorded'));
      const walked = leaving(machine, () =>
        translated(machine, setting, 'unrecorded', ({ status, pageSize, updates, pa }, { core }) => {
          if (status !== 'success') return;
          seen.add(updates > 0 ? 'updated' : 'not updated');
          seen.add(core.slots[SLOT.FAST] === 1 ? 'unrolled' : 'generic');
          if (pa! >> 48n !== 0n) seen.add('52 bits');
          seen.add(`${contiguous} ${pageSize!.toString(2).length - 1}`);
        }),
      );
      expect(walked, `${JSON.stringify(caches)} ${contiguous}`).toEqual(wanted);
      const [answers, left] = leaving(machine, () => batched(machine, setting));
      expect([answers, left], `batch ${JSON.stringify(caches)} ${contiguous}`).toEqual([wanted[0].map(short), wanted[1]]);
    }
  machine.memory.release();
}

/** log2 of the bytes of leaves, from level 3 up, and of contiguous ones. */
const LEAVES = { 12: [12, 21, 30], 14: [14, 25], 16: [16, 29] } as const;
const SPANS = { 12: [16, 25, 34], 14: [21, 30], 16: [21, 34] } as const;

/** What one entry of both stages covers: the smaller leaf. Level 1 is asked for below. */
const sizes = (word: string, of: Readonly<Record<Granule, readonly number[]>>, s1: Granule, s2: Granule): string[] => [
  ...new Set(of[s1].slice(0, 2).flatMap((one) => of[s2].slice(0, 2).map((two) => `${word} ${Math.min(one, two)}`))),
];

const RUNS = 60;

describe('the walkers agree', () => {
  it.each(PAIRS.map(([one, two]) => [NAMES[one], NAMES[two], one, two] as const))('stage 1 of %s, stage 2 of %s', (_one, _two, s1, s2) => {
    const seen = new Set<string>();
    fc.assert(fc.property(nested(s1, s2, 5), (draw) => judge(draw, seen)), { numRuns: RUNS, seed: 3 });
    const met = ['updated', 'not updated', 'generic', ...sizes('ignored', LEAVES, s1, s2), ...sizes('one-entry', SPANS, s1, s2)];
    expect(met.filter((one) => !seen.has(one))).toEqual([]);
    expect(seen.has('unrolled')).toBe(s1 === 12 && s2 === 12);
    if (s1 === 12 && s2 === 12) expect(seen.has('ignored 30')).toBe(true);
  });

  it('addresses of 52 bits, 64K at both stages', () => {
    const seen = new Set<string>();
    fc.assert(fc.property(nested(16, 16, 6), (draw) => judge(draw, seen)), { numRuns: RUNS, seed: 4 });
    expect(['52 bits', 'updated', 'not updated', 'ignored 16', 'ignored 29', 'ignored 42', 'one-entry 34'].filter((one) => !seen.has(one))).toEqual([]);
  });
});
