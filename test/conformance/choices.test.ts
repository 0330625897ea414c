// Alternatives of spec/choices.ts that a transaction meets; those of registers, queues and commands are beside them.
import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../src/model/spec/index.ts';
import { CD_AT, IOVA, NestedMachine, PA, SID, STREAM_TABLE } from './nested-machine.ts';

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
