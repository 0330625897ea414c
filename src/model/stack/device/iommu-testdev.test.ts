import { describe, expect, it } from 'vitest';
import { PhysicalMemory } from '../../memory/physical-memory.ts';
import { directBusMaster } from './bus-master.ts';
import { IommuTestDevice, TESTDEV, TESTDEV_RESULT } from './iommu-testdev.ts';
import { PciBus } from './pci-bus.ts';

const RAM = 0x4000_0000n;

function plug() {
  const memory = new PhysicalMemory([{ base: RAM, size: 0x4_0000n }]);
  const device = new IommuTestDevice(memory);
  new PciBus({ number: () => 0, masters: directBusMaster(memory), interrupts: () => undefined, firstFreeSlot: 1 }).plug(8, device);
  const set = (values: Partial<Record<keyof typeof TESTDEV, number>>): void => {
    for (const [name, value] of Object.entries(values)) device.write(TESTDEV[name as keyof typeof TESTDEV], 4, BigInt(value));
  };
  const get = (name: keyof typeof TESTDEV): number => Number(device.read(TESTDEV[name]));
  const run = (values: Parameters<typeof set>[0]): number => {
    set({ GVA_LO: 0x4000_0103, GPA_LO: 0x4000_0103, LEN: 4, ATTRS: 0x0a, ...values, DBELL: 1 });
    get('TRIGGERING');
    return get('RESULT');
  };
  return { memory, set, get, run };
}

describe('iommu-testdev', () => {
  it('says idle, armed and disarmed', () => {
    const { set, get } = plug();
    expect(get('RESULT')).toBe(TESTDEV_RESULT.IDLE);
    set({ DBELL: 1 });
    expect(get('RESULT')).toBe(TESTDEV_RESULT.ARMED);
    set({ DBELL: 0 });
    expect(get('RESULT')).toBe(TESTDEV_RESULT.IDLE);
  });

  it('writes the pattern and finds it again', () => {
    const { memory, run, get } = plug();
    expect(run({})).toBe(TESTDEV_RESULT.OK);
    expect([...(memory.readBytes(RAM + 0x102n, 6) ?? [])]).toEqual([0, 0x78, 0x56, 0x34, 0x12, 0]);
    expect(get('TRIGGERING')).toBe(0);
    expect(get('RESULT')).toBe(TESTDEV_RESULT.NOT_ARMED);
  });

  it('does DMA of any length', () => {
    const { memory, run } = plug();
    expect(run({ GVA_LO: 0x4000_0000, GPA_LO: 0x4000_0000, LEN: 0x2_0007 })).toBe(TESTDEV_RESULT.OK);
    expect([...(memory.readBytes(RAM + 0x2_0004n, 4) ?? [])]).toEqual([0x78, 0x56, 0x34, 0]);
  });

  it.each([
    ['no length', { LEN: 0 }, TESTDEV_RESULT.LENGTH],
    ['a write that is aborted', { GVA_LO: 0x3000_0000 }, TESTDEV_RESULT.WRITE_ABORTED],
    ['a read-back outside memory', { GPA_LO: 0x4003_fffe }, TESTDEV_RESULT.READ_FAILED],
    ['other bytes at the read-back', { GPA_LO: 0x4000_0104 }, TESTDEV_RESULT.MISMATCH],
    ['a Secure request in the Non-secure space', { ATTRS: 0x0b }, TESTDEV_RESULT.ATTRIBUTES],
    ['a Non-secure request in the Secure space', { ATTRS: 0x08 }, TESTDEV_RESULT.ATTRIBUTES],
    ['attributes that do not matter as the space is not valid', { ATTRS: 0x03 }, TESTDEV_RESULT.OK],
  ])('reports %s', (_name, values, result) => {
    expect(plug().run(values)).toBe(result);
  });

  it('takes the high halves of both addresses', () => {
    expect(plug().run({ GVA_HI: 1 })).toBe(TESTDEV_RESULT.WRITE_ABORTED);
    expect(plug().run({ GPA_HI: 1 })).toBe(TESTDEV_RESULT.READ_FAILED);
  });

  it('spends the request even when it fails', () => {
    const { run, get } = plug();
    run({ LEN: 0 });
    get('TRIGGERING');
    expect(get('RESULT')).toBe(TESTDEV_RESULT.NOT_ARMED);
  });
});
