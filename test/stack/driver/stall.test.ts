import { describe, expect, it } from 'vitest';
import { DmaTransfer } from '../../../src/model/smmu/dma.ts';
import { PROT } from '../../../src/model/stack/host/driver/types.ts';
import { DEVICE, HostMachine, RAM } from './host-machine.ts';

/** A device that really stalls in front of a real SMMU, and the driver's half of the answer (nested-stack.md a.8, c.6). */

const STALLING = { ...DEVICE, canStall: true };
const IPA = 0x8000_0000n;
const PA = RAM + (60n << 20n);
const DATA = Uint8Array.of(1, 2, 3, 4);
const PAGE_REQ = 2;
const SUCCESS = { flags: 0, pasid: 0, code: 0 };

/** Stage 2 alone with S2S, and a write to a page that is not mapped. */
function stalled(): { host: HostMachine; transfer: DmaTransfer; map: () => void } {
  const host = new HostMachine({ generation: 'modern' });
  const domain = host.attached(STALLING);
  const transfer = new DmaTransfer(host.smmu, { sid: STALLING.streamIds[0]!, iova: IPA, access: 'write' }, DATA.length, DATA);
  return { host, transfer, map: () => void host.driver.map(domain, IPA, PA, 0x1000n, PROT.READ | PROT.WRITE | PROT.CACHE) };
}

describe('a stall on its way through the driver', () => {
  it('is a page request whose group is the STAG; SUCCESS retries it and the data arrives [command.CMD_RESUME] [ste.S2S]', () => {
    const { host, transfer, map } = stalled();
    expect(host.faults.map(([device, fault]) => [device.name, fault.type, 'grpid' in fault ? fault.grpid : null])).toEqual([[STALLING.name, PAGE_REQ, 0]]);
    expect(transfer.waits).toBe(true);
    map();
    expect(host.during(() => host.driver.pageResponse(STALLING, { ...SUCCESS, grpid: 0 }))).toEqual(['RESUME']);
    expect(transfer.result).toMatchObject({ moved: 4, outcome: { status: 'success', pa: PA } });
    expect(host.memory.readBytes(PA, 4)).toEqual(DATA);
  });

  it('SUCCESS without a mapping stalls again, under a new group; FAILURE ends it with an abort', () => {
    const { host, transfer } = stalled();
    host.driver.pageResponse(STALLING, { ...SUCCESS, grpid: 0 });
    expect(host.faults.map(([, fault]) => ('grpid' in fault ? fault.grpid : null))).toEqual([0, 1]);
    host.driver.pageResponse(STALLING, { ...SUCCESS, grpid: 1, code: 2 });
    expect(transfer.result).toMatchObject({ moved: 0, outcome: { status: 'fault', response: 'abort' } });
  });

  it('the answer for a group that is gone does nothing [gotcha.32]', () => {
    const { host, transfer } = stalled();
    host.driver.pageResponse(STALLING, { ...SUCCESS, grpid: 9 });
    expect([transfer.waits, host.smmu.read32(0x60)]).toEqual([true, 0]);
  });
});
