import { describe, expect, test } from 'vitest';
import { DEVICE, HostMachine, ID, TRANSLATE } from './host-machine.ts';
import { IdAllocator } from '../../../src/model/stack/host/driver/id-allocator.ts';

const MSI = { type: 'msi', start: 0xc600_0000n, length: 0x1_0000n } as const;
const ABORTED = '0000000000000001';

function nested(host: HostMachine) {
  const domain = host.driver.domainAlloc('unmanaged');
  host.driver.enableNesting(domain);
  return domain;
}

describe('attach_dev (a.9)', () => {
  test('a device with a hardware MSI region and a nested domain: -EINVAL, and the old domain is gone already', () => {
    const host = new HostMachine();
    const device = { ...DEVICE, reservedRegions: [MSI] };
    const dma = host.driver.domainAlloc('dma');
    host.driver.probeDevice(device);
    expect(host.driver.attachDev(dma, device)).toBe(0);
    expect(host.driver.attachDev(nested(host), device)).toBe(-22);
    expect([host.ste()[0], dma.masters]).toEqual([ABORTED, []]);
    expect(host.journal.records.at(-1)?.dropped).toBe('MSIs of the device bypass the SMMU: the device is left without domain');
  });

  test('the same device may use a domain without nesting, and a software MSI window is no obstacle', () => {
    const host = new HostMachine();
    const device = { ...DEVICE, reservedRegions: [MSI] };
    host.driver.probeDevice(device);
    expect(host.driver.attachDev(host.driver.domainAlloc('dma'), device)).toBe(0);
    const other = new HostMachine();
    other.driver.probeDevice(DEVICE);
    expect(other.driver.attachDev(nested(other), DEVICE)).toBe(0);
    expect(other.driver.getResvRegions(DEVICE)).toEqual([{ type: 'sw-msi', start: 0x800_0000n, length: 0x10_0000n }]);
  });

  test('no fwspec: -ENOENT; nothing is detached', () => {
    const host = new HostMachine();
    const domain = nested(host);
    expect(host.driver.probeDevice({ ...DEVICE, streamIds: [] })).toBe(-19);
    expect(host.driver.attachDev(domain, { ...DEVICE, streamIds: [] })).toBe(-2);
  });

  test('SVA enabled: -EBUSY; the old domain stays', () => {
    const host = new HostMachine();
    const device = { ...DEVICE, svaEnabled: true };
    host.driver.probeDevice(device);
    expect(host.driver.attachDev(nested(host), device)).toBe(-16);
    expect(host.dmesg()).toEqual(['cannot attach - SVA enabled']);
  });

  test('the domain belongs to another SMMU: -ENXIO', () => {
    const one = new HostMachine();
    const two = new HostMachine();
    const domain = one.attached();
    two.driver.probeDevice(DEVICE);
    expect(two.driver.attachDev(domain, DEVICE)).toBe(-6);
    expect(two.ste()[0]).toBe(ABORTED);
  });

  test('S1: other SSID bits than the domain: -EINVAL', () => {
    const host = new HostMachine();
    const domain = host.attached(DEVICE, false);
    const second = { ...DEVICE, name: '0000:00:05.0', streamIds: [0x28], ssidBits: 4 };
    host.driver.probeDevice(second);
    expect(host.driver.attachDev(domain, second)).toBe(-22);
    expect(host.dmesg()).toEqual(['cannot attach to incompatible domain (0 SSID bits != 4)']);
  });

  test('S1: stalling and not stalling do not share a domain: -EINVAL', () => {
    const host = new HostMachine();
    const domain = host.attached(DEVICE, false);
    const second = { ...DEVICE, name: '0000:00:05.0', streamIds: [0x28], canStall: true };
    host.driver.probeDevice(second);
    expect(host.driver.attachDev(domain, second)).toBe(-22);
    expect(host.dmesg()).toEqual(['cannot attach to stall-disabled domain']);
  });

  test('finalise (a.4): NESTED needs both stages: -EINVAL, and the domain stays unbound', () => {
    const host = new HostMachine({ id: { ...ID, IDR0: ID.IDR0 & ~2 } });
    const domain = nested(host);
    host.driver.probeDevice(DEVICE);
    expect(host.driver.attachDev(domain, DEVICE)).toBe(-22);
    expect([host.dmesg(), domain.smmu]).toEqual([['does not implement two stages'], null]);
  });

  test('finalise: no VMID left: -ENOSPC, tables are given back', () => {
    const host = new HostMachine();
    const { vmids } = host.driver.smmu;
    while (vmids.allocate() > 0) continue;
    host.driver.probeDevice(DEVICE);
    const pages = host.pages.inUse.size;
    expect(host.driver.attachDev(nested(host), DEVICE)).toBe(-28);
    expect(host.pages.inUse.size).toBe(pages);
  });

  test('finalise: no memory: -ENOMEM', () => {
    const host = new HostMachine();
    host.driver.probeDevice(DEVICE);
    while (host.pages.allocate(4096) !== null) continue;
    expect(host.driver.attachDev(nested(host), DEVICE)).toBe(-12);
  });

  test('an identity domain bypasses, without tables', () => {
    const host = new HostMachine();
    host.driver.probeDevice(DEVICE);
    expect(host.driver.attachDev(host.driver.domainAlloc('identity'), DEVICE)).toBe(0);
    expect(host.ste()).toEqual(['0000000000000009', '0000100000000000', '0000000000000000', '0000000000000000']);
  });

  test('a StreamID outside the stream table: -ERANGE', () => {
    const host = new HostMachine();
    expect(host.driver.probeDevice({ ...DEVICE, streamIds: [0x200_0000] })).toBe(-34);
  });

  test('ASIDs come from one allocator for all SMMUs', () => {
    const asids = new IdAllocator(16);
    const one = new HostMachine({ asids });
    const two = new HostMachine({ asids });
    expect([one.attached(DEVICE, false).s1.asid, two.attached(DEVICE, false).s1.asid]).toEqual([1, 2]);
    expect([one.attached({ ...DEVICE, streamIds: [0x28] }).s2.vmid, two.attached({ ...DEVICE, streamIds: [0x28] }).s2.vmid]).toEqual([1, 1]);
  });

  test('ATS: the ATC is flushed on attach and on detach', () => {
    const host = new HostMachine();
    const device = { ...DEVICE, ats: true };
    host.driver.probeDevice(device);
    const domain = nested(host);
    expect(host.during(() => host.driver.attachDev(domain, device)).slice(-2)).toEqual(['ATC_INV', 'SYNC']);
    expect(host.during(() => host.driver.detachDev(domain, device))).toEqual(['ATC_INV', 'SYNC', 'CFGI_STE', 'SYNC']);
  });

  test('a nested domain of iommufd is nothing this driver knows', () => {
    const host = new HostMachine();
    const domain = host.attached();
    host.driver.attachPasidTable(domain, TRANSLATE);
    expect(host.driver.attachDev({ kind: 'nested', viommu: { parent: domain, vmid: 1, vdevices: new Map() }, ste: [0n, 0n], enableAts: false, masters: [] }, DEVICE)).toBe(-22);
  });

  test('a released device aborts and is forgotten', () => {
    const host = new HostMachine();
    host.attached();
    host.driver.releaseDevice(DEVICE);
    expect([host.ste()[0], host.driver.smmu.masters.size]).toEqual([ABORTED, 0]);
  });
});

describe('CD tables of stage-1 domains', () => {
  test('SSID bits beyond a leaf make two levels, with CD2L', () => {
    const host = new HostMachine();
    host.attached({ ...DEVICE, ssidBits: 16 }, false);
    const word0 = BigInt(`0x${host.ste()[0]}`);
    expect([word0 >> 59n, (word0 >> 4n) & 3n]).toEqual([16n, 2n]);
    const leaf = host.memory.read64(word0 & 0x000f_ffff_ffff_ffc0n)!;
    expect(leaf & 1n).toBe(1n);
    expect(host.memory.read64(leaf & ~0xfffn)! & 0x8000_0000n).toBe(0x8000_0000n);
  });

  test('fewer are one linear table', () => {
    const host = new HostMachine();
    host.attached({ ...DEVICE, ssidBits: 4 }, false);
    const word0 = BigInt(`0x${host.ste()[0]}`);
    expect([word0 >> 59n, (word0 >> 4n) & 3n]).toEqual([4n, 0n]);
  });
});
