import { describe, expect, test } from 'vitest';
import { DEVICE, HostMachine, TRANSLATE } from './host-machine.ts';

const DOORBELL = 0x1_2200_0040n;
const WINDOW = 0x800_0000n;

describe('MSI window (a.9, b.5)', () => {
  test('a doorbell gets a page of the window, in stage 2; the next another, the same again the same', () => {
    const host = new HostMachine();
    const domain = host.attached();
    expect(host.driver.prepareMsi(DEVICE, DOORBELL)).toBe(WINDOW + 0x40n);
    expect(host.driver.prepareMsi(DEVICE, 0x1_2201_0040n)).toBe(WINDOW + 0x1040n);
    expect(host.driver.prepareMsi(DEVICE, DOORBELL + 8n)).toBe(WINDOW + 0x48n);
    expect(host.driver.iovaToPhys(domain, WINDOW + 0x40n)).toBe(DOORBELL);
  });

  test('the device\'s MSI reaches the doorbell through stage 2', () => {
    const host = new HostMachine();
    host.attached();
    const iova = host.driver.prepareMsi(DEVICE, DOORBELL) as bigint;
    expect(host.smmu.translate({ sid: 0x20, iova, access: 'write' })).toMatchObject({ status: 'success', pa: DOORBELL });
  });

  test('with a guest\'s stage 1 the guest is asked first: without a flat mapping the MSI faults', () => {
    const host = new HostMachine();
    const domain = host.attached();
    const iova = host.driver.prepareMsi(DEVICE, DOORBELL) as bigint;
    host.driver.attachPasidTable(domain, TRANSLATE);
    expect(host.smmu.translate({ sid: 0x20, iova, access: 'write' }).status).toBe('fault');
  });

  test('without translation the doorbell is written as it is', () => {
    const host = new HostMachine();
    host.driver.probeDevice(DEVICE);
    expect(host.driver.prepareMsi(DEVICE, DOORBELL)).toBe(DOORBELL);
    host.driver.attachDev(host.driver.domainAlloc('identity'), DEVICE);
    expect(host.driver.prepareMsi(DEVICE, DOORBELL)).toBe(DOORBELL);
  });

  test('1 MiB is 256 pages, then -ENOSPC; a page that something else maps is -EEXIST', () => {
    const host = new HostMachine();
    const domain = host.attached();
    for (let page = 0n; page < 256n; page++) host.driver.prepareMsi(DEVICE, page << 12n);
    expect(host.driver.prepareMsi(DEVICE, 256n << 12n)).toBe(-28);
    expect(domain.msiPages.size).toBe(256);
    const other = new HostMachine();
    const taken = other.attached();
    other.driver.map(taken, WINDOW, 0n, 0x1000n, 3);
    expect(other.driver.prepareMsi(DEVICE, DOORBELL)).toBe(-17);
  });
});

describe('StreamIDs with reserved memory regions (b.5)', () => {
  test.each(['v16', 'modern'] as const)('%s: they bypass from before SMMUEN until a domain is attached', (generation) => {
    const host = new HostMachine({ generation, bypassStreams: [0x20] });
    expect(host.ste()).toEqual(['0000000000000009', '0000100000000000', '0000000000000000', '0000000000000000']);
    expect(host.smmu.translate({ sid: 0x20, iova: 0x1000n, access: 'write' })).toMatchObject({ status: 'bypass' });
    host.attached(DEVICE, false);
    expect(host.ste()[0]).not.toBe('0000000000000009');
  });

  test('one outside the stream table fails the probe', () => {
    expect(() => new HostMachine({ bypassStreams: [0x200_0000] })).toThrow('probe: -34');
  });
});
