// GATOS and VATOS (IHI 0070 chapter 9, 6.3.37 to 6.3.44).
import { describe, expect, it } from 'vitest';
import { ATOS_FAULT, decode, EVENTS, PRESETS } from '../../src/model/spec/index.ts';
import type { FieldValues } from '../../src/model/spec/index.ts';
import { NO_CACHES } from '../../src/model/smmu/options.ts';
import { ABORTS, CD_AT, GUEST, IOVA, IPA, NestedMachine, PA, S1_PAGE, S2_PAGE, SID } from './nested-machine.ts';

const BASE = PRESETS['qemu-11'].id;
const ATOS = 1 << 15;
const VATOS = 1 << 20;
const ID = { IDR0: (BASE.IDR0 | ATOS | VATOS) >>> 0, IDR2: 3 };
const VATOS_PAGE = 0x20000 + 3 * 0x10000;
const [STAGE_1, STAGE_2, BOTH] = [1n, 2n, 3n];
const CODE = (name: string): number => ({ INTERNAL_ERR: 0xfd, INV_STAGE: 0xfe, INV_REQ: 0xff })[name] ?? EVENTS.byName.get(name)!.number;

interface Asked {
  readonly type?: bigint;
  readonly address?: bigint;
  readonly write?: boolean;
  readonly fetch?: boolean;
  readonly privileged?: boolean;
  readonly ssid?: bigint;
  readonly sid?: bigint;
  readonly httui?: boolean;
}

const flag = (on: boolean | undefined, at: bigint): bigint => (on === true ? 1n << at : 0n);

function words({ type = BOTH, address = IOVA, write, fetch, privileged = true, ssid, sid = BigInt(SID), httui }: Asked): [bigint, bigint] {
  const stream = sid | (ssid === undefined ? 0n : (1n << 52n) | (ssid << 32n));
  return [stream, (address & ~0xfffn) | (type << 10n) | flag(privileged, 9n) | flag(write !== true, 8n) | flag(fetch, 7n) | flag(httui, 6n)];
}

/** GATOS_PAR of an operation. */
function gatos(machine: NestedMachine, asked: Asked = {}): bigint {
  const [sid, addr] = words(asked);
  machine.smmu.write64(0x108, sid);
  machine.smmu.write64(0x110, addr);
  machine.smmu.write32(0x100, 1);
  expect(machine.smmu.read32(0x100)).toBe(0);
  return machine.smmu.read64(0x118);
}

function vatos(machine: NestedMachine, vmid: number, asked: Asked = {}): bigint {
  const [sid, addr] = words({ type: STAGE_1, ...asked });
  machine.smmu.write32(0x180, vmid);
  machine.smmu.write64(VATOS_PAGE + 0xa08, sid);
  machine.smmu.write64(VATOS_PAGE + 0xa10, addr);
  machine.smmu.write32(VATOS_PAGE + 0xa00, 1);
  expect(machine.smmu.read32(VATOS_PAGE + 0xa00)).toBe(0);
  return machine.smmu.read64(VATOS_PAGE + 0xa18);
}

const made = (ste: FieldValues = {}, cd: FieldValues = {}, id: object = {}): NestedMachine => new NestedMachine({ id: { ...ID, ...id }, caches: NO_CACHES, ste, cd });

function faultOf(par: bigint): { code: number; reason: number; ipa: bigint } {
  const halves = Uint32Array.of(Number(par & 0xffff_ffffn), Number(par >> 32n));
  const { FAULT, FAULTCODE, REASON, FADDR } = decode(ATOS_FAULT, halves, 0);
  expect(Number(FAULT)).toBe(1);
  return { code: Number(FAULTCODE), reason: Number(REASON), ipa: BigInt(FADDR!) };
}

const fault = (name: string, reason = 0, ipa = 0n) => ({ code: CODE(name), reason, ipa });
const page = (par: bigint): bigint => par & 0xf_ffff_ffff_f000n;

describe('success [register.GATOS_CTRL.RUN] [register.GATOS_SID.STREAMID] [register.GATOS_ADDR.TYPE] [register.GATOS_PAR.FAULT] [register.GATOS_PAR.ADDR] [register.GATOS_ADDR.ADDR]', () => {
  it('both stages give the PA, stage 1 the IPA, stage 2 the PA of an IPA; 4 KiB has Size 0', () => {
    const machine = made();
    expect(gatos(machine) & 0x801n).toBe(0n);
    expect(page(gatos(machine))).toBe(PA);
    expect(page(gatos(machine, { type: STAGE_1 }))).toBe(IPA);
    expect(page(gatos(machine, { type: STAGE_2, address: IPA }))).toBe(PA);
  });

  it('attributes are a byte of MAIR, after both stages [register.GATOS_PAR.ATTR] [register.GATOS_PAR.SH]', () => {
    const machine = made();
    expect(gatos(machine, { type: STAGE_1 }) >> 56n).toBe(0xffn);
    machine.mapStage2(IPA, (PA | S2_PAGE) & ~0x3cn);
    expect(gatos(machine) >> 56n).toBe(0x00n);
    expect((gatos(machine) >> 8n) & 3n).toBe(2n);
  });

  it('a larger leaf is told by the lowest set bit of ADDR [register.GATOS_PAR.Size]', () => {
    const machine = made();
    const [, , at] = machine.stage1Path(IOVA);
    machine.memory.write64(at!, (IPA & ~0x1f_ffffn) | (S1_PAGE & ~2n));
    const par = gatos(machine, { type: STAGE_1, address: IOVA + 0x5000n });
    expect(par & (1n << 11n)).toBe(1n << 11n);
    expect(page(par)).toBe((IPA & ~0x1f_ffffn) | (1n << 20n));
  });

  it('records no event, moves no queue, fills no cache and updates no flag, though a transaction does', () => {
    const machine = new NestedMachine({ id: { ...ID, IDR0: (ID.IDR0 | (2 << 6)) >>> 0 }, caches: { config: 8, tlb: 64, s1Walk: 8, s2Walk: 8 }, cd: { HA: true, HD: true } });
    const leaf = machine.mapStage1(IOVA, (IPA | S1_PAGE) & ~(1n << 10n));
    expect(page(gatos(machine))).toBe(PA);
    expect(machine.memory.read64(leaf)! & (1n << 10n)).toBe(0n);
    gatos(machine, { address: IOVA + 0x10_0000n });
    expect(machine.smmu.read32(0x100a8)).toBe(0);
    expect(machine.access().reads).toBeGreaterThan(4);
    expect(machine.memory.read64(leaf)! & (1n << 10n)).toBe(1n << 10n);
  });

  it('HTTUI: an access flag that hardware would set faults [register.GATOS_ADDR.HTTUI]', () => {
    const machine = made({}, { HA: true }, { IDR0: (ID.IDR0 | (2 << 6)) >>> 0 });
    machine.mapStage1(IOVA, (IPA | S1_PAGE) & ~(1n << 10n));
    expect(gatos(machine) & 1n).toBe(0n);
    expect(faultOf(gatos(machine, { httui: true }))).toEqual(fault('F_ACCESS'));
  });

  it('PnU, InD and RnW are the operation\'s own; overrides of the STE and CD.A, R, S do not count [register.GATOS_ADDR.PnU] [register.GATOS_ADDR.RnW] [register.GATOS_ADDR.InD]', () => {
    const machine = made({ PRIVCFG: 2 }, { A: false, R: false }, { IDR1: (BASE.IDR1 | (1 << 26)) >>> 0, IDR0: (ID.IDR0 & ~(1 << 26)) >>> 0 });
    machine.mapStage1(IOVA, IPA | (S1_PAGE & ~0x40n));
    expect(gatos(machine) & 1n).toBe(0n);
    expect(faultOf(gatos(machine, { privileged: false }))).toEqual(fault('F_PERMISSION'));
    machine.mapStage1(IOVA, IPA | S1_PAGE | 0x80n);
    expect(faultOf(gatos(machine, { write: true, fetch: true }))).toEqual(fault('F_PERMISSION'));
    expect(machine.smmu.read32(0x100a8)).toBe(0);
  });
});

describe('requests that cannot be [register.GATOS_SID.SSID_VALID] [register.GATOS_SID.SUBSTREAMID]', () => {
  it('TYPE 0, and a SubstreamID with stage 2, are INV_REQ before anything is looked up', () => {
    const machine = made();
    expect(faultOf(gatos(machine, { type: 0n, sid: 0x100n }))).toEqual(fault('INV_REQ'));
    expect(faultOf(gatos(machine, { type: STAGE_2, ssid: 1n, sid: 0x100n }))).toEqual(fault('INV_REQ'));
  });

  it('a stage that the stream does not have is INV_STAGE, right after C_BAD_STE', () => {
    for (const Config of [0, 4]) expect(faultOf(gatos(made({ Config })))).toEqual(fault('INV_STAGE'));
    expect(faultOf(gatos(made({ Config: 6 }), { type: STAGE_1 }))).toEqual(fault('INV_STAGE'));
    expect(faultOf(gatos(made({ Config: 6 })))).toEqual(fault('INV_STAGE'));
    expect(faultOf(gatos(made({ Config: 5, S1ContextPtr: CD_AT }), { type: STAGE_2 }))).toEqual(fault('INV_STAGE'));
    expect(faultOf(gatos(made({ Config: 6, S2TG: 3 }), { type: STAGE_1 }))).toEqual(fault('C_BAD_STE'));
  });

  it('RUN is ignored while SMMUEN is 0, and told', () => {
    const machine = made();
    machine.smmu.write32(0x20, 0b1100);
    expect(gatos(machine)).toBe(0n);
  });
});

describe('faults before translation, without an event whatever CR2 says', () => {
  it('C_BAD_STREAMID, C_BAD_STE, C_BAD_SUBSTREAMID, C_BAD_CD', () => {
    expect(faultOf(gatos(new NestedMachine({ id: ID, cr2: 0 }), { sid: 0x100n }))).toEqual(fault('C_BAD_STREAMID'));
    expect(faultOf(gatos(made({ V: false })))).toEqual(fault('C_BAD_STE'));
    expect(faultOf(gatos(made(), { ssid: 1n }))).toEqual(fault('C_BAD_SUBSTREAMID'));
    expect(faultOf(gatos(made({}, { V: false })))).toEqual(fault('C_BAD_CD'));
    expect(faultOf(gatos(made({ Config: 5, S1ContextPtr: ABORTS }), { type: STAGE_1 }))).toEqual(fault('F_CD_FETCH'));
  });
});

describe('faults of stage 1 have REASON 0 and no address [gotcha.12]', () => {
  it('F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_WALK_EABT', () => {
    const machine = made();
    expect(faultOf(gatos(machine, { address: IOVA + 0x1000n }))).toEqual(fault('F_TRANSLATION'));
    machine.mapStage1(IOVA, (IPA | S1_PAGE) & ~0x400n);
    expect(faultOf(gatos(machine))).toEqual(fault('F_ACCESS'));
    machine.mapStage1(IOVA, (1n << 46n) | S1_PAGE);
    expect(faultOf(gatos(machine))).toEqual(fault('F_ADDR_SIZE'));
    const alone = made({ Config: 5, S1ContextPtr: CD_AT }, { TTB0: ABORTS });
    expect(faultOf(gatos(alone, { type: STAGE_1 }))).toEqual(fault('F_WALK_EABT'));
  });
});

describe('faults of stage 2 [gotcha.12]', () => {
  const noIn = (): NestedMachine => {
    const machine = made();
    machine.mapStage2(IPA, 0n);
    return machine;
  };
  const noTable = (): NestedMachine => {
    const machine = made();
    machine.mapStage2(machine.stage1Path(IOVA)[0]! + GUEST, 0n);
    return machine;
  };
  const noCd = (): NestedMachine => {
    const machine = made();
    machine.mapStage2(CD_AT + GUEST, 0n);
    return machine;
  };
  const tableIpa = (machine: NestedMachine): bigint => (machine.stage1Path(IOVA)[0]! + GUEST) & ~0xfffn;

  it('with TYPE 3: REASON is CLASS + 1 and FADDR the IPA', () => {
    expect(faultOf(gatos(noIn()))).toEqual(fault('F_TRANSLATION', 3, IPA));
    expect(faultOf(gatos(noTable()))).toEqual(fault('F_TRANSLATION', 2, tableIpa(noTable())));
    expect(faultOf(gatos(noCd()))).toEqual(fault('F_TRANSLATION', 1, CD_AT + GUEST));
  });

  it('an external abort of stage 2 has the REASON but no address', () => {
    const machine = made();
    machine.memory.write64(machine.stage2Path(IPA)[1]!, ABORTS | 3n);
    expect(faultOf(gatos(machine))).toEqual(fault('F_WALK_EABT', 3));
    expect(faultOf(gatos(machine, { type: STAGE_2, address: IPA }))).toEqual(fault('F_WALK_EABT', 3));
  });

  it('with TYPE 1 they become F_CD_FETCH and F_WALK_EABT, and the output is not asked of stage 2', () => {
    expect(faultOf(gatos(noCd(), { type: STAGE_1 }))).toEqual(fault('F_CD_FETCH'));
    expect(faultOf(gatos(noTable(), { type: STAGE_1 }))).toEqual(fault('F_WALK_EABT'));
    expect(page(gatos(noIn(), { type: STAGE_1 }))).toBe(IPA);
    const aborting = made();
    aborting.memory.write64(aborting.stage2Path(CD_AT + GUEST)[1]!, ABORTS | 3n);
    expect(faultOf(gatos(aborting, { type: STAGE_1 }))).toEqual(fault('F_CD_FETCH'));
  });

  it('with TYPE 2: REASON 3 and no address; beyond IAS REASON 0; the CD is not read', () => {
    expect(faultOf(gatos(noIn(), { type: STAGE_2, address: IPA }))).toEqual(fault('F_TRANSLATION', 3));
    expect(faultOf(gatos(made(), { type: STAGE_2, address: 1n << 50n }))).toEqual(fault('F_ADDR_SIZE'));
    expect(page(gatos(made({}, { V: false }), { type: STAGE_2, address: IPA }))).toBe(PA);
  });
});

describe('VATOS: one VM, stage 1 only [register.VATOS_SEL.VMID] [register.IDR2.BA_VATOS]', () => {
  it('translates for a stream of the VM that VATOS_SEL names', () => {
    expect(page(vatos(made(), 3))).toBe(IPA);
  });

  it('a stream of another VM is C_BAD_STE; other types are INV_REQ', () => {
    expect(faultOf(vatos(made(), 4))).toEqual(fault('C_BAD_STE'));
    expect(faultOf(vatos(made(), 3, { type: STAGE_2, address: IPA }))).toEqual(fault('INV_REQ'));
    expect(faultOf(vatos(made(), 3, { type: BOTH }))).toEqual(fault('INV_REQ'));
    expect(faultOf(vatos(made({ Config: 6 }), 3))).toEqual(fault('INV_STAGE'));
  });

  it('the page is RES0 without IDR0.VATOS, and RUN does nothing while SMMUEN is 0', () => {
    const without = made({}, {}, { IDR0: ID.IDR0 & ~VATOS });
    without.smmu.write32(VATOS_PAGE + 0xa00, 1);
    expect(without.smmu.read64(VATOS_PAGE + 0xa18)).toBe(0n);
    const off = made();
    off.smmu.write32(0x20, 0b1100);
    expect(vatos(off, 3)).toBe(0n);
  });
});
