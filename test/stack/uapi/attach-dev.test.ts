/** Every errno of a.9 as a VMM gets it: from VFIO_SET_IOMMU, or from adding a group to a container that has its type. */
import { describe, expect, test } from 'vitest';
import type { HostDevice } from '../../../src/model/stack/host/driver/types.ts';
import { VfioContainer } from '../../../src/model/stack/host/vfio/container.ts';
import { device as makeDevice } from './recording-driver.ts';
import { ID, RealHost } from './real-host.ts';
import type { RealHostOptions } from './real-host.ts';
import { expectErrno } from './setup.ts';

const TYPE1 = 1;
const NESTING = 6;
const ABORT_STE = '0000000000000001';
const DEVICE = makeDevice('0000:00:04.0', 0x20);
/** A doorbell whose accesses bypass translation. */
const HW_MSI = { type: 'msi', start: 0xc600_0000n, length: 0x1_0000n } as const;
const SW_MSI = { type: 'sw-msi', start: 0x800_0000n, length: 0x10_0000n } as const;

interface Started {
  readonly host: RealHost;
  readonly container: VfioContainer;
}

function start(devices: readonly HostDevice[] = [DEVICE], options: RealHostOptions = {}): Started {
  const host = new RealHost(options);
  for (const one of devices) expectErrno(host.driver.probeDevice(one), 'ok');
  const container = new VfioContainer({ memory: host.memory, journal: host.journal });
  for (const one of devices) expectErrno(container.addGroup({ driver: host.driver, devices: [one] }), 'ok');
  return { host, container };
}

/** What arm_smmu_attach_dev() answered, one after the other. */
const attaches = ({ host }: Started): number[] =>
  host.journal.records.flatMap(({ action, result }) => (action === 'attach_dev' && result !== undefined ? [result] : []));

describe('a.9: arm_smmu_attach_dev through VFIO_SET_IOMMU', () => {
  test('NESTED and a region of type IOMMU_RESV_MSI: -EINVAL, and the device aborts', () => {
    const device = { ...DEVICE, reservedRegions: [HW_MSI] };
    const { host, container } = start([device]);
    expectErrno(container.setIommu(NESTING), 'EINVAL');
    expect([host.ste(device)[0], container.domains]).toEqual([ABORT_STE, []]);
  });

  test('NESTED and a region of type IOMMU_RESV_SW_MSI is fine', () => {
    expectErrno(start([{ ...DEVICE, reservedRegions: [SW_MSI] }]).container.setIommu(NESTING), 'ok');
  });

  test('no fwspec: -ENOENT', () => {
    const { host, container } = start([]);
    const device = { ...DEVICE, streamIds: [] };
    expectErrno(host.driver.probeDevice(device), 'ENODEV');
    container.addGroup({ driver: host.driver, devices: [device] });
    expectErrno(container.setIommu(NESTING), 'ENOENT');
  });

  test('SVA enabled: -EBUSY', () => {
    expectErrno(start([{ ...DEVICE, svaEnabled: true }]).container.setIommu(NESTING), 'EBUSY');
  });

  test('the domain is bound to another SMMU: -ENXIO when VFIO tries it, so the group gets a domain of its own', () => {
    const { container } = start();
    expectErrno(container.setIommu(NESTING), 'ok');
    const other = start();
    expectErrno(container.addGroup({ driver: other.host.driver, devices: [DEVICE] }), 'ok');
    expect(attaches(other)).toEqual([0, -6, 0]);
    expect([container.domains.length, other.host.ste(DEVICE)[0]]).toEqual([2, '000000000000000d']);
  });

  test.each([
    ['ssid_bits != s1cdmax', { ssidBits: 4 }],
    ['stall_enabled mismatch', { canStall: true }],
  ])('S1, %s: -EINVAL for the domain that is there, so the device gets one of its own', (_row, more) => {
    const setup = start([DEVICE, makeDevice('0000:00:05.0', 0x28, more)]);
    expectErrno(setup.container.setIommu(TYPE1), 'ok');
    expect(attaches(setup)).toEqual([0, 0, -22, 0]);
    expect(setup.container.domains).toHaveLength(2);
  });

  test.each([
    ['stage 2', 1],
    ['stage 1', 2],
  ])('finalise, an SMMU without %s: -EINVAL (a.4)', (_row, bit) => {
    const { host, container } = start([DEVICE], { id: { ...ID, IDR0: ID.IDR0 & ~bit } });
    expectErrno(container.setIommu(NESTING), 'EINVAL');
    expect(host.dmesg().at(-1)).toMatch('does not implement two stages');
  });

  test('finalise, no VMID left: -ENOSPC', () => {
    const { host, container } = start();
    while (host.driver.smmu.vmids.allocate() > 0) continue;
    expectErrno(container.setIommu(NESTING), 'ENOSPC');
  });

  test('finalise, no memory for the tables: -ENOMEM', () => {
    const { host, container } = start();
    while (host.driver.smmu.pages.allocate(4096) !== null) continue;
    expectErrno(container.setIommu(NESTING), 'ENOMEM');
  });
});
