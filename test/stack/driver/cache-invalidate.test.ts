import { describe, expect, test } from 'vitest';
import { emptyGather } from '../../../src/model/stack/host/driver/tlb.ts';
import { INV_CACHE, INV_FLAG, INV_GRANU, PROT } from '../../../src/model/stack/host/driver/types.ts';
import type { CacheInvalidateInfo, Domain } from '../../../src/model/stack/host/driver/types.ts';
import { DEVICE, HostMachine, ID, INVALIDATE, TRANSLATE } from './host-machine.ts';
import type { HostOptions } from './host-machine.ts';

const ENOENT = -2;
const EINVAL = -22;
const ATS_DEVICE = { ...DEVICE, ats: true };

function nested(options: HostOptions = {}, device = DEVICE): { host: HostMachine; domain: Domain; invalidate: (info: Partial<CacheInvalidateInfo>) => number } {
  const host = new HostMachine(options);
  const domain = host.attached(device);
  host.driver.attachPasidTable(domain, TRANSLATE);
  host.mark();
  return { host, domain, invalidate: (info) => host.driver.cacheInvalidate(domain, device, { ...INVALIDATE, ...info }) };
}

describe('arm_smmu_cache_invalidate (a.7)', () => {
  test('#1 the stage is not NESTED: -EINVAL', () => {
    const host = new HostMachine();
    expect(host.driver.cacheInvalidate(host.attached(DEVICE, false), DEVICE, INVALIDATE)).toBe(EINVAL);
  });

  test('#2 no smmu: -EINVAL', () => {
    const host = new HostMachine();
    const domain = host.driver.domainAlloc('unmanaged');
    host.driver.enableNesting(domain);
    expect(host.driver.cacheInvalidate(domain, DEVICE, INVALIDATE)).toBe(EINVAL);
  });

  test('#3 version is not 1: -EINVAL', () => {
    expect(nested().invalidate({ version: 2 })).toBe(EINVAL);
  });

  test.each([
    ['PASID', INV_CACHE.PASID],
    ['DEV_IOTLB', INV_CACHE.DEV_IOTLB],
    ['IOTLB and DEV_IOTLB', INV_CACHE.IOTLB | INV_CACHE.DEV_IOTLB],
  ])('#4 cache is %s: -ENOENT', (_, cache) => {
    expect(nested().invalidate({ cache })).toBe(ENOENT);
  });

  test('#5 no IOTLB: -EINVAL', () => {
    expect(nested().invalidate({ cache: 0 })).toBe(EINVAL);
  });
});

describe('granularity and flags (a.7)', () => {
  test('PASID, flag PASID: -ENOENT', () => {
    expect(nested().invalidate({ granularity: INV_GRANU.PASID, flags: INV_FLAG.PASID | INV_FLAG.ARCHID })).toBe(ENOENT);
  });

  test('PASID, no ARCHID: -EINVAL', () => {
    expect(nested().invalidate({ granularity: INV_GRANU.PASID, flags: 0 })).toBe(EINVAL);
  });

  test('PASID, ARCHID: NH_ASID and SYNC, ATC full', () => {
    const { host, invalidate } = nested({}, ATS_DEVICE);
    expect(invalidate({ granularity: INV_GRANU.PASID })).toBe(0);
    expect(host.names()).toEqual(['TLBI_NH_ASID', 'SYNC', 'ATC_INV', 'SYNC']);
    expect(host.words()).toEqual(['0005000100000011 0000000000000000', '0000002000000040 0000000000000034']);
  });

  test('ADDR, flag PASID: -ENOENT', () => {
    expect(nested().invalidate({ flags: INV_FLAG.PASID | INV_FLAG.ARCHID })).toBe(ENOENT);
  });

  test('ADDR, no ARCHID: the global flush, whatever granule and size', () => {
    const { host, invalidate } = nested();
    expect(invalidate({ flags: INV_FLAG.LEAF, granuleSize: 3n, nbGranules: 0n })).toBe(0);
    expect(host.names()).toEqual(['TLBI_NSNH_ALL', 'SYNC']);
  });

  test.each([
    ['0', 0n],
    ['more than one bit', 0x3000n],
    ['not in the bitmap', 0x2000n],
  ])('ADDR, ARCHID, granule_size %s: -EINVAL', (_, granuleSize) => {
    const { host, invalidate } = nested();
    expect([invalidate({ granuleSize }), host.names()]).toEqual([EINVAL, []]);
  });

  test.each([
    ['0', 0n],
    ['a 64-bit wrap', 1n << 52n],
  ])('ADDR, ARCHID, range of bytes %s: -EINVAL', (_, nbGranules) => {
    expect(nested().invalidate({ nbGranules })).toBe(EINVAL);
  });

  test('ADDR, ARCHID, ok: NH_VA range and SYNC, ATC range', () => {
    const { host, invalidate } = nested({}, ATS_DEVICE);
    expect(invalidate({ addr: 0x7000n, nbGranules: 2n })).toBe(0);
    expect(host.names()).toEqual(['TLBI_NH_VA', 'SYNC', 'ATC_INV', 'SYNC']);
    expect(host.words()).toEqual(['0005000100100012 0000000000007700', '0000002000000040 0000000000000004']);
  });

  test('ADDR, ARCHID, LEAF: Leaf as the flag says', () => {
    const { host, invalidate } = nested();
    invalidate({ flags: INV_FLAG.ARCHID | INV_FLAG.LEAF });
    expect(host.words()).toEqual(['0005000100000012 0000000000001701']);
  });

  test('always NH_VA, on an E2H host too (a.6)', () => {
    const { host, invalidate } = nested({ vhe: true });
    invalidate({});
    expect(host.names()).toEqual(['TLBI_NH_VA', 'SYNC']);
  });

  test('DOMAIN: the global flush names no VMID and no ATC is told', () => {
    const { host, invalidate } = nested({}, ATS_DEVICE);
    expect(invalidate({ granularity: INV_GRANU.DOMAIN })).toBe(0);
    expect(host.names()).toEqual(['TLBI_NSNH_ALL', 'SYNC']);
    expect(host.words()).toEqual(['0000000000000030 0000000000000000']);
  });

  test('as intended the flush names the VMID', () => {
    const { host, invalidate } = nested({ as: 'intended' });
    invalidate({ granularity: INV_GRANU.DOMAIN });
    expect(host.words()).toEqual(['0000000100000010 0000000000000000']);
  });

  test('another granularity: -EINVAL', () => {
    expect(nested().invalidate({ granularity: 3 })).toBe(EINVAL);
  });

  test('exhaustive: 4 granularities, 8 flags, 16 caches', () => {
    const { invalidate } = nested();
    for (let granularity = 0; granularity < 4; granularity++) {
      for (let flags = 0; flags < 8; flags++) {
        for (let cache = 0; cache < 16; cache++) {
          const result = invalidate({ granularity, flags, cache });
          expect([granularity, flags, cache, result]).toEqual([granularity, flags, cache, expectation(granularity, flags, cache)]);
        }
      }
    }
  });
});

/** The matrix of a.7 as a function. */
function expectation(granularity: number, flags: number, cache: number): number {
  if ((cache & 6) !== 0) return ENOENT;
  if ((cache & 1) === 0 || granularity === 3) return EINVAL;
  if (granularity === 0) return 0;
  if ((flags & 1) !== 0) return ENOENT;
  return granularity === 1 && (flags & 2) === 0 ? EINVAL : 0;
}

describe('subtleties (a.7)', () => {
  test('1: archid from 0x8000_0000 with PASID becomes TLBI_S12_VMALL', () => {
    const { host, invalidate } = nested();
    expect(invalidate({ granularity: INV_GRANU.PASID, archid: 0xffff_ffff })).toBe(0);
    expect(host.words()).toEqual(['0000000100000028 0000000000000000']);
  });

  test('1: archid from 0x8000_0000 with ADDR becomes TLBI_S2_IPA of the guest\'s IOVA', () => {
    const { host, invalidate } = nested();
    expect(invalidate({ archid: 0xffff_ffff })).toBe(0);
    expect(host.words()).toEqual(['000000010000002a 0000000000001700']);
  });

  test('1: archid from 0x10000 is cut to 16 bits', () => {
    const { host, invalidate } = nested();
    invalidate({ archid: 0x7fff_0005 });
    expect(host.words()).toEqual(['0005000100000012 0000000000001700']);
  });

  test('2: the granule is checked against the hardware, TG is the host\'s page', () => {
    const { host, invalidate } = nested();
    expect(invalidate({ granuleSize: 0x1_0000n, addr: 0x1_0000n, flags: INV_FLAG.ARCHID | INV_FLAG.LEAF })).toBe(0);
    expect(host.words()).toEqual(['0005000100400012 0000000000010701']);
  });

  test('2: as intended TG is the guest\'s granule', () => {
    const { host, invalidate } = nested({ as: 'intended' });
    invalidate({ granuleSize: 0x1_0000n, addr: 0x1_0000n, flags: INV_FLAG.ARCHID | INV_FLAG.LEAF });
    expect(host.words()).toEqual(['0005000100000012 0000000000010f01']);
  });

  test('2: guest 4K on a host of 16K: CERROR_ILL, then a CPU that never comes back, found and reported', () => {
    const { host, invalidate } = nested({ choices: { pageSize: 0x4000n } });
    expect(invalidate({ nbGranules: 5n, flags: INV_FLAG.ARCHID | INV_FLAG.LEAF })).toBe(-110);
    expect(host.dmesg()).toEqual([
      'unexpected global error reported (0x00000001), this could be serious',
      expect.stringMatching('Illegal command') as string,
      'skipping command in error state:',
      '\t0x0005000100000012',
      '\t0x0000000000001801',
      'watchdog: BUG: soft lockup - CPU stuck in __arm_smmu_tlb_inv_range',
    ]);
    expect(host.journal.records.find((record) => record.action === 'livelock')?.dropped).toMatch('the address does not advance');
  });

  test('2: one 4K page is a livelock without any command', () => {
    const { host, invalidate } = nested({ choices: { pageSize: 0x4000n } });
    expect(invalidate({})).toBe(-110);
    expect(host.names()).toEqual([]);
  });

  test('3: LEAF is looked at with ADDR and ARCHID only', () => {
    const { host, invalidate } = nested();
    invalidate({ granularity: INV_GRANU.PASID, flags: INV_FLAG.ARCHID | INV_FLAG.LEAF });
    expect(host.words()).toEqual(['0005000100000011 0000000000000000']);
  });

  test('4: the device is not looked at', () => {
    const { host, domain } = nested();
    expect(host.driver.cacheInvalidate(domain, { ...DEVICE, name: 'another' }, INVALIDATE)).toBe(0);
  });

  test('6: a stage-2 unmap issues TLBI_S2_IPA only, and ATC_INV for the IPA as if it were the IOVA', () => {
    const { host, domain } = nested({}, ATS_DEVICE);
    host.driver.map(domain, 0x8000_0000n, 0x1_2000_0000n, 0x1000n, PROT.READ | PROT.WRITE | PROT.CACHE);
    host.mark();
    const gather = emptyGather();
    expect(host.driver.unmap(domain, 0x8000_0000n, 0x1000n, gather)).toBe(0x1000n);
    expect(host.names()).toEqual([]);
    host.driver.iotlbSync(domain, gather);
    expect(host.names()).toEqual(['TLBI_S2_IPA', 'SYNC', 'ATC_INV', 'SYNC']);
    expect(host.words()).toEqual(['000000010000002a 0000000080000701', '0000002000000040 0000000080000000']);
  });
});

describe('own invalidations (a.6)', () => {
  test.each([
    ['S1', {}, false, ['TLBI_NH_ASID', 'SYNC']],
    ['S1 with E2H', { vhe: true }, false, ['TLBI_EL2_ASID', 'SYNC']],
    ['NESTED', {}, true, ['TLBI_S12_VMALL', 'SYNC']],
  ])('the whole context of stage %s', (_, options, nesting, expected) => {
    const host = new HostMachine(options);
    const domain = host.attached(DEVICE, nesting);
    expect(host.during(() => host.driver.flushIotlbAll(domain))).toEqual(expected);
  });

  test.each([['S1', false], ['NESTED', true]])('the whole context of stage %s: then all of the ATC of each device with ATS', (_, nesting) => {
    const host = new HostMachine();
    const domain = host.attached(ATS_DEVICE, nesting);
    host.mark();
    host.driver.flushIotlbAll(domain);
    expect(host.words().slice(1)).toEqual(['0000002000000040 0000000000000034']);
  });

  test('a range of S1 is NH_VA, with E2H EL2_VA', () => {
    for (const [vhe, name] of [[false, 'TLBI_NH_VA'], [true, 'TLBI_EL2_VA']] as const) {
      const host = new HostMachine({ vhe });
      const domain = host.attached(DEVICE, false);
      host.driver.map(domain, 0x1000n, 0x1_2000_0000n, 0x1000n, PROT.READ);
      const gather = emptyGather();
      host.driver.unmap(domain, 0x1000n, 0x1000n, gather);
      expect(host.during(() => host.driver.iotlbSync(domain, gather))).toEqual([name, 'SYNC']);
    }
  });

  test('pages that are not neighbours, or of another size, are sent before the next is gathered', () => {
    const { host, domain } = nested();
    for (const at of [0x1000n, 0x2000n, 0x9000n]) host.driver.map(domain, at, 0x1_2000_0000n, 0x1000n, PROT.READ);
    host.driver.map(domain, 0x20_0000n, 0x1_2000_0000n, 0x20_0000n, PROT.READ);
    host.mark();
    const gather = emptyGather();
    for (const at of [0x1000n, 0x2000n, 0x9000n]) host.driver.unmap(domain, at, 0x1000n, gather);
    host.driver.unmap(domain, 0x20_0000n, 0x20_0000n, gather);
    host.driver.iotlbSync(domain, gather);
    expect(host.words()).toEqual(['000000010010002a 0000000000001701', '000000010000002a 0000000000009701', '000000010090002a 0000000000200601']);
  });

  test('without RIL there is a command for each page', () => {
    const { host, domain } = nested({ id: { ...ID, IDR3: ID.IDR3 & ~0x400 } });
    host.driver.map(domain, 0x1000n, 0x1_2000_0000n, 0x3000n, PROT.READ);
    const gather = emptyGather();
    host.driver.unmap(domain, 0x1000n, 0x3000n, gather);
    host.mark();
    host.driver.iotlbSync(domain, gather);
    expect(host.words()).toEqual([1, 2, 3].map((page) => `000000010000002a 000000000000${page}001`));
  });
});
