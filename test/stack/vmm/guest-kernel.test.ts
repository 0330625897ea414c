import { describe, expect, test } from 'vitest';
import { accessor, CD, decode } from '../../../src/model/spec/index.ts';
import { FLUSH_QUEUE_SIZE } from '../../../src/model/stack/guest/dma-api.ts';
import type { FaultPolicy } from '../../../src/model/stack/guest/fault-policy.ts';
import { VINTAGES } from '../../../src/model/stack/guest/vintage.ts';
import type { DmaApi } from '../../../src/model/stack/guest/dma-api.ts';
import type { GuestKernelOptions } from '../../../src/model/stack/guest/guest-kernel.ts';
import { QEMU_V10_ID } from '../../../src/model/stack/vmm/id-registers.ts';
import { msiFirmware } from '../../../src/model/stack/vmm/rmr.ts';
import { BUFFER, GuestMachine, RAM } from './guest-machine.ts';

const DEVICE = { name: '0000:00:01.0', streamId: 8 };
const STALLING = { ...QEMU_V10_ID, IDR0: QEMU_V10_ID.IDR0 & ~(3 << 24) };

function withDevice(options: Partial<GuestKernelOptions> = {}): { machine: GuestMachine; dma: DmaApi } {
  const machine = new GuestMachine(options);
  const bound = machine.kernel.addDevice(DEVICE);
  if (typeof bound === 'number') throw new Error(`device: ${bound}`);
  machine.commands();
  return { machine, dma: bound.dma! };
}

describe('boot', () => {
  test('registers are written in the order of arm_smmu_device_reset()', () => {
    const names = new GuestMachine().writes.map((write) => write.split(' ')[0]);
    expect(names).toEqual([
      'CR0',
      'CR1',
      'CR2',
      'STRTAB_BASE',
      'STRTAB_BASE_CFG',
      'CMDQ_BASE',
      'CMDQ_PROD',
      'CMDQ_CONS',
      'CR0',
      'CMDQ_PROD',
      'CMDQ_PROD',
      'EVENTQ_BASE',
      'EVENTQ_PROD',
      'EVENTQ_CONS',
      'CR0',
      // arm_smmu_setup_irqs(): off, and on.
      'IRQ_CTRL',
      'IRQ_CTRL',
      'CR0',
    ]);
  });

  test('the virtual SMMU is enabled, and starts from nothing cached', () => {
    const machine = new GuestMachine();
    expect(machine.read('CR0ACK')).toBe(0xd);
    expect(machine.names()).toEqual(['CMD_CFGI_STE_RANGE', 'CMD_SYNC', 'CMD_TLBI_NSNH_ALL', 'CMD_SYNC']);
  });

  test('tables and queues are in the heap, by IPA', () => {
    const { registers } = new GuestMachine().virtual;
    expect(BigInt(registers.strtabBaseLo >>> 0)).toBeGreaterThanOrEqual(RAM);
    expect(BigInt(registers.cmdq.baseLo >>> 0)).toBeGreaterThanOrEqual(RAM);
    expect(registers.strtabTwoLevel).toBe(true);
  });
});

describe('a device gets its default domain', () => {
  test('STE, CD and table are those of a stage-1 domain', () => {
    const { machine, dma } = withDevice();
    const ste = machine.ste(8);
    expect(ste).toMatchObject({ V: true, Config: 5, S1CDMax: 0, S1DSS: 2 });
    const cd = machine.words(ste['S1ContextPtr'] as bigint, 16);
    expect(decode(CD, cd, 0)).toMatchObject({ V: true, AA64: 1, A: true, ASID: 1, T0SZ: 16, IPS: 4, EPD1: true });
    expect(dma.queued).toBe(0);
  });

  test('b.3: from bypass, 5.15 issues CFGI_STE twice, a hitless kernel three times where bypass needs SHCFG', () => {
    const count = (vintage: keyof typeof VINTAGES, id = QEMU_V10_ID): number => {
      const machine = new GuestMachine({ vintage: VINTAGES[vintage], firmware: msiFirmware([8]) }, id);
      machine.commands();
      machine.kernel.addDevice(DEVICE);
      return machine.names().filter((name) => name === 'CMD_CFGI_STE').length;
    };
    const attrTypesOvr = { ...QEMU_V10_ID, IDR1: QEMU_V10_ID.IDR1 | (1 << 27) };
    expect([count('5.15', attrTypesOvr), count('6.12', attrTypesOvr)]).toEqual([2, 3]);
    // QEMU does not have IDR1.ATTR_TYPES_OVR: such a kernel then leaves SHCFG 0, and nothing is left to clear.
    expect([count('5.15'), count('6.12')]).toEqual([2, 2]);
  });

  test('5.15: the first CFGI_STE still sees the old STE, the second the new one', () => {
    const machine = new GuestMachine();
    machine.commands();
    machine.kernel.addDevice(DEVICE);
    expect(machine.names()).toEqual([
      'CMD_SYNC',
      'CMD_SYNC',
      'CMD_CFGI_STE',
      'CMD_SYNC',
      'CMD_CFGI_STE',
      'CMD_SYNC',
      'CMD_PREFETCH_CONFIG',
    ]);
  });

  test('passthrough: the STE bypasses, IOVAs are IPAs', () => {
    const machine = new GuestMachine({ defaultDomain: 'passthrough' });
    expect(machine.kernel.addDevice(DEVICE)).toMatchObject({ dma: null });
    expect(machine.ste(8)).toMatchObject({ V: true, Config: 4 });
  });

  test('a StreamID beyond the stream table: -ERANGE', () => {
    expect(new GuestMachine().kernel.addDevice({ name: 'far', streamId: 0x1_0000 })).toBe(-34);
  });

  test('a heap that is too small: -ENOMEM', () => {
    expect(() => new GuestMachine({ heap: { base: RAM, size: 0x1000n } })).toThrow('boot: -12');
  });
});

describe('DMA API', () => {
  test('IOVAs come from the top of 32 bits downwards, with the offset of the buffer in its page', () => {
    const { dma, machine } = withDevice();
    expect(dma.map(BUFFER + 0x10n, 8n)).toBe(0xffff_f010n);
    expect(dma.map(BUFFER + 0xff8n, 16n)).toBe(0xffff_cff8n);
    expect(machine.names()).toEqual([]);
  });

  test('strict: every unmap is invalidated before it returns, and its IOVA is free', () => {
    const { dma, machine } = withDevice();
    const iova = dma.map(BUFFER, 0x1000n) as bigint;
    expect(dma.unmap(iova, 0x1000n)).toBe(0);
    expect(machine.commands()).toMatchObject([
      { name: 'CMD_TLBI_NH_VA', fields: { ASID: 1, Address: 0xffff_f000n, TG: 1, TTL: 3, Leaf: true } },
      { name: 'CMD_SYNC' },
    ]);
    expect(dma.map(BUFFER, 0x1000n)).toBe(iova);
  });

  test('a range is one command with RIL, one for each page without', () => {
    const unmap = (vintage: keyof typeof VINTAGES) => {
      const { dma, machine } = withDevice({ vintage: VINTAGES[vintage] });
      dma.unmap(dma.map(BUFFER, 0x4000n) as bigint, 0x4000n);
      return machine
        .commands()
        .filter(({ name }) => name === 'CMD_TLBI_NH_VA')
        .map(({ fields }) => fields);
    };
    expect(unmap('5.15')).toEqual([{ ASID: 1, Address: 0xffff_c000n, TG: 1, TTL: 3, Leaf: true, SCALE: 2 }]);
    expect(unmap('5.4')).toEqual(
      [0xffff_c000n, 0xffff_d000n, 0xffff_e000n, 0xffff_f000n].map((Address) => ({ ASID: 1, Address, Leaf: true })),
    );
  });

  test('lazy: an unmap invalidates nothing and keeps the IOVA until the queue is flushed', () => {
    const { dma, machine } = withDevice({ defaultDomain: 'lazy' });
    const iova = dma.map(BUFFER, 0x1000n) as bigint;
    dma.unmap(iova, 0x1000n);
    expect(machine.names()).toEqual([]);
    expect(dma.map(BUFFER, 0x1000n)).not.toBe(iova);
    dma.flush();
    expect(machine.commands()).toMatchObject([{ name: 'CMD_TLBI_NH_ASID', fields: { ASID: 1 } }, { name: 'CMD_SYNC' }]);
    expect(dma.map(BUFFER, 0x1000n)).toBe(iova);
    dma.flush();
    expect(machine.names()).toEqual([]);
  });

  test('lazy: a full queue is flushed', () => {
    const { dma, machine } = withDevice({ defaultDomain: 'lazy' });
    for (let i = 0; i < FLUSH_QUEUE_SIZE; i++) dma.unmap(dma.map(BUFFER, 0x1000n) as bigint, 0x1000n);
    expect(dma.queued).toBe(0);
    expect(machine.names()).toEqual(['CMD_TLBI_NH_ASID', 'CMD_SYNC']);
  });

  test('a buffer that no table entry can point to: -ERANGE, and its IOVA is free', () => {
    const { dma } = withDevice();
    expect(dma.map(1n << 50n, 0x1000n)).toBe(-34);
    expect(dma.map(BUFFER, 0x1000n)).toBe(0xffff_f000n);
  });

  test('what is not mapped: -EINVAL; no tables left: -ENOMEM, and the IOVA is given back', () => {
    const { dma } = withDevice();
    expect(dma.unmap(0x1000n, 0x1000n)).toBe(-22);
    const { dma: poor } = withDevice({ heap: { base: RAM, size: 0xa000n }, cmdqShift: 7, evtqShift: 5 });
    expect([poor.map(BUFFER, 0x1000n), poor.map(BUFFER, 0x1000n)]).toEqual([-12, -12]);
  });
});

describe('b.5: RMRs', () => {
  test('the streams of RMR nodes start with bypass, before the SMMU is enabled', () => {
    const machine = new GuestMachine({ firmware: msiFirmware([8]) });
    expect(machine.ste(8)).toMatchObject({ V: true, Config: 4, SHCFG: 1 });
    expect(machine.ste(9)).toMatchObject({ Config: 0 });
  });

  test('the window is mapped as it is', () => {
    const { dma, machine } = withDevice({ firmware: msiFirmware([8]) });
    expect(dma.mapDirect({ base: 0x800_0000n, length: 0x1000n })).toBe(-17);
    expect(machine.journal.records.filter((record) => record.action === 'direct mapping')[0]).toMatchObject({
      detail: { base: 0x800_0000n, length: 0x10_0000n },
      result: 0,
    });
  });

  test('a reserved range is never given out', () => {
    const { rmrs, ...rest } = msiFirmware([8]);
    const { dma } = withDevice({ firmware: { ...rest, rmrs: [{ ...rmrs[0]!, ranges: [{ base: 0xffff_e000n, length: 0x2000n }] }] } });
    expect(dma.map(BUFFER, 0x1000n)).toBe(0xffff_d000n);
  });

  test('without _DSM function 5 the kernel ignores RMRs of PCI devices', () => {
    const machine = new GuestMachine({ firmware: { ...msiFirmware([8]), preserveBootConfiguration: false } });
    expect(machine.ste(8)['event']).toBe('C_BAD_STREAMID');
    machine.kernel.addDevice(DEVICE);
    expect(machine.journal.records.some((record) => record.action === 'direct mapping')).toBe(false);
  });

  test('QEMU gives one node for each BDF: 68 bytes, revision 1, no remapping, one range', () => {
    const { rmrs, iortRevision } = msiFirmware(Array.from({ length: 256 }, (_, bdf) => bdf));
    expect(iortRevision).toBe(3);
    expect(rmrs).toHaveLength(256);
    expect(rmrs[255]).toEqual({
      type: 6,
      revision: 1,
      length: 68,
      flags: 0,
      ranges: [{ base: 0x800_0000n, length: 0x10_0000n }],
      mapping: { outputBase: 255, count: 1, single: true },
    });
  });
});

describe('the event queue and who takes faults', () => {
  const fault = { StreamID: 8, RnW: true, Class: 2, InputAddr: 0x1000n };
  const faulting = (faults: FaultPolicy, fields: Readonly<Record<string, number | bigint | boolean>>, canStall = false) => {
    const machine = new GuestMachine({ faults }, STALLING);
    machine.kernel.addDevice({ ...DEVICE, canStall });
    machine.commands();
    machine.inject('F_TRANSLATION', { ...fault, ...fields });
    return machine;
  };

  test('nobody registered: the kernel prints the event', () => {
    const machine = faulting({ unrecoverable: 'print', pageRequest: 'none' }, {});
    expect(machine.kernel.log.lines).toHaveLength(5);
    expect(machine.kernel.faults.taken).toEqual([]);
  });

  test('a driver takes it: nothing is printed', () => {
    const machine = faulting({ unrecoverable: 'take', pageRequest: 'none' }, {});
    expect(machine.kernel.log.lines).toEqual([]);
    expect(machine.kernel.faults.taken).toMatchObject([{ fault: { addr: 0x1000n, reason: 5, perm: 1 } }]);
  });

  test.each([
    ['SUCCESS', { StreamID: 8, STAG: 7, Ac: true }],
    ['FAILURE', { StreamID: 8, STAG: 7, Ab: true }],
    ['none', { StreamID: 8, STAG: 7, Ab: true }],
  ] as const)('a stalled transaction, page request %s: CMD_RESUME', (pageRequest, fields) => {
    const machine = faulting({ unrecoverable: 'take', pageRequest }, { Stall: true, STAG: 7 }, true);
    expect(machine.commands()).toEqual([{ name: 'CMD_RESUME', fields }]);
  });

  test('a device that may not stall, or a kernel that knows no stalls: STE.S1STALLD', () => {
    const stalld = (canStall: boolean, vintage: keyof typeof VINTAGES) => {
      const machine = new GuestMachine({ vintage: VINTAGES[vintage] }, STALLING);
      machine.kernel.addDevice({ ...DEVICE, canStall });
      return machine.ste(8)['S1STALLD'];
    };
    expect([stalld(true, '5.15'), stalld(false, '5.15'), stalld(true, '5.4')]).toEqual([false, true, true]);
  });

  test('the CD of a device that stalls says so', () => {
    const machine = new GuestMachine({}, STALLING);
    machine.kernel.addDevice({ ...DEVICE, canStall: true });
    const at = machine.ste(8)['S1ContextPtr'] as bigint;
    expect(accessor(CD, 'S')(machine.words(at, 16), 0)).toBe(1);
  });
});
