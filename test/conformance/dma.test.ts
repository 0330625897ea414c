import { describe, expect, it } from 'vitest';
import { dma } from '../../src/model/smmu/dma.ts';
import { DEFAULT_CACHES } from '../../src/model/smmu/options.ts';
import { PRESETS } from '../../src/model/spec/index.ts';
import { ABORTS, CD_AT, IOVA, IPA, NestedMachine, PA, S1_PAGE, S2_PAGE, SID } from './nested-machine.ts';

/** A device's transfer: one transaction for each page of 4 KiB, up to the first that does not succeed. */

const FAR = PA - 0x5000n;

/** Two pages that follow each other for the device and lie apart in memory. */
function machine(): NestedMachine {
  const m = new NestedMachine({ caches: DEFAULT_CACHES });
  m.mapStage1(IOVA + 0x1000n, (IPA + 0x1000n) | S1_PAGE);
  m.mapStage2(IPA + 0x1000n, FAR | S2_PAGE);
  return m;
}

const bytes = (n: number): Uint8Array => Uint8Array.from({ length: n }, (_, i) => (i * 7 + 1) & 0xff);
const request = { sid: SID, iova: IOVA + 0xff0n, access: 'write' as const };

describe('a transfer over two pages', () => {
  it('a write goes where each page is mapped, a read comes from there', () => {
    const m = machine();
    expect(dma(m.smmu, request, 48, bytes(48))).toMatchObject({ moved: 48, busAbort: false, outcome: { status: 'success', pa: FAR } });
    expect(m.memory.readBytes(PA + 0xff0n, 16)).toEqual(bytes(48).slice(0, 16));
    expect(m.memory.readBytes(FAR, 32)).toEqual(bytes(48).slice(16));
    expect(dma(m.smmu, { ...request, access: 'read' }, 48).data).toEqual(bytes(48));
  });

  it('a fault of the second page leaves the first written, and the rest of a read zero', () => {
    const m = machine();
    m.memory.writeBytes(PA + 0xff0n, bytes(16));
    m.mapStage1(IOVA + 0x1000n, 0n);
    const read = dma(m.smmu, { ...request, access: 'read' }, 48);
    expect(read).toMatchObject({
      moved: 16,
      busAbort: false,
      outcome: { status: 'fault', response: 'abort', fault: { name: 'F_TRANSLATION' } },
    });
    expect(read.data).toEqual(Uint8Array.from([...bytes(16), ...new Uint8Array(32)]));
    expect(dma(m.smmu, request, 48, new Uint8Array(48).fill(9)).moved).toBe(16);
    expect([m.memory.readBytes(PA + 0xff0n, 1)![0], m.memory.readBytes(FAR, 1)![0]]).toEqual([9, 0]);
  });

  it('an address that translates to where nothing is, is a bus abort that the SMMU does not see', () => {
    const m = machine();
    m.mapStage2(IPA + 0x1000n, ABORTS | S2_PAGE);
    expect(dma(m.smmu, request, 48, bytes(48))).toMatchObject({
      moved: 16,
      busAbort: true,
      outcome: { status: 'success', pa: ABORTS, events: [] },
    });
  });

  it('RAZ/WI: the device reads zeros and its write goes nowhere, without an abort (5.5) [cd.A]', () => {
    const m = new NestedMachine({ id: { IDR0: PRESETS['qemu-11'].id.IDR0 & ~(1 << 26) }, cd: { A: false } });
    m.mapStage1(IOVA, 0n);
    m.memory.writeBytes(PA, bytes(16));
    const read = dma(m.smmu, { sid: SID, iova: IOVA, access: 'read' }, 16);
    expect([read.outcome.response, read.moved, read.data]).toEqual(['raz-wi', 0, new Uint8Array(16)]);
    expect(dma(m.smmu, { sid: SID, iova: IOVA, access: 'write' }, 16, new Uint8Array(16)).outcome.response).toBe('raz-wi');
    expect(m.memory.readBytes(PA, 16)).toEqual(bytes(16));
  });

  it('one transaction for each page, one for a transfer of nothing', () => {
    const m = new NestedMachine({ ste: { Config: 4, S1ContextPtr: CD_AT } });
    const before = m.access('read', { iova: 0n }).transaction;
    dma(m.smmu, { sid: SID, iova: 0x4000_0001n, access: 'read' }, 0x3000);
    expect(m.access('read', { iova: 0n }).transaction).toBe(before + 5);
    expect(dma(m.smmu, { sid: SID, iova: 0x4000_0000n, access: 'read' }, 0)).toMatchObject({
      moved: 0,
      data: new Uint8Array(0),
      outcome: { status: 'bypass' },
    });
  });
});
