import { describe, expect, test } from 'vitest';
import { PRESETS } from '../../../src/model/spec/index.ts';
import { IDEAL, QEMU_V10 } from '../../../src/model/stack/vmm/vfio/policy.ts';
import { BUFFER, NestedMachine } from './nested-machine.ts';
import type { Path } from './nested-machine.ts';

const POSTED: Path = { uapi: 'vfio-v16', as: 'posted', policy: QEMU_V10 };
const INTENDED: Path = { uapi: 'vfio-v16', as: 'intended', policy: IDEAL };
const IOMMUFD: Path = { uapi: 'iommufd', commandsPerIoctl: 16 };

const PATHS = [
  ['vfio-v16 as posted, QEMU v10', POSTED],
  ['vfio-v16 as intended, ideal VMM', INTENDED],
  ['iommufd', IOMMUFD],
] as const;

const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

describe.each(PATHS)('%s', (_, path) => {
  test('guest maps, device DMA succeeds through both stages; guest unmaps, device faults, the fault reaches the guest', () => {
    const machine = new NestedMachine({ path });
    const { dma } = machine.bound[0]!;
    const iova = dma!.map(BUFFER, 0x1000n) as bigint;
    expect(machine.dma(iova + 0x10n, 'write', bytes).outcome.status).toBe('success');
    expect(machine.ram.readBytes(BUFFER + 0x10n, 8)).toEqual(bytes);
    expect(machine.dma(iova + 0x10n, 'read').data).toEqual(bytes);

    expect(dma!.unmap(iova, 0x1000n)).toBe(0);
    const { outcome } = machine.dma(iova + 0x10n, 'read');
    expect(outcome).toMatchObject({ status: 'fault', fault: { name: 'F_TRANSLATION', stage: 1 } });
    expect(machine.kernel.log.lines.map((line) => line.text)).toContain('arm-smmu-v3 arm-smmu-v3.0.auto: event 0x10 received:');
    expect(machine.hostLog.lines).toEqual([]);
  });
});

/** The hops of the records from `from` on in the order they began, each named once where the path comes to it. */
function hops(machine: NestedMachine, from: number): string[] {
  const all = machine.journal.records.slice(from).sort((a, b) => a.order - b.order).map((record) => record.hop);
  return all.filter((hop, i) => hop !== all[i - 1]);
}

describe('the journal has every hop, in the order they began', () => {
  test.each(PATHS)('%s', (_, path) => {
    const machine = new NestedMachine({ path });
    const { dma } = machine.bound[0]!;
    const iova = dma!.map(BUFFER, 0x1000n) as bigint;
    let from = machine.journal.records.length;
    dma!.unmap(iova, 0x1000n);
    expect(hops(machine, from)).toEqual(
      path.uapi === 'iommufd'
        ? ['guest', 'vmm', 'uapi', 'host-driver']
        : ['guest', 'vmm', 'uapi', 'host-core', 'host-driver'],
    );
    from = machine.journal.records.length;
    machine.dma(iova, 'read');
    expect(hops(machine, from)).toEqual(
      ['host-driver', 'host-core', 'uapi', 'vmm', 'guest'],
    );
  });
});

test('c.9: a virtual SMMU that promises more than the host has is refused when it is made', () => {
  const create = (): NestedMachine => new NestedMachine({ path: IOMMUFD, id: { ...PRESETS['qemu-11'].id, IDR5: 0x53 } });
  expect(create).toThrow('the host lacks OAS, GRAN16K');
  expect(() => new NestedMachine({ path: IOMMUFD, id: { ...PRESETS['v3.2'].id, IDR5: 0x80_0074 } })).not.toThrow();
});
