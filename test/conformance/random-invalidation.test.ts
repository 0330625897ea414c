import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Smmu } from '../../src/model/smmu/smmu.ts';
import type { CacheOptions } from '../../src/model/smmu/options.ts';
import { answered, expected, worldOf } from './compare.ts';
import { oracle } from './oracle.ts';
import { bends, machines } from './random-draw.ts';
import type { Draw } from './random-draw.ts';
import { RandomMachine, SID, SID_B } from './random-machine.ts';

/**
 * Warm caches, changed tables, the commands that the change needs and no more (smmuv3.md 7): then every answer is that of
 * the tables as they are. What commands must leave alone is invalidation.test.ts.
 */

type Command = readonly [d0: bigint, d1?: bigint];

interface Scenario {
  readonly title: string;
  /** Whose descriptors change. */
  readonly stage?: 1 | 2;
  readonly commands: (m: RandomMachine) => readonly Command[];
}

const CFGI_ALL: Command = [0x04n, 31n];
const isEl2 = (m: RandomMachine): boolean => m.ste['Config'] === 5 && m.ste['STRW'] === 2;
const vmid = (m: RandomMachine): bigint => BigInt(m.ste['S2VMID'] as number) << 32n;
const asid = (m: RandomMachine): bigint => BigInt(m.cd['ASID'] as number) << 48n;
const inputs = (m: RandomMachine, stage: 1 | 2): bigint[] => m.paths.filter((one) => one.stage === stage).map(({ input }) => input);
/** Stage 1 paths are kept without their upper bits: an address of the upper half has them. */
const upperToo = (m: RandomMachine): bigint[] =>
  inputs(m, 1).flatMap((va) => [va, va | BigInt.asUintN(64, -(1n << BigInt(64 - (m.cd['T1SZ'] as number))))]);
const page = (address: bigint): bigint => address & ~0xfffn;

const SCENARIOS: readonly Scenario[] = [
  { title: 'everything: NSNH_ALL, EL2_ALL, CFGI_ALL', commands: () => [[0x30n], [0x20n], CFGI_ALL] },
  {
    title: 'everything of a VM: S12_VMALL (EL2_ALL), CFGI_STE of each stream',
    commands: (m) => [isEl2(m) ? [0x20n] : [0x28n | vmid(m)], ...[SID, SID_B].map((sid): Command => [0x03n | (BigInt(sid) << 32n)])],
  },
  { title: 'stage 1: NH_ALL (EL2_ALL)', stage: 1, commands: (m) => [isEl2(m) ? [0x20n] : [0x10n | vmid(m)]] },
  {
    title: 'stage 1: NH_VA (EL2_VA) of each page',
    stage: 1,
    commands: (m) => upperToo(m).map((va) => [(isEl2(m) ? 0x22n : 0x12n | vmid(m)) | asid(m), page(va)]),
  },
  {
    title: 'stage 1: NH_VAA (EL2_VAA) of each page',
    stage: 1,
    commands: (m) => upperToo(m).map((va) => [isEl2(m) ? 0x23n : 0x13n | vmid(m), page(va)]),
  },
  {
    title: 'stage 2: S2_IPA of each page, then NH_ALL, CFGI_CD_ALL',
    stage: 2,
    commands: (m) => [
      ...inputs(m, 2).map((ipa): Command => [0x2an | vmid(m), page(ipa)]),
      [0x10n | vmid(m)],
      [0x06n | (BigInt(SID) << 32n)],
      [0x06n | (BigInt(SID_B) << 32n)],
    ],
  },
];

const CACHES: readonly CacheOptions[] = [
  { config: 64, tlb: 256, s1Walk: 64, s2Walk: 64 },
  { config: 64, tlb: 0, s1Walk: 16, s2Walk: 16 },
  { config: 0, tlb: 16, s1Walk: 0, s2Walk: 4 },
];

function judge(draw: Draw, scenario: Scenario, change: Draw['bends']): void {
  for (const caches of CACHES) {
    const machine = new RandomMachine(draw);
    const smmu = new Smmu({ id: machine.id, memory: machine.memory, caches });
    machine.enable(smmu);
    for (const access of machine.accesses) answered(smmu, access);
    machine.bend(change, scenario.stage);
    for (const [d0, d1] of scenario.commands(machine)) machine.command(smmu, d0, d1);
    expect(smmu.read32(0x60), 'every command was legal').toBe(0);
    const world = worldOf(machine);
    expect(
      machine.accesses.map((access) => answered(smmu, access)),
      JSON.stringify(caches),
    ).toEqual(machine.accesses.map((access) => expected(oracle(world, access))));
    machine.memory.release();
  }
}

/** Addresses of their own would need commands of their own. */
const tame = machines.map((draw): Draw => ({ ...draw, accesses: draw.accesses.map((one) => ({ ...one, wild: null })) }));

describe('changed tables and the commands they need', () => {
  it.each(SCENARIOS.map((one) => [one.title, one] as const))('%s', (_, scenario) => {
    fc.assert(
      fc.property(tame, bends, (draw, change) => judge(draw, scenario, change)),
      { numRuns: 250 },
    );
  });

  it('the change shows: without commands some machine answers from its caches', () => {
    const silent: Scenario = { title: 'nothing', commands: () => [] };
    expect(() =>
      fc.assert(
        fc.property(tame, bends, (draw, change) => judge(draw, silent, change)),
        { numRuns: 250, seed: 5 },
      ),
    ).toThrow();
  });
});
