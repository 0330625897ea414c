import { describe, expect, it } from 'vitest';
import { DEFAULT_CACHES, NO_CACHES } from '../../src/model/smmu/options.ts';
import type { CacheOptions } from '../../src/model/smmu/options.ts';
import { PRESETS } from '../../src/model/spec/index.ts';
import type { FieldValues } from '../../src/model/spec/index.ts';
import { CD_AT, eventOf, GUEST, IOVA, NestedMachine, PA, S1_PAGE, SID } from './nested-machine.ts';

/** StreamWorld EL2 and EL2-E2H (smmuv3.md 2.4, 7.2; IHI 0070 3.3.3, 3.17): streams of stage 1 alone with STRW 2. */

const HYP = { IDR0: PRESETS['qemu-11'].id.IDR0 | (1 << 9) };
const EL2 = { Config: 5, S1ContextPtr: CD_AT, STRW: 2 };
const E2H = 3;
const NO_E2H = 2;

/** Stage 1 tables by PA; `leaf` is where the descriptor of IOVA is. */
function machine(cr2: number, caches: CacheOptions, ste: FieldValues = {}, cd: FieldValues = {}): { m: NestedMachine; leaf: bigint } {
  const m = new NestedMachine({ id: HYP, caches, cr2, ste: { ...EL2, ...ste }, cd: { TTB0: 0x4040_0000n, ...cd } });
  const path = m.stage1Path(IOVA);
  path.slice(0, 3).forEach((at) => m.memory.write64(at, m.memory.read64(at)! - GUEST));
  m.memory.write64(path[3]!, PA | S1_PAGE);
  return { m, leaf: path[3]! };
}

const ASID = 5n << 48n;
const OTHER_ASID = 6n << 48n;
const VMID = 3n << 32n;

/** Whether an access sees a changed leaf after `d0`; `bits` are further bits of the leaf. */
function sees(cr2: number, d0: bigint, d1 = 0n, bits = 0n): boolean {
  const { m, leaf } = machine(cr2, DEFAULT_CACHES);
  m.memory.write64(leaf, (PA | S1_PAGE) ^ bits);
  expect(m.access().pa).toBe(PA);
  m.memory.write64(leaf, ((PA + 0x1000n) | S1_PAGE) ^ bits);
  m.command(d0, d1);
  expect(m.smmu.read32(0x60)).toBe(0);
  return m.access().pa !== PA;
}

/** S1_PAGE is non-global; this makes it global. */
const GLOBAL = 1n << 11n;

describe.each([
  ['EL2', NO_E2H],
  ['EL2-E2H', E2H],
])('TLB entries of %s', (_, cr2) => {
  it.each<[string, boolean, bigint, bigint]>([
    ['EL2_ALL', true, 0x20n, 0n],
    ['EL2_VA', true, 0x22n | ASID, IOVA],
    ['EL2_VA of another page', false, 0x22n | ASID, IOVA + 0x1000n],
    ['EL2_VAA', true, 0x23n, IOVA],
    ['NH_ALL', false, 0x10n | VMID, 0n],
    ['NH_VA', false, 0x12n | VMID | ASID, IOVA],
    ['NH_VAA', false, 0x13n | VMID, IOVA],
    ['NSNH_ALL: they are not of EL1', false, 0x30n, 0n],
    ['S12_VMALL: they have no VMID', false, 0x28n | VMID, 0n],
  ])('%s: %s', (__, wanted, d0, d1) => {
    expect(sees(cr2, d0, d1)).toBe(wanted);
  });
});

describe('ASIDs count with E2H only', () => {
  it('EL2_ASID removes the entries of its ASID that are not global [command.CMD_TLBI_EL2_ASID] [cd.ASID]', () => {
    expect(sees(E2H, 0x21n | ASID)).toBe(true);
    expect(sees(E2H, 0x21n | OTHER_ASID)).toBe(false);
    expect(sees(E2H, 0x21n | ASID, 0n, GLOBAL)).toBe(false);
  });

  it('EL2_VA compares the ASID of entries that are not global; without E2H there is none [command.CMD_TLBI_EL2_VA] [register.CR2.E2H]', () => {
    expect(sees(E2H, 0x22n | OTHER_ASID, IOVA)).toBe(false);
    expect(sees(E2H, 0x22n | OTHER_ASID, IOVA, GLOBAL)).toBe(true);
    expect(sees(NO_E2H, 0x22n | OTHER_ASID, IOVA)).toBe(true);
    expect(sees(E2H, 0x23n | OTHER_ASID, IOVA)).toBe(true);
  });

  it('streams with different ASIDs share entries without E2H, and do not with it', () => {
    for (const [cr2, shared] of [
      [NO_E2H, true],
      [E2H, false],
    ] as const) {
      const { m, leaf } = machine(cr2, DEFAULT_CACHES);
      m.ste({ ...EL2, S1ContextPtr: CD_AT + 64n, S2VMID: 99 }, SID + 1);
      m.cd({ TTB0: 0x4040_0000n, ASID: 6 }, CD_AT + 64n);
      m.access();
      m.memory.write64(leaf, 0n);
      expect(m.access('read', { sid: SID + 1 }).status).toBe(shared ? 'success' : 'fault');
    }
  });

  it('the VMID is no tag: streams with different S2VMIDs share entries [ste.S2VMID]', () => {
    const { m, leaf } = machine(E2H, DEFAULT_CACHES);
    m.ste({ ...EL2, S2VMID: 99 }, SID + 1);
    m.access();
    m.memory.write64(leaf, 0n);
    expect(m.access('read', { sid: SID + 1 }).status).toBe('success');
  });

  it('nothing is shared between EL1 and either world of EL2', () => {
    for (const cr2 of [NO_E2H, E2H]) {
      const { m, leaf } = machine(cr2, DEFAULT_CACHES);
      m.ste({ ...EL2, STRW: 0 }, SID + 1);
      m.access();
      m.memory.write64(leaf, 0n);
      expect(m.access('read', { sid: SID + 1 }).status).toBe('fault');
    }
  });
});

describe('one table without E2H, two with it', () => {
  const upper = { EPD1: false, T1SZ: 16, TG1: 2, TTB1: 0x4200_0000n };
  const top = (1n << 64n) - 0x1000n;

  it('an address of the upper half, and an EPD bit [cd.EPD0] [cd.EPD1] [register.CR2.E2H]', () => {
    expect(machine(NO_E2H, NO_CACHES, {}, upper).m.access('read', { iova: top }).rule).toBe('s1.input-range');
    expect(machine(E2H, NO_CACHES, {}, upper).m.access('read', { iova: top }).rule).toBe('s1.invalid');
    expect(machine(NO_E2H, NO_CACHES, {}, { EPD0: true }).m.access().status).toBe('success');
    expect(machine(E2H, NO_CACHES, {}, { EPD0: true }).m.access().rule).toBe('s1.epd');
  });

  it('TBI0 lets a tag through, but not bit 55 [cd.TBI0]', () => {
    const { m } = machine(NO_E2H, NO_CACHES, {}, { TBI0: true });
    expect(m.access('read', { iova: IOVA | (0xffn << 56n) }).pa).toBe(PA);
    expect(m.access('read', { iova: IOVA | (1n << 55n) }).rule).toBe('s1.input-range');
  });

  it('a CD that EL2 excuses is C_BAD_CD when CR2.E2H makes it EL2-E2H, and the other way round', () => {
    const { m } = machine(NO_E2H, NO_CACHES, {}, { EPD1: false, T1SZ: 0, TG1: 0 });
    expect(m.access().status).toBe('success');
    for (const [cr2, rule] of [
      [E2H, 'cd.t1sz'],
      [NO_E2H, 'ok.translated'],
      [E2H, 'cd.t1sz'],
    ] as const) {
      m.smmu.write32(0x20, 0b1100);
      m.smmu.write32(0x2c, cr2);
      m.smmu.write32(0x20, 0b1101);
      expect(m.access().rule).toBe(rule);
    }
  });

  it('an ASID of 16 bits where there are 8 matters with E2H only [register.IDR0.ASID16]', () => {
    const narrow = { IDR0: HYP.IDR0 & ~(1 << 12) };
    const cd = { TTB0: 0x4200_0000n, ASID: 0x100 };
    expect(new NestedMachine({ id: narrow, cr2: NO_E2H, ste: EL2, cd }).access().rule).toBe('s1.invalid');
    expect(eventOf(new NestedMachine({ id: narrow, cr2: E2H, ste: EL2, cd }).access())!.name).toBe('C_BAD_CD');
  });

  it('STRW counts for stage 1 alone and with Hyp: else the stream is of EL1 [ste.STRW] [register.IDR0.Hyp]', () => {
    expect(new NestedMachine({ id: HYP, ste: { STRW: 2 } }).access('read', { privileged: false }).status).toBe('success');
    const kernel = new NestedMachine({ id: HYP, ste: { STRW: 2 } });
    kernel.mapStage1(IOVA, (0x10_4100_0000n | S1_PAGE) & ~0x40n);
    expect(kernel.access('read', { privileged: false }).rule).toBe('s1.permission-read');
    expect(new NestedMachine({ ste: { ...EL2, STRW: 1 }, cd: { TTB0: 0x4200_0000n } }).access().rule).toBe('s1.invalid');
    expect(new NestedMachine({ id: HYP, ste: { ...EL2, STRW: 1 }, cd: { TTB0: 0x4200_0000n } }).access().rule).toBe('ste.strw');
  });
});
