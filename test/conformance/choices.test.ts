// Alternatives of spec/choices.ts that a transaction meets; those of registers, queues and commands are beside them.
import { describe, expect, it } from 'vitest';
import { fromWords } from '../../src/model/base/address.ts';
import { commandWords } from '../../src/model/smmu/coherence/removal.ts';
import { staleHitText } from '../../src/model/smmu/coherence/stale-hit-text.ts';
import { DEFAULT_CACHES } from '../../src/model/smmu/options.ts';
import type { Outcome } from '../../src/model/smmu/smmu.ts';
import { PRESETS } from '../../src/model/spec/index.ts';
import type { Choices, FieldValues } from '../../src/model/spec/index.ts';
import { CD_AT, eventOf, GUEST, IOVA, IPA, NestedMachine, PA, S1_PAGE, S2_PAGE, SID, STREAM_TABLE } from './nested-machine.ts';
import type { MachineOptions } from './nested-machine.ts';

const BASE = PRESETS['qemu-11'].id;
const BEYOND = 1n << 46n;

describe('STE.beyond-oas: a stream table beyond OAS [event.F_STE_FETCH] [register.STRTAB_BASE.ADDR]', () => {
  const moved = (alternative: 'F_STE_FETCH' | 'truncate'): NestedMachine => {
    const machine = new NestedMachine({ choices: { 'STE.beyond-oas': alternative } });
    machine.smmu.write32(0x20, 0);
    machine.smmu.write64(0x80, STREAM_TABLE | BEYOND);
    machine.smmu.write32(0x20, 0b1101);
    return machine;
  };

  it('faults, or is cut to the address size', () => {
    expect(moved('F_STE_FETCH').access().fault?.name).toBe('F_STE_FETCH');
    expect(moved('truncate').access().pa).toBe(PA);
  });
});

describe('L1CD.beyond-ias: an L2Ptr beyond IAS of a nested stream [event.C_BAD_SUBSTREAMID]', () => {
  const id = { IDR0: BASE.IDR0 | (1 << 19), IDR1: BASE.IDR1 | (20 << 6) };
  const pointing = (alternative: 'C_BAD_SUBSTREAMID' | 'F_TRANSLATION'): NestedMachine => {
    const machine = new NestedMachine({ id, ste: { S1CDMax: 8, S1Fmt: 1, S1DSS: 2 }, choices: { 'L1CD.beyond-ias': alternative } });
    machine.memory.write64(CD_AT, BEYOND | 1n);
    return machine;
  };

  it('is an invalid L1CD, or a stage 2 fault of class CD', () => {
    expect(pointing('C_BAD_SUBSTREAMID').access().fault?.name).toBe('C_BAD_SUBSTREAMID');
    expect(pointing('F_TRANSLATION').access().fault).toMatchObject({ name: 'F_TRANSLATION', stage: 2 });
  });
});

describe('misuse that a transaction brings to light', () => {
  it('names the address of the stream table, and the stream whose CDs lie beyond IAS', () => {
    const told: string[] = [];
    const onMisuse = ({ id, address }: { readonly id: string; readonly address: bigint }): void => void told.push(`${id} 0x${address.toString(16)}`);
    const machine = new NestedMachine({ ste: { S1ContextPtr: BEYOND }, onMisuse });
    machine.access();
    expect(told).toEqual([`pointer-beyond-ias 0x${SID.toString(16)}`]);
    const table = new NestedMachine({ onMisuse });
    table.smmu.write32(0x20, 0);
    table.smmu.write64(0x80, STREAM_TABLE | BEYOND);
    table.smmu.write32(0x20, 0b1101);
    table.access('read', { iova: IOVA });
    expect(told.at(-1)).toBe(`address-beyond-oas 0x${(STREAM_TABLE + BEYOND + BigInt(SID) * 64n).toString(16)}`);
  });
});

const cached = (choices: Partial<Choices>, options: MachineOptions = {}): NestedMachine => new NestedMachine({ caches: DEFAULT_CACHES, checkCoherence: true, choices, ...options });

function command(machine: NestedMachine, name: string, fields: Readonly<Record<string, bigint>> = {}): void {
  const [a, b, c, d] = commandWords({ name, fields });
  machine.command(fromWords(b!, a!), fromWords(d!, c!));
}

/** Status, or the name of the fault. */
const end = ({ status, fault }: Outcome): string => fault?.name ?? status;
const cfgiSte = (machine: NestedMachine, sid = SID): void => command(machine, 'CMD_CFGI_STE', { StreamID: BigInt(sid), Leaf: 1n });

describe('STE.S1ContextPtr-beyond-ias [rule.ste.s1contextptr.ias] [event.C_BAD_STE]', () => {
  it('is an ILLEGAL STE, or a stage 2 fault of class CD; other rules are asked all the same', () => {
    const access = (alternative: Choices['STE.S1ContextPtr-beyond-ias'], ste: FieldValues = {}): Outcome =>
      new NestedMachine({ ste: { S1ContextPtr: BEYOND, ...ste }, choices: { 'STE.S1ContextPtr-beyond-ias': alternative } }).access();
    expect(end(access('C_BAD_STE'))).toBe('C_BAD_STE');
    expect(access('F_TRANSLATION').fault).toMatchObject({ name: 'F_TRANSLATION', stage: 2 });
    expect(access('F_TRANSLATION', { S2T0SZ: 5 })).toMatchObject({ rule: 'ste.s2t0sz' });
  });
});

describe('STE.S2SL0-small-oas [rule.ste.s2sl0]', () => {
  it('is reserved, or the level where the walk starts; a start level that does not fit S2T0SZ is ILLEGAL in any case', () => {
    const id = { IDR5: (BASE.IDR5 & ~7) | 2 };
    const access = (alternative: Choices['STE.S2SL0-small-oas'], S2T0SZ: number): Outcome =>
      new NestedMachine({ id, ste: { S2SL0: 2, S2T0SZ }, choices: { 'STE.S2SL0-small-oas': alternative } }).access();
    expect(access('C_BAD_STE', 24)).toMatchObject({ rule: 'ste.s2sl0' });
    expect(access('legal', 24).rule).not.toBe('ste.s2sl0');
    expect(access('legal', 25)).toMatchObject({ rule: 'ste.s2sl0' });
  });
});

describe('structure.reserved-bits [rule.ste.reserved-bits] [rule.cd.reserved-bits] [event.C_BAD_STE] [event.C_BAD_CD] [event.C_BAD_STREAMID] [event.C_BAD_SUBSTREAMID]', () => {
  const ends = (change: (machine: NestedMachine) => void, options: MachineOptions = {}): string[] =>
    (['ignored', 'invalid'] as const).map((alternative) => {
      const machine = new NestedMachine({ choices: { 'structure.reserved-bits': alternative }, ...options });
      change(machine);
      return end(machine.access());
    });
  const set = (machine: NestedMachine, at: bigint, bits: bigint): void => void machine.memory.write64(at, machine.memory.read64(at)! | bits);

  it('do not count, or make STE and CD ILLEGAL', () => {
    expect(ends((machine) => machine.setSte('S2POI0', 3))).toEqual(['success', 'C_BAD_STE']);
    expect(ends((machine) => set(machine, CD_AT + 8n, 1n << 56n))).toEqual(['success', 'C_BAD_CD']);
    expect(ends((machine) => machine.ste({ Config: 0, S2POI0: 3 }))).toEqual(['abort', 'abort']);
    expect(ends((machine) => machine.setSte('SHCFG', 1))).toEqual(['success', 'success']);
  });

  it('of level-1 descriptors', () => {
    const L2 = STREAM_TABLE + 0x8000n;
    const twoLevel = (bits: bigint) => (machine: NestedMachine): void => {
      machine.smmu.write32(0x20, 0);
      machine.memory.writeBytes(L2, machine.memory.readBytes(STREAM_TABLE, 0x1000)!);
      machine.memory.write64(STREAM_TABLE, L2 | 7n | bits);
      machine.smmu.write32(0x88, 8 | (6 << 6) | (1 << 16));
      machine.smmu.write32(0x20, 0b1101);
    };
    expect(ends(twoLevel(0n))).toEqual(['success', 'success']);
    expect(ends(twoLevel(1n << 60n))).toEqual(['success', 'C_BAD_STREAMID']);
    const id = { IDR0: BASE.IDR0 | (1 << 19), IDR1: BASE.IDR1 | (20 << 6) };
    const leaf = (bits: bigint) => (machine: NestedMachine): void => {
      machine.cd({}, CD_AT + 0x1000n);
      machine.mapStage2(CD_AT + GUEST + 0x1000n, (CD_AT + 0x1000n) | S2_PAGE);
      machine.memory.writeBytes(CD_AT, new Uint8Array(64));
      machine.memory.write64(CD_AT, (CD_AT + GUEST + 0x1000n) | 1n | bits);
    };
    const options = { id, ste: { S1CDMax: 8, S1Fmt: 1, S1DSS: 2 } };
    expect(ends(leaf(0n), options)).toEqual(['success', 'success']);
    expect(ends(leaf(1n << 60n), options)).toEqual(['success', 'C_BAD_SUBSTREAMID']);
  });
});

describe('config.invalid-cached [rule.stale.ste] [rule.stale.cd] [gotcha.31]', () => {
  const CASES: readonly (readonly [string, (machine: NestedMachine, valid: boolean) => void, string, (machine: NestedMachine) => void])[] = [
    ['an STE', (machine, valid) => machine.setSte('V', valid), 'CMD_CFGI_STE', (machine) => cfgiSte(machine)],
    ['an ILLEGAL STE', (machine, valid) => machine.setSte('S2T0SZ', valid ? 24 : 5), 'CMD_CFGI_STE', (machine) => cfgiSte(machine)],
    ['a CD', (machine, valid) => machine.cd({ V: valid }), 'CMD_CFGI_CD', (machine) => command(machine, 'CMD_CFGI_CD', { StreamID: BigInt(SID), Leaf: 1n })],
  ];
  it.each(CASES)('%s that becomes valid is seen at once, or after its command', (_, make, missing, heal) => {
    for (const alternative of ['never', 'cached'] as const) {
      const machine = cached({ 'config.invalid-cached': alternative });
      make(machine, false);
      const before = end(machine.access());
      expect(before).toMatch(/^C_BAD_/);
      make(machine, true);
      const after = machine.access();
      expect(end(after)).toBe(alternative === 'never' ? 'success' : before);
      expect(after.stale.map(staleHitText)).toEqual(alternative === 'never' ? [] : [expect.stringContaining(`missing: ${missing} StreamID=8`)]);
      heal(machine);
      command(machine, 'CMD_SYNC');
      expect(machine.access()).toMatchObject({ status: 'success', stale: [] });
    }
  });

  it('a CD that another CR2.E2H makes legal is fetched again [register.CR2.E2H]', () => {
    const id = { IDR0: BASE.IDR0 | (1 << 9) };
    const ste = { Config: 5, STRW: 2, S1ContextPtr: CD_AT };
    const machine = cached({ 'config.invalid-cached': 'cached' }, { id, ste, cr2: 2 });
    // EL2 without E2H has no EPD0: its T0SZ counts.
    machine.cd({ EPD0: true, EPD1: true, T0SZ: 5 });
    expect(machine.access()).toMatchObject({ rule: 'cd.t0sz' });
    machine.smmu.write32(0x20, 0b1100);
    machine.smmu.write32(0x2c, 3);
    machine.smmu.write32(0x20, 0b1101);
    expect(machine.access()).toMatchObject({ rule: 's1.epd' });
  });

  it('what is invalid and stays so is no stale hit, and the fault is the same each time', () => {
    const machine = cached({ 'config.invalid-cached': 'cached' });
    machine.cd({ V: false });
    const first = machine.access();
    const again = machine.access();
    expect([again.stale, again.events, again.rule]).toEqual([[], first.events, first.rule]);
    expect(again.reads).toBeLessThan(first.reads);
  });
});

describe('STE.CONT-span: an STE of a span answers for its neighbours [ste.CONT]', () => {
  it('until it is invalidated by its own StreamID; without CONT never', () => {
    for (const [alternative, CONT, expected] of [['ignored', 1, 'C_BAD_STE'], ['span', 1, 'success'], ['span', 0, 'C_BAD_STE']] as const) {
      const machine = cached({ 'STE.CONT-span': alternative }, { ste: { CONT } });
      machine.access();
      machine.ste({ V: false }, SID + 1);
      const neighbour = machine.access('read', { sid: SID + 1 });
      expect(end(neighbour)).toBe(expected);
      expect(neighbour.stale.map(staleHitText).some((text) => text.includes('CMD_CFGI_STE StreamID=8'))).toBe(expected === 'success');
      expect(end(machine.access('read', { sid: SID + 2 }))).toBe('C_BAD_STE');
      cfgiSte(machine, SID + 1);
      expect(end(machine.access('read', { sid: SID + 1 }))).toBe(expected);
      cfgiSte(machine);
      cfgiSte(machine, SID + 1);
      expect(end(machine.access('read', { sid: SID + 1 }))).toBe('C_BAD_STE');
    }
  });
});

describe('tlb.conflict: entries of different size for one address [rule.tlb.overlap] [event.F_TLB_CONFLICT] [register.IDR3.BBML]', () => {
  const BBML = (level: number): MachineOptions => ({ id: { IDR3: (BASE.IDR3 & ~(3 << 11)) | (level << 11) } });
  const BLOCK = 0x741n;

  it('one of them answers, or none: below BBML 2', () => {
    // Without stage 2, so that one entry holds all of the block.
    const large: MachineOptions = { ste: { Config: 5, S1ContextPtr: CD_AT } };
    for (const level of [1, 2]) {
      for (const alternative of ['one-entry', 'F_TLB_CONFLICT'] as const) {
        const machine = new NestedMachine({ caches: { ...DEFAULT_CACHES, s1Walk: 0 }, choices: { 'tlb.conflict': alternative }, ...BBML(level), ...large, cd: { TTB0: 0x4040_0000n } });
        const tables = machine.stage1Path(IOVA);
        for (const at of tables.slice(0, 3)) machine.memory.write64(at, machine.memory.read64(at)! - GUEST);
        expect(end(machine.access())).toBe('success');
        machine.memory.write64(tables[2]!, (IPA & ~0x1f_ffffn) | BLOCK);
        expect(machine.access('read', { iova: IOVA + 0x5000n })).toMatchObject({ pageSize: 0x20_0000n });
        const both = machine.access();
        expect(end(both)).toBe(level === 1 && alternative === 'F_TLB_CONFLICT' ? 'F_TLB_CONFLICT' : 'success');
        if (end(both) === 'F_TLB_CONFLICT') expect(eventOf(both)).toMatchObject({ name: 'F_TLB_CONFLICT', InputAddr: IOVA, RnW: true });
        expect(end(machine.access('read', { iova: IOVA + 0x5000n }))).toBe('success');
      }
    }
  });
});

describe('tlbi.misaligned [command.CMD_TLBI_NH_VA]', () => {
  it('reaches the range as it is written, or nothing', () => {
    for (const [alternative, rule] of [['literal', 'ok.translated'], ['nothing', 'tlb.hit']] as const) {
      const machine = cached({ 'tlbi.misaligned': alternative }, { id: { IDR3: BASE.IDR3 | (1 << 10) } });
      machine.access();
      machine.memory.write64(machine.stage1Path(IOVA)[2]!, (IPA & ~0x1f_ffffn) | 0x741n);
      command(machine, 'CMD_TLBI_NH_ALL', { VMID: 3n });
      machine.access();
      expect(machine.access().rule).toBe('tlb.hit');
      command(machine, 'CMD_TLBI_NH_VA', { VMID: 3n, ASID: 5n, TG: 1n, TTL: 2n, Address: IOVA + 0x1000n });
      expect(machine.access().rule).toBe(rule);
      command(machine, 'CMD_TLBI_NH_VA', { VMID: 3n, ASID: 5n, TG: 1n, TTL: 2n, Address: IOVA & ~0x1f_ffffn });
      expect(machine.access().rule).toBe('ok.translated');
    }
  });
});

describe('tlbi.s2-ipa-combined [command.CMD_TLBI_S2_IPA] [gotcha.29]', () => {
  it('leaves entries of both stages, or removes those of the IPA', () => {
    for (const [alternative, rule] of [['kept', 'tlb.hit'], ['removed', 'ok.translated']] as const) {
      const machine = cached({ 'tlbi.s2-ipa-combined': alternative });
      machine.access();
      command(machine, 'CMD_TLBI_S2_IPA', { VMID: 3n, Address: IPA + 0x1000n, Leaf: 1n });
      expect(machine.access().rule).toBe('tlb.hit');
      command(machine, 'CMD_TLBI_S2_IPA', { VMID: 4n, Address: IPA, Leaf: 1n });
      expect(machine.access().rule).toBe('tlb.hit');
      command(machine, 'CMD_TLBI_S2_IPA', { VMID: 3n, Address: IPA, Leaf: 1n });
      expect(machine.access().rule).toBe(rule);
    }
  });
});

describe('hardware update', () => {
  const id = { IDR0: BASE.IDR0 | (2 << 6) };
  const AF = 0x400n;
  const CLEAN = 1n << 51n;

  it('httu.access-flag-refused: the flag of a leaf that refuses the access, at each stage', () => {
    for (const [alternative, set] of [['kept', 0n], ['set', AF]] as const) {
      const choices = { 'httu.access-flag-refused': alternative };
      const first = new NestedMachine({ id, cd: { HA: true }, choices });
      const leaf1 = first.mapStage1(IOVA, (IPA | S1_PAGE | 0x80n) & ~AF);
      expect(end(first.access('write'))).toBe('F_PERMISSION');
      expect(first.memory.read64(leaf1)! & AF).toBe(set);
      const second = new NestedMachine({ id, ste: { S2HA: true }, choices });
      const leaf2 = second.mapStage2(IPA, (PA | S2_PAGE) & ~AF & ~0x80n);
      expect(end(second.access('write'))).toBe('F_PERMISSION');
      expect(second.memory.read64(leaf2)! & AF).toBe(set);
      const refused = new NestedMachine({ id, cd: { HA: true }, choices });
      const table = refused.stage1Path(IOVA)[3]! & ~0xfffn;
      const leaf3 = refused.mapStage1(IOVA, (IPA | S1_PAGE | 0x80n) & ~AF);
      refused.mapStage2(table + GUEST, (table | S2_PAGE) & ~0x80n);
      expect(end(refused.access('write'))).toBe('F_PERMISSION');
      expect(refused.memory.read64(leaf3)! & AF).toBe(0n);
    }
  });

  it('httu.stage-2-of-tables: stage 2 of a table that is read', () => {
    for (const [alternative, dirty] of [['written', 0n], ['speculative', 0x80n]] as const) {
      const machine = new NestedMachine({ id, ste: { S2HA: true, S2HD: true }, choices: { 'httu.stage-2-of-tables': alternative } });
      const table = machine.stage1Path(IOVA)[3]! & ~0xfffn;
      const leaf = machine.mapStage2(table + GUEST, ((table | S2_PAGE) & ~0x80n) | CLEAN);
      expect(machine.access()).toMatchObject({ status: 'success', pa: PA });
      expect(machine.memory.read64(leaf)! & 0x80n).toBe(dirty);
      const cd = machine.mapStage2(CD_AT + GUEST, ((CD_AT | S2_PAGE) & ~0x80n) | CLEAN);
      machine.access();
      expect(machine.memory.read64(cd)! & 0x80n).toBe(0n);
    }
  });
});

describe('events', () => {
  const waiting = (machine: NestedMachine): number => machine.smmu.eventQueue.entries().length;

  it('event.merging: a record like the last goes with it, where STE.MEV lets it [ste.MEV]', () => {
    for (const [alternative, MEV, records] of [['never', true, 2], ['last', true, 1], ['last', false, 2]] as const) {
      const machine = new NestedMachine({ ste: { MEV }, choices: { 'event.merging': alternative } });
      machine.access('read', { iova: 0x1000n });
      machine.access('read', { iova: 0x1008n });
      expect(waiting(machine)).toBe(records);
      machine.access('write', { iova: 0x1000n });
      machine.access('read', { iova: 0x2000n });
      expect(waiting(machine)).toBe(records + 2);
    }
  });

  it('event.merging: C_BAD_STE in any case, C_BAD_CD as MEV says, and nothing that software has consumed', () => {
    const machine = new NestedMachine({ ste: { V: false }, choices: { 'event.merging': 'last' } });
    for (let i = 0; i < 3; i++) machine.access();
    expect(waiting(machine)).toBe(1);
    machine.smmu.write32(0x100ac, machine.smmu.read32(0x100a8));
    machine.access();
    expect(waiting(machine)).toBe(1);
    const cd = new NestedMachine({ choices: { 'event.merging': 'last' } });
    cd.cd({ V: false });
    for (let i = 0; i < 2; i++) cd.access();
    expect(waiting(cd)).toBe(2);
  });

  it('event.merging: in a full queue what goes with the last is not lost', () => {
    for (const alternative of ['never', 'last'] as const) {
      const machine = new NestedMachine({ ste: { V: false }, choices: { 'event.merging': alternative } });
      machine.smmu.write32(0x20, 0b1001);
      machine.smmu.write64(0xa0, 0x4010_0000n);
      machine.smmu.write32(0x20, 0b1101);
      for (let i = 0; i < 3; i++) machine.access();
      expect(machine.smmu.read32(0x100a8) >>> 31).toBe(alternative === 'never' ? 1 : 0);
    }
  });

  it('event.unknown-fields: the IPA of a fault of stage 1, not that of stage 2', () => {
    for (const [alternative, ipa] of [['zeroes', 0n], ['ones', 0xf_ffff_ffff_f000n]] as const) {
      const machine = new NestedMachine({ choices: { 'event.unknown-fields': alternative } });
      expect(eventOf(machine.access('read', { iova: 0x1000n }))).toMatchObject({ S2: false, IPA: ipa });
      machine.mapStage2(IPA, 0n);
      expect(eventOf(machine.access())).toMatchObject({ S2: true, IPA });
    }
  });
});

describe('CR0.acknowledge [register.CR0ACK.SMMUEN] [register.CR0.SMMUEN]', () => {
  it('at once, or when CR0ACK was read once, or at the next write of CR0', () => {
    for (const alternative of ['at-once', 'when-read'] as const) {
      const machine = new NestedMachine({ choices: { 'CR0.acknowledge': alternative } });
      expect(machine.smmu.read32(0x24)).toBe(alternative === 'at-once' ? 0b1101 : 0);
      expect(machine.smmu.read32(0x24)).toBe(0b1101);
      machine.smmu.write32(0x20, 0b1100);
      expect(machine.smmu.read32(0x20)).toBe(0b1100);
      expect(machine.access().rule).toBe(alternative === 'at-once' ? 'gbpa.oas' : 'ok.translated');
      machine.smmu.read32(0x24);
      expect(machine.access().rule).toBe('gbpa.oas');
      machine.smmu.write32(0x20, 0b1101);
      machine.smmu.write32(0x20, 0b1101);
      expect(end(machine.access())).toBe('success');
    }
  });
});
