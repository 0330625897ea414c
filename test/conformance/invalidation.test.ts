import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../src/model/spec/index.ts';
import { DEFAULT_CACHES } from '../../src/model/smmu/options.ts';
import { CD_AT, COMMAND_QUEUE, GUEST, IOVA, IPA, NestedMachine, PA, S1_PAGE, S2_PAGE, SID } from './nested-machine.ts';

/** The scope of every CFGI and TLBI (smmuv3.md 7, IHI 0070 3.17, 4.3, 4.4): which stale entry each removes, and which it must leave. */

const VMID = 3n;
const ASID = 5n;
const OTHER = PA + 0x1000n;
const NH_ALL = 0x10n;
const NH_ASID = 0x11n;
const NH_VA = 0x12n;
const NH_VAA = 0x13n;
const S12_VMALL = 0x28n;
const S2_IPA = 0x2an;
const NSNH_ALL = 0x30n;
const tlbi = (op: bigint, vmid = VMID, asid = ASID): bigint => op | (vmid << 32n) | (asid << 48n);

type Command = readonly [d0: bigint, d1?: bigint];

/** Runs `change` under a warm cache, then `commands`; whether the access sees the change. */
function sees(change: (m: NestedMachine) => void, commands: readonly Command[], leaf = S1_PAGE, caches = DEFAULT_CACHES): boolean {
  const m = new NestedMachine({ caches });
  m.mapStage1(IOVA, IPA | leaf);
  expect(m.access().pa).toBe(PA);
  change(m);
  for (const [d0, d1] of commands) m.command(d0, d1);
  const { pa } = m.access();
  m.memory.release();
  return pa !== PA;
}

/** Stage 1 leaf to another page; stage 2 leaf to another page. */
const stage1 = (m: NestedMachine): void => {
  m.mapStage2(IPA + 0x1000n, OTHER | S2_PAGE);
  m.mapStage1(IOVA, (IPA + 0x1000n) | S1_PAGE);
};
const stage2 = (m: NestedMachine): void => void m.mapStage2(IPA, OTHER | S2_PAGE);

describe('TLBI by stage 1: what a changed leaf needs [command.CMD_TLBI_NH_ALL] [command.CMD_TLBI_NH_ASID] [command.CMD_TLBI_NH_VA] [command.CMD_TLBI_NH_VAA] [command.CMD_TLBI_NSNH_ALL] [command.CMD_TLBI_S12_VMALL]', () => {
  it.each<[string, boolean, Command[]]>([
    ['nothing', false, []],
    ['NH_ALL', true, [[tlbi(NH_ALL)]]],
    ['NH_ALL of another VMID', false, [[tlbi(NH_ALL, 4n)]]],
    ['NH_ASID', true, [[tlbi(NH_ASID)]]],
    ['NH_ASID of another ASID', false, [[tlbi(NH_ASID, VMID, 6n)]]],
    ['NH_ASID of another VMID', false, [[tlbi(NH_ASID, 4n)]]],
    ['NH_VA', true, [[tlbi(NH_VA), IOVA]]],
    ['NH_VA with Leaf', true, [[tlbi(NH_VA), IOVA | 1n]]],
    ['NH_VA of another page', false, [[tlbi(NH_VA), IOVA + 0x1000n]]],
    ['NH_VA of another ASID', false, [[tlbi(NH_VA, VMID, 6n), IOVA]]],
    ['NH_VA of another VMID', false, [[tlbi(NH_VA, 4n), IOVA]]],
    ['NH_VAA of any ASID', true, [[tlbi(NH_VAA, VMID, 6n), IOVA]]],
    ['S12_VMALL', true, [[tlbi(S12_VMALL)]]],
    ['S12_VMALL of another VMID', false, [[tlbi(S12_VMALL, 4n)]]],
    ['NSNH_ALL', true, [[NSNH_ALL]]],
    ['S2_IPA: combined entries are no IPA-keyed ones (4.4.3.1)', false, [[tlbi(S2_IPA), IPA]]],
    ['CFGI_STE: the TLB keeps its entries (3.21.3)', false, [[0x03n | (BigInt(SID) << 32n), 1n]]],
    ['CFGI_ALL', false, [[0x04n, 31n]]],
    ['EL2_ALL is CERROR_ILL without Hyp, and removes nothing', false, [[0x20n]]],
  ])('%s', (_, fresh, commands) => expect(sees(stage1, commands)).toBe(fresh));
});

describe('CR0.VMW = 1 (6.3.9): the VMID counts without its bit 0 [register.CR0.VMW] [register.IDR0.VMW]', () => {
  const VMW = 1 << 17;
  it.each<[string, boolean, Command]>([
    ['NH_VA of VMID 2', true, [tlbi(NH_VA, 2n), IOVA]],
    ['NH_ALL of VMID 2', true, [tlbi(NH_ALL, 2n)]],
    ['NH_ALL of VMID 1', false, [tlbi(NH_ALL, 1n)]],
  ])('%s', (_, fresh, command) => {
    const m = new NestedMachine({ caches: DEFAULT_CACHES, id: { IDR0: PRESETS['qemu-11'].id.IDR0 | VMW } });
    m.smmu.write32(0x20, 0b1100);
    m.smmu.write32(0x20, 0b1101 | (1 << 6));
    expect(m.access().pa).toBe(PA);
    stage1(m);
    m.command(...command);
    expect(m.access().pa !== PA).toBe(fresh);
    m.memory.release();
  });
});

describe('global entries (nG = 0, 3.17) [gotcha.28]', () => {
  const GLOBAL = S1_PAGE & ~0x800n;
  it.each<[string, boolean, Command[]]>([
    ['NH_ASID leaves them', false, [[tlbi(NH_ASID)]]],
    ['NH_VA removes them whatever the ASID', true, [[tlbi(NH_VA, VMID, 77n), IOVA]]],
    ['NH_ALL removes them', true, [[tlbi(NH_ALL)]]],
  ])('%s', (_, fresh, commands) => expect(sees(stage1, commands, GLOBAL)).toBe(fresh));

  it('a global entry answers another ASID of the VMID', () => {
    const m = new NestedMachine({ caches: DEFAULT_CACHES });
    m.mapStage1(IOVA, IPA | GLOBAL);
    m.ste({ S1ContextPtr: CD_AT + GUEST + 64n }, SID + 1);
    m.cd({ ASID: 6 }, CD_AT + 64n);
    m.access();
    stage1(m);
    expect(m.access('read', { sid: SID + 1 }).pa).toBe(PA);
    m.memory.release();
  });
});

describe('TLBI by stage 2: what a changed stage 2 leaf needs [command.CMD_TLBI_S2_IPA] [gotcha.29]', () => {
  it.each<[string, boolean, Command[]]>([
    ['S2_IPA alone leaves the combined entry', false, [[tlbi(S2_IPA), IPA]]],
    ['S2_IPA and NH_ALL', true, [[tlbi(S2_IPA), IPA], [tlbi(NH_ALL)]]],
    [
      'S2_IPA and NH_VA',
      true,
      [
        [tlbi(S2_IPA), IPA],
        [tlbi(NH_VA), IOVA],
      ],
    ],
    ['S12_VMALL', true, [[tlbi(S12_VMALL)]]],
    ['S12_VMALL of another VMID', false, [[tlbi(S12_VMALL, 4n)]]],
    ['NSNH_ALL', true, [[NSNH_ALL]]],
  ])('%s', (_, fresh, commands) => expect(sees(stage2, commands)).toBe(fresh));

  it.each<[string, boolean, Command[]]>([
    ['S2_IPA', true, [[tlbi(S2_IPA), IPA]]],
    ['S2_IPA of another VMID', false, [[tlbi(S2_IPA, 4n), IPA]]],
    ['S2_IPA of another IPA', false, [[tlbi(S2_IPA), IPA + 0x1000n]]],
    ['NH_ALL leaves IPA-keyed entries (7.4)', false, [[tlbi(NH_ALL)]]],
    ['S12_VMALL', true, [[tlbi(S12_VMALL)]]],
  ])('a stage 2 only stream: %s', (_, fresh, commands) => {
    const m = new NestedMachine({ caches: DEFAULT_CACHES, ste: { Config: 6 } });
    const read = (): bigint | undefined => m.access('read', { iova: IPA }).pa;
    expect(read()).toBe(PA);
    stage2(m);
    for (const [d0, d1] of commands) m.command(d0, d1);
    expect(read() !== PA).toBe(fresh);
    m.memory.release();
  });
});

describe('Leaf and walk caches (4.4)', () => {
  const caches = { config: 64, tlb: 0, s1Walk: 64, s2Walk: 64 };
  /** The level 2 descriptor of stage 1 leads to a copy of the level 3 table that maps IOVA elsewhere. */
  const table = (m: NestedMachine): void => {
    const [, , level2] = m.stage1Path(IOVA);
    const copy = 0x4058_0000n;
    m.mapStage2(copy + GUEST, copy | S2_PAGE);
    m.mapStage2(IPA + 0x1000n, OTHER | S2_PAGE);
    m.memory.write64(copy + ((IOVA >> 12n) & 0x1ffn) * 8n, (IPA + 0x1000n) | S1_PAGE);
    m.memory.write64(level2!, (copy + GUEST) | 3n);
  };
  it.each<[string, boolean, Command[]]>([
    ['nothing', false, []],
    ['NH_VA with Leaf = 1 leaves the table entry', false, [[tlbi(NH_VA), IOVA | 1n]]],
    ['NH_VA with Leaf = 0', true, [[tlbi(NH_VA), IOVA]]],
    ['NH_VA with Leaf = 0 of another 2 MiB', false, [[tlbi(NH_VA), IOVA + 0x20_0000n]]],
    ['NH_ASID', true, [[tlbi(NH_ASID)]]],
    ['S2_IPA', false, [[tlbi(S2_IPA), IPA]]],
  ])('a changed table descriptor: %s', (_, fresh, commands) => expect(sees(table, commands, S1_PAGE, caches)).toBe(fresh));
});

describe('range and level fields (RIL, 4.4.1.1) [register.IDR3.RIL] [gotcha.30]', () => {
  const range = (num: bigint, scale = 0n): bigint => tlbi(NH_VA) | (num << 12n) | (scale << 20n);
  const TG_4K = 1n << 10n;
  const TG_64K = 3n << 10n;
  const ttl = (level: bigint): bigint => level << 8n;
  it.each<[string, boolean, Command[]]>([
    ['a range that ends before the page', false, [[range(1n), (IOVA - 0x2000n) | TG_4K]]],
    ['a range whose last page it is', true, [[range(2n), (IOVA - 0x2000n) | TG_4K]]],
    ['a scaled range', true, [[range(0n, 5n), (IOVA - 0x1_f000n) | TG_4K]]],
    ['a scaled range that ends before', false, [[range(0n, 5n), (IOVA - 0x2_0000n) | TG_4K]]],
    ['another granule need not match', false, [[range(7n), IOVA | TG_64K]]],
    ['the level that the leaf has', true, [[range(0n), IOVA | TG_4K | ttl(3n)]]],
    ['another level need not match', false, [[range(1n), IOVA | TG_4K | ttl(2n)]]],
  ])('%s', (_, fresh, commands) => expect(sees(stage1, commands)).toBe(fresh));

  it('one address of a stage 1 block removes all of its pieces (QEMU does not: D12)', () => {
    const m = new NestedMachine({ caches: DEFAULT_CACHES });
    const block = 0x1234_5620_0000n;
    for (let i = 0n; i < 3n; i++) m.mapStage2(0x10_4120_0000n + i * 0x1000n, (PA + i * 0x1000n) | S2_PAGE);
    for (let i = 0n; i < 3n; i++) m.mapStage2(0x10_4140_0000n + i * 0x1000n, (PA + 0x10_0000n + i * 0x1000n) | S2_PAGE);
    const level2 = m.stage1Path(IOVA)[2]! + 8n;
    m.memory.write64(level2, 0x10_4120_0000n | (S1_PAGE & ~2n));
    const pas = (): (bigint | undefined)[] => [0n, 1n, 2n].map((i) => m.access('read', { iova: block + i * 0x1000n }).pa);
    expect(pas()).toEqual([PA, PA + 0x1000n, PA + 0x2000n]);
    m.memory.write64(level2, 0x10_4140_0000n | (S1_PAGE & ~2n));
    m.command(tlbi(NH_VA), block + 0x1000n);
    expect(pas()).toEqual([PA + 0x10_0000n, PA + 0x10_1000n, PA + 0x10_2000n]);
    m.memory.release();
  });
});

describe('CFGI (4.3) [command.CMD_CFGI_STE] [command.CMD_CFGI_STE_RANGE] [command.CMD_CFGI_CD] [command.CMD_CFGI_CD_ALL] [gotcha.6]', () => {
  const sid = BigInt(SID) << 32n;
  const abort = (m: NestedMachine): void => m.setSte('Config', 0);
  const cdInvalid = (m: NestedMachine): void => m.cd({ V: false });
  const status = (change: (m: NestedMachine) => void, command: Command): string => {
    const m = new NestedMachine({ caches: DEFAULT_CACHES });
    m.access();
    change(m);
    m.command(...command);
    const result = m.access('read', { iova: IOVA }).status;
    m.memory.release();
    return result;
  };
  it.each<[string, (m: NestedMachine) => void, Command, string]>([
    ['no command: the STE is cached', abort, [0x46n], 'success'],
    ['CFGI_STE of the stream', abort, [0x03n | sid, 1n], 'abort'],
    ['CFGI_STE of another stream', abort, [0x03n | (9n << 32n), 1n], 'success'],
    ['CFGI_STE_RANGE that holds the stream', abort, [0x04n | (10n << 32n), 1n], 'abort'],
    ['CFGI_STE_RANGE beside it', abort, [0x04n | (12n << 32n), 1n], 'success'],
    ['CFGI_ALL', abort, [0x04n, 31n], 'abort'],
    ['CFGI_CD leaves the STE', abort, [0x05n | sid, 1n], 'success'],
    ['no command: the CD is cached', cdInvalid, [0x46n], 'success'],
    ['CFGI_CD of the stream', cdInvalid, [0x05n | sid, 1n], 'fault'],
    ['CFGI_CD of another stream', cdInvalid, [0x05n | (9n << 32n), 1n], 'success'],
    ['CFGI_CD_ALL', cdInvalid, [0x06n | sid], 'fault'],
    ['CFGI_STE takes the CD with it', cdInvalid, [0x03n | sid, 1n], 'fault'],
    ['TLBI leaves configuration', cdInvalid, [NSNH_ALL], 'success'],
  ])('%s', (_, change, command, expected) => expect(status(change, command)).toBe(expected));

  it('CFGI_CD fetches the CD anew, not the STE [rule.config.hit]', () => {
    const m = new NestedMachine({ caches: DEFAULT_CACHES });
    m.access();
    m.command(0x05n | sid, 1n);
    m.setSte('V', false);
    expect(m.access().status).toBe('success');
    m.memory.release();
  });

  it('an entry is not made for what is not valid: valid again needs no command (3.21.3 allows it) [gotcha.31]', () => {
    const m = new NestedMachine({ caches: DEFAULT_CACHES, ste: { V: false } });
    expect(m.access().status).toBe('fault');
    m.setSte('V', true);
    expect(m.access().status).toBe('success');
    m.memory.release();
  });

  it('SMMUEN 0 and 1 again keeps caches (6.3.9.6) [register.CR0.SMMUEN] [gotcha.31]', () => {
    const m = new NestedMachine({ caches: DEFAULT_CACHES });
    m.access();
    stage1(m);
    m.smmu.write32(0x20, 0b1100);
    m.smmu.write32(0x20, 0b1101);
    expect(m.access().pa).toBe(PA);
    m.memory.release();
  });
});

describe('the TLB', () => {
  it('does not tag by StreamID: streams of one VMID and ASID share entries (3.17) [gotcha.5] [ste.S2VMID] [cd.ASID]', () => {
    const m = new NestedMachine({ caches: DEFAULT_CACHES });
    m.ste({}, SID + 1);
    m.access();
    stage1(m);
    expect(m.access('read', { sid: SID + 1 }).pa).toBe(PA);
    m.memory.release();
  });

  it('answers the permission that the entry holds, naming the stage and the IPA', () => {
    const m = new NestedMachine({ caches: DEFAULT_CACHES });
    m.mapStage2(IPA, PA | 0x77fn);
    expect(m.access('read').status).toBe('success');
    const outcome = m.access('write', { iova: IOVA + 0x10n });
    expect(outcome).toMatchObject({ status: 'fault', fault: { name: 'F_PERMISSION', stage: 2 }, reads: 0 });
    expect(outcome.events[0]![6]).toBe(Number(IPA & 0xffff_f000n));
    m.memory.release();
  });

  it('stays right over many invalidations of everything', () => {
    const m = new NestedMachine({ caches: DEFAULT_CACHES });
    for (let i = 0; i < 70; i++) {
      m.command(tlbi(NSNH_ALL));
      expect(m.access().pa).toBe(PA);
    }
    expect(m.smmu.read32(0x9c)).toBe(m.smmu.read32(0x98));
    expect(m.memory.read64(COMMAND_QUEUE)).toBe(tlbi(NSNH_ALL));
    m.memory.release();
  });
});
