import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import type { CacheInvalidateInfo, CommandWords, EventWords, PasidTableConfig } from '../../../src/model/stack/host/driver/types.ts';
import { isErrno } from '../../../src/model/stack/errno.ts';
import { DEVICE, HostMachine, ID } from './host-machine.ts';

const u64 = fc.bigInt(0n, (1n << 64n) - 1n);
const u32 = fc.nat(0xffff_ffff);
/** Mostly what is understood, so that the deeper rows are reached. */
const near = (...values: number[]) => fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...values) }, fc.nat(255));

const infos: fc.Arbitrary<CacheInvalidateInfo> = fc.record({
  version: near(1), cache: near(1), granularity: near(0, 1, 2), flags: near(0, 2, 6), archid: u32, pasid: u64, addr: u64,
  granuleSize: fc.oneof(fc.constantFrom(0x1000n, 0x4000n, 0x1_0000n, 0x20_0000n, 0x4000_0000n), u64),
  nbGranules: fc.oneof(fc.bigInt(0n, 2000n), u64),
});

const configs: fc.Arbitrary<PasidTableConfig> = fc.record({
  version: near(1), basePtr: u64, format: near(1), pasidBits: near(0), config: near(1, 2, 3),
  smmuv3: fc.record({ version: near(1), s1fmt: fc.nat(255), s1dss: fc.nat(255) }),
});

describe('whatever arrives: an errno of the tables, never an exception, never a hang', () => {
  test.each([
    ['4K pages', 500, {}],
    ['16K pages: the mixed-granule loop', 500, { choices: { pageSize: 0x4000n } }],
    ['without RIL', 50, { id: { ...ID, IDR3: ID.IDR3 & ~0x400 } }],
    ['as intended', 500, { as: 'intended' as const }],
  ])('cache_invalidate, %s', (_, numRuns, options) => {
    const host = new HostMachine(options);
    const domain = host.attached();
    const results = new Set<number>();
    fc.assert(fc.property(infos, (info) => void results.add(host.driver.cacheInvalidate(domain, DEVICE, info))), { numRuns });
    for (const result of results) expect([0, -2, -22, -110]).toContain(result);
    expect(results.has(0)).toBe(true);
  });

  test('attach_pasid_table: the STE is always one that the driver means', () => {
    const host = new HostMachine();
    const domain = host.attached();
    fc.assert(fc.property(configs, fc.boolean(), (config, detach) => {
      expect([0, -22]).toContain(host.driver.attachPasidTable(domain, config));
      if (detach) host.driver.detachPasidTable(domain);
      expect([1n, 0xdn, 0xfn]).toContain(BigInt(`0x${host.ste()[0]}`) & 0xfn);
    }), { numRuns: 1000 });
  });

  test('user commands and STEs of iommufd', () => {
    const host = new HostMachine({ generation: 'modern' });
    host.driver.probeDevice(DEVICE);
    const parent = host.driver.domainAllocPaging(DEVICE, 1, false);
    if (isErrno(parent)) throw new Error('no parent');
    const viommu = host.driver.viommuAlloc(DEVICE, parent);
    if (isErrno(viommu)) throw new Error('no vIOMMU');
    host.driver.vdeviceAlloc(viommu, DEVICE, 7n);
    const opcode = fc.constantFrom(0x30n, 0x10n, 0x11n, 0x12n, 0x13n, 0x05n, 0x06n, 0x46n);
    const command = fc.tuple(opcode, u64, u64).map(([op, d0, d1]): CommandWords => [(d0 & ~0xffn) | op, d1]);
    fc.assert(fc.property(fc.array(command, { maxLength: 80 }), (commands) => {
      const { result, handled } = host.driver.cacheInvalidateUser(viommu, commands);
      expect([0, -5]).toContain(result);
      expect(handled).toBeLessThanOrEqual(commands.length);
    }), { numRuns: 200 });
    fc.assert(fc.property(u64, u64, (d0, d1) => {
      const domain = host.driver.domainAllocNested(viommu, 0, [d0, d1]);
      if (isErrno(domain)) expect(domain).toBe(-5);
      else expect(host.driver.attachDev(domain, DEVICE)).toBe(0);
    }), { numRuns: 1000 });
  });

  test.each(['v16', 'modern'] as const)('events, %s', (generation) => {
    const host = new HostMachine({ generation, as: 'intended' });
    host.attached({ ...DEVICE, canStall: true });
    fc.assert(fc.property(fc.tuple(u64, u64, u64, u64), (words) => host.raise(words as EventWords)), { numRuns: 500 });
    expect(host.smmu.eventQueue.entries()).toEqual([]);
  });
});
