import { afterEach, describe, expect, it } from 'vitest';
import type { StaleHit } from '../../src/model/smmu/coherence/stale-hit.ts';
import { commandWords } from '../../src/model/smmu/coherence/removal.ts';
import { DEFAULT_CACHES } from '../../src/model/smmu/options.ts';
import type { Outcome } from '../../src/model/smmu/smmu.ts';
import { fromWords } from '../../src/model/base/address.ts';
import type { FieldValues } from '../../src/model/spec/index.ts';
import { PRESETS } from '../../src/model/spec/index.ts';
import { CD_AT, GUEST, IOVA, IPA, NestedMachine, PA, S1_PAGE, S2_PAGE, SID, STREAM_TABLE } from './nested-machine.ts';
import type { MachineOptions } from './nested-machine.ts';

/**
 * The coherence checker (IHI 0070 3.17, 3.21, 4.3, 4.4, 16.2): a hit that memory would not give any more is named with what
 * changed and the least command that was missing. With that command nothing is told.
 */

let m: NestedMachine;
afterEach(() => m.memory.release());

const machine = (options: MachineOptions = {}): NestedMachine =>
  (m = new NestedMachine({ caches: DEFAULT_CACHES, checkCoherence: true, ...options }));

/** With HTTU at stage 1. */
const updating = (cd: FieldValues): NestedMachine => machine({ id: { IDR0: PRESETS['qemu-11'].id.IDR0 | (2 << 6) }, cd });

const commandsOf = (hit: StaleHit): string =>
  hit.commands
    .map(({ name, fields }) => [name, ...Object.entries(fields).map(([field, value]) => `${field}=0x${value.toString(16)}`)].join(' '))
    .join(', ');

/** `TLB: S1 L3; CMD_TLBI_NH_VA VMID=0x3 ...`: what is told of a hit, in short. */
const told = (hit: StaleHit): string =>
  `${hit.cache}: ${hit.words.map(({ structure, fields }) => [structure, ...fields].join('.')).join(', ')}; ${commandsOf(hit)}`;
const stale = (outcome: Outcome): string[] => outcome.stale.map(told);

/** Issues what was told, and asks again: nothing may be told then. */
function heal(outcome: Outcome, access: () => Outcome): Outcome {
  for (const hit of outcome.stale) {
    for (const command of hit.commands) {
      const [a, b, c, d] = commandWords(command);
      m.command(fromWords(b!, a!), fromWords(d!, c!));
    }
  }
  return access();
}

const TLB_VA = 'CMD_TLBI_NH_VA VMID=0x3 ASID=0x5 Address=0x123456000000';
const OTHER = 0x1000n;
/** Bits of a stage 1 leaf. */
const NG = 0x800n;
const READ_ONLY = 0x80n;
const DBM = 1n << 51n;

interface Case {
  readonly what: string;
  readonly options?: MachineOptions;
  readonly change: () => void;
  readonly told: readonly string[];
  /** What the access comes to once the commands were issued. */
  readonly then: Partial<Outcome>;
  /** Stale entries behind those that were found first. */
  readonly behind?: readonly string[];
}

const CASES: readonly Case[] = [
  {
    what: 'a leaf of stage 1 [rule.stale.s1-leaf] [command.CMD_TLBI_NH_VA]',
    change: () => m.mapStage1(IOVA, 0n),
    told: [`TLB: S1 L3; ${TLB_VA} Leaf=0x1`],
    then: { status: 'fault', rule: 's1.invalid' },
  },
  {
    what: 'a table of stage 1 [rule.stale.s1-table]',
    change: () => m.memory.write64(m.stage1Path(IOVA)[2]!, 0n),
    told: [`TLB: S1 L2; ${TLB_VA} Leaf=0x0`],
    then: { status: 'fault', rule: 's1.invalid' },
  },
  {
    what: 'a leaf of stage 2 behind a combined entry [rule.stale.combined] [command.CMD_TLBI_S2_IPA] [gotcha.29]',
    change: () => m.mapStage2(IPA, 0n),
    told: ['TLB: S2 L3; CMD_TLBI_S2_IPA VMID=0x3 Address=0x1041000000 Leaf=0x1, CMD_TLBI_NH_ALL VMID=0x3'],
    then: { status: 'fault', rule: 's2.invalid' },
  },
  {
    what: 'a leaf of stage 2 of a stage-2-only stream [rule.stale.s2-leaf]',
    options: { ste: { Config: 6 } },
    change: () => m.mapStage2(IPA, (PA + OTHER) | S2_PAGE),
    told: ['TLB (stage 2 entry): S2 L3; CMD_TLBI_S2_IPA VMID=0x3 Address=0x1041000000 Leaf=0x1'],
    then: { status: 'success', pa: PA + OTHER },
  },
  {
    what: 'a table of stage 2 of a stage-2-only stream [rule.stale.s2-table] [command.CMD_TLBI_S2_IPA]',
    options: { ste: { Config: 6 } },
    change: () => m.memory.write64(m.stage2Path(IPA)[1]!, 0n),
    told: ['TLB (stage 2 entry): S2 L2; CMD_TLBI_S2_IPA VMID=0x3 Address=0x1041000000 Leaf=0x0'],
    then: { status: 'fault', rule: 's2.invalid' },
  },
  {
    what: 'the CD made invalid [rule.stale.cd] [command.CMD_CFGI_CD]',
    change: () => m.cd({ V: false }),
    told: ['configuration cache: CD.V; CMD_CFGI_CD StreamID=0x8 SubstreamID=0x0 Leaf=0x1'],
    then: { status: 'fault', rule: 'cd.v' },
  },
  {
    what: 'TTB0 of the CD: configuration first, then the TLB [rule.stale.cd-fields]',
    change: () => m.cd({ TTB0: 0x4070_0000n + GUEST }),
    told: [
      'configuration cache: CD.TTB0; CMD_CFGI_CD StreamID=0x8 SubstreamID=0x0 Leaf=0x1',
      'TLB: CD.TTB0; CMD_TLBI_NH_ASID VMID=0x3 ASID=0x5',
    ],
    then: { status: 'fault', rule: 's2.invalid' },
  },
  {
    what: 'the STE made invalid [rule.stale.ste] [command.CMD_CFGI_STE]',
    change: () => m.setSte('V', false),
    told: ['configuration cache: STE.V; CMD_CFGI_STE StreamID=0x8 Leaf=0x1'],
    then: { status: 'fault', rule: 'ste.v' },
  },
  {
    what: 'S2TTB of the STE [rule.stale.ste-fields]',
    change: () => m.setSte('S2TTB', 0x4071_0000n),
    told: ['configuration cache: STE.S2TTB; CMD_CFGI_STE StreamID=0x8 Leaf=0x1'],
    then: { status: 'success' },
    behind: ['TLB (stage 2 entry): STE.S2TTB; CMD_TLBI_S12_VMALL VMID=0x3'],
  },
  {
    what: 'stage 2 of the page of the CD: TLBIs do not reach configuration [rule.stale.cd-ipa]',
    change: () => m.mapStage2(CD_AT + GUEST, 0n),
    told: ['configuration cache: S2 L3; CMD_CFGI_CD StreamID=0x8 SubstreamID=0x0 Leaf=0x1'],
    then: { status: 'success' },
    behind: ['TLB (stage 2 entry): S2 L3; CMD_TLBI_S2_IPA VMID=0x3 Address=0x1040600000 Leaf=0x1'],
  },
];

describe('an entry that is stale is named, with the least command; with that command it is right', () => {
  it.each(CASES.map((one) => [one.what, one] as const))('%s', (_, { options, change, told: expected, then, behind }) => {
    machine(options);
    const iova = options?.ste?.Config === 6 ? IPA : IOVA;
    const access = (): Outcome => m.access('read', { iova });
    expect([access().stale, access().stale]).toEqual([[], []]);
    change();
    const first = access();
    expect(first.status).toBe('success');
    expect(stale(first)).toEqual(expected);
    const second = heal(first, access);
    expect(second).toMatchObject(then);
    expect(stale(second)).toEqual(behind ?? []);
    // What was filled through a stale entry is found when that is gone.
    expect(stale(heal(heal(second, access), access))).toEqual([]);
  });
});

it('of a hit it tells the key, the filler, what a walk gives now and the words', () => {
  const leaf = machine().mapStage1(IOVA, IPA | S1_PAGE);
  m.access();
  m.access();
  m.memory.write64(leaf, 0n);
  const [hit] = m.access().stale;
  expect(hit).toMatchObject({
    key: 'VMID 3, ASID 5, IOVA 0x123456000000',
    filledBy: 1,
    now: { status: 'fault', event: 'F_TRANSLATION' },
    rule: 'stale.s1-leaf',
    required: 'must',
    breakBeforeMake: false,
  });
  expect(hit!.words).toMatchObject([{ pa: leaf, old: IPA | S1_PAGE, now: 0n, by: 'software', step: 0 }]);
});

it('an entry that allows less than memory does now may stay', () => {
  machine();
  m.mapStage1(IOVA, IPA | S1_PAGE | 0x80n);
  expect(m.access('read').status).toBe('success');
  m.mapStage1(IOVA, IPA | S1_PAGE);
  expect(m.access('write')).toMatchObject({ status: 'fault', stale: [{ required: 'may', now: { status: 'success', pa: PA } }] });
});

it('valid to valid without a break is told as such', () => {
  machine();
  m.mapStage2(IPA + OTHER, (PA + OTHER) | S2_PAGE);
  m.access();
  m.mapStage1(IOVA, (IPA + OTHER) | S1_PAGE);
  expect(m.access().stale).toMatchObject([{ breakBeforeMake: true, required: 'must' }]);
});

it('invalid in between is told as a missing command alone', () => {
  machine();
  m.access();
  m.mapStage1(IOVA, 0n);
  m.mapStage1(IOVA, (IPA + OTHER) | S1_PAGE);
  expect(m.access().stale).toMatchObject([{ breakBeforeMake: false, required: 'must' }]);
});

it('an entry that was made by way of a walk cache was made from what that remembers', () => {
  machine();
  m.mapStage1(IOVA + OTHER, IPA | S1_PAGE);
  for (const iova of [IOVA, IOVA + OTHER]) m.access('read', { iova });
  m.memory.write64(m.stage1Path(IOVA)[2]!, 0n);
  expect(stale(m.access('read', { iova: IOVA + OTHER }))).toEqual([
    'TLB: S1 L2; CMD_TLBI_NH_VA VMID=0x3 ASID=0x5 Address=0x123456001000 Leaf=0x0',
  ]);
});

it('so was one of stage 2', () => {
  machine({ ste: { Config: 6 } });
  m.mapStage2(IPA + OTHER, PA | S2_PAGE);
  for (const iova of [IPA, IPA + OTHER]) m.access('read', { iova });
  m.memory.write64(m.stage2Path(IPA)[1]!, 0n);
  expect(stale(m.access('read', { iova: IPA + OTHER }))).toEqual([
    'TLB (stage 2 entry): S2 L2; CMD_TLBI_S2_IPA VMID=0x3 Address=0x1041001000 Leaf=0x0',
  ]);
});

it('a global entry goes by its address under any ASID [command.CMD_TLBI_NH_VAA]', () => {
  machine();
  m.mapStage1(IOVA, IPA | (S1_PAGE & ~NG));
  m.access();
  m.mapStage1(IOVA, 0n);
  expect(stale(m.access())).toEqual(['TLB: S1 L3; CMD_TLBI_NH_VAA VMID=0x3 Address=0x123456000000 Leaf=0x1']);
});

it('flags that hardware updated for another are no reason where software changed something [rule.httu.dirty]', () => {
  const flags = { HA: true, HD: true };
  updating(flags);
  m.ste({ S1ContextPtr: CD_AT + 64n + GUEST }, SID + 1);
  m.cd({ ...flags, ASID: 6 }, CD_AT + 64n);
  m.mapStage1(IOVA, IPA | S1_PAGE | DBM | READ_ONLY);
  m.access('read');
  expect(m.access('write', { sid: SID + 1 })).toMatchObject({ updates: 1, stale: [] });
  m.mapStage2(IPA, 0n);
  expect(m.access('read').stale.map(({ words }) => words.map(({ structure }) => structure))).toEqual([['S2 L3']]);
});

it('an entry that hides an update of flags is stale, and looking writes nothing [rule.httu.dirty]', () => {
  updating({ HA: true, HD: true });
  const clean = IPA | S1_PAGE | DBM | READ_ONLY;
  const leaf = m.mapStage1(IOVA, clean);
  expect(m.access('write')).toMatchObject({ updates: 1, stale: [] });
  m.memory.write64(leaf, clean);
  expect(stale(m.access('write'))).toEqual([`TLB: S1 L3; ${TLB_VA} Leaf=0x1`]);
  expect(m.memory.read64(leaf)).toBe(clean);
});

it('what does not matter to the access is not told', () => {
  machine();
  m.access();
  m.mapStage1(IOVA, IPA | S1_PAGE | (1n << 55n));
  m.cd({ A: true, R: true, MAIR1: 0x44n });
  expect(m.access('write').stale.filter(({ cache }) => cache === 'TLB')).toEqual([]);
});

it('a level-1 descriptor of the stream table: CMD_CFGI_STE with Leaf 0 [rule.stale.l1std] [command.CMD_CFGI_STE]', () => {
  machine();
  const [level1, level2] = [0x4074_0000n, 0x4075_0000n];
  m.memory.writeBytes(level2, m.memory.readBytes(STREAM_TABLE, 0x4000)!);
  m.memory.write64(level1, level2 | 9n);
  m.smmu.write32(0x20, 0b1100);
  m.smmu.write64(0x80, level1);
  m.smmu.write32(0x88, (1 << 16) | (8 << 6) | 9);
  m.smmu.write32(0x20, 0b1101);
  expect([m.access().status, m.access().status]).toEqual(['success', 'success']);
  m.memory.write64(level1, 0n);
  const outcome = m.access();
  expect(stale(outcome)).toEqual(['configuration cache: L1STD; CMD_CFGI_STE StreamID=0x8 Leaf=0x0']);
  expect(heal(outcome, () => m.access())).toMatchObject({ rule: 'sid.l1std', stale: [] });
});

it('a level-1 descriptor of a table of CDs: CMD_CFGI_CD with Leaf 0 [rule.stale.l1cd] [command.CMD_CFGI_CD]', () => {
  const level1 = 0x4074_0000n;
  const { id } = PRESETS['qemu-11'];
  machine({ id: { IDR0: id.IDR0 | (1 << 19), IDR1: id.IDR1 | (20 << 6) }, ste: { S1ContextPtr: level1 + GUEST, S1Fmt: 1, S1CDMax: 7, S1DSS: 2 } });
  m.memory.write64(level1, (CD_AT + GUEST) | 1n);
  m.mapStage2(level1 + GUEST, level1 | S2_PAGE);
  expect([m.access().status, m.access().status]).toEqual(['success', 'success']);
  m.memory.write64(level1, 0n);
  const outcome = m.access();
  expect(stale(outcome)).toEqual(['configuration cache: L1CD; CMD_CFGI_CD StreamID=0x8 SubstreamID=0x0 Leaf=0x0']);
  expect(heal(outcome, () => m.access())).toMatchObject({ rule: 'l1cd.invalid', stale: [] });
});

it('a stream table that was put elsewhere while the SMMU was off [rule.stale.registers] [command.CMD_CFGI_STE_RANGE]', () => {
  machine();
  // What was found to be right before is asked anew.
  for (let i = 0; i < 3; i++) expect(m.access().stale).toEqual([]);
  m.smmu.write32(0x20, 0b1100);
  m.smmu.write64(0x80, 0x4074_0000n);
  m.smmu.write32(0x20, 0b1101);
  const outcome = m.access();
  expect(stale(outcome)).toEqual(['configuration cache: ; CMD_CFGI_STE_RANGE Range=0x1f']);
  expect(heal(outcome, () => m.access())).toMatchObject({ rule: 'ste.v', stale: [] });
});

it('streams that share tags and disagree: no word changed and no command helps [rule.stale.tags]', () => {
  machine();
  m.ste({ S1ContextPtr: CD_AT + 64n + GUEST }, SID + 1);
  m.cd({ TTB0: 0x4070_0000n + GUEST }, CD_AT + 64n);
  m.access();
  expect(stale(m.access('read', { sid: SID + 1 }))).toEqual(['TLB: ; ']);
});
