/** The vectors of d.4 as the running driver puts them into the physical command queue: ASID 5 of a guest, VMID 3 of its domain. */
import { describe, expect, test } from 'vitest';
import { isErrno } from '../../../src/model/stack/errno.ts';
import { tlbInvRange } from '../../../src/model/stack/host/driver/tlb.ts';
import { HWPT_FLAG, INV_FLAG, INV_GRANU } from '../../../src/model/stack/host/driver/types.ts';
import type { CacheInvalidateInfo } from '../../../src/model/stack/host/driver/types.ts';
import { DEVICE, HostMachine, INVALIDATE, TRANSLATE } from './host-machine.ts';
import type { HostOptions } from './host-machine.ts';

const K4 = 0x1000n;
const K16 = 0x4000n;
const K64 = 0x1_0000n;
const M2 = 0x20_0000n;

interface Asked {
  readonly addr: bigint;
  readonly granuleSize: bigint;
  readonly nbGranules: bigint;
  readonly leaf?: false;
}

/** A v16 host of the page size whose nested domain has VMID 3, with TRANSLATE in force. */
function host515(pageSize: bigint, options: HostOptions = {}, device = DEVICE) {
  const host = new HostMachine({ choices: { pageSize }, ...options });
  for (const vmid of [1, 2]) expect(host.driver.smmu.vmids.allocate()).toBe(vmid);
  const domain = host.attached(device);
  host.driver.attachPasidTable(domain, TRANSLATE);
  host.mark();
  const invalidate = (info: Partial<CacheInvalidateInfo>): number => host.driver.cacheInvalidate(domain, device, { ...INVALIDATE, ...info });
  return { host, invalidate };
}

const leafFlags = ({ leaf = true }: { readonly leaf?: boolean }): number => INV_FLAG.ARCHID | (leaf ? INV_FLAG.LEAF : 0);

describe('d.4 by the running driver of 5.15, through arm_smmu_cache_invalidate', () => {
  test.each<[row: string, pageSize: bigint, asked: Asked, words: string[]]>([
    ['4K leaf, 1 page @0x1000', K4, { addr: 0x1000n, granuleSize: K4, nbGranules: 1n }, ['0005000300000012 0000000000001701']],
    ['4K leaf, one 2M block @0x200000 (granule 2M)', K4, { addr: M2, granuleSize: M2, nbGranules: 1n }, ['0005000300900012 0000000000200601']],
    ['4K leaf, 512 pages @0x200000', K4, { addr: M2, granuleSize: K4, nbGranules: 512n }, ['0005000300900012 0000000000200701']],
    ['4K leaf, 511 pages @0x200000', K4, { addr: M2, granuleSize: K4, nbGranules: 511n }, ['000500030001e012 0000000000200701', '000500030050e012 000000000021f701']],
    ['4K leaf, 33 pages @0x1000', K4, { addr: 0x1000n, granuleSize: K4, nbGranules: 33n }, ['0005000300000012 0000000000001701', '0005000300500012 0000000000002701']],
    ['4K non-leaf 2M walk @0x200000, 5.15', K4, { addr: M2, granuleSize: K4, nbGranules: 512n, leaf: false }, ['0005000300900012 0000000000200700']],
    ['64K leaf 1 page @0x10000', K64, { addr: K64, granuleSize: K64, nbGranules: 1n }, ['0005000300000012 0000000000010f01']],
    ['16K leaf 3 pages @0x4000', K16, { addr: K16, granuleSize: K16, nbGranules: 3n }, ['0005000300002012 0000000000004b01']],
    ['v16 bug: host 4K, guest 64K x 1 @0x10000', K4, { addr: K64, granuleSize: K64, nbGranules: 1n }, ['0005000300400012 0000000000010701']],
  ])('%s', (_, pageSize, { leaf = true, ...asked }, words) => {
    const { host, invalidate } = host515(pageSize);
    expect(invalidate({ ...asked, flags: leafFlags({ leaf }) })).toBe(0);
    expect([host.words(), host.names().at(-1), host.dmesg()]).toEqual([words, 'SYNC', []]);
  });

  test('v16 bug: host 16K, guest 4K x 5 @0x1000: the reserved encoding is CERROR_ILL, then the loop never ends', () => {
    const { host, invalidate } = host515(K16);
    expect(invalidate({ addr: 0x1000n, granuleSize: K4, nbGranules: 5n, flags: leafFlags({}) })).toBe(-110);
    expect(host.dmesg().slice(3, 5)).toEqual(['\t0x0005000300000012', '\t0x0000000000001801']);
    expect(host.dmesg().at(-1)).toMatch('CPU stuck');
  });
});

describe('d.4 by the running driver of today', () => {
  test.each([
    ['4K non-leaf 2M walk @0x200000, current', { iova: M2, size: M2 }, '0005000300900012 0000000000200400'],
    ['4K non-leaf 1 page, current (rounded up to 2)', { iova: 0x1000n, size: K4 }, '0005000300100012 0000000000001400'],
  ])('%s', (_, range, words) => {
    const host = new HostMachine({ generation: 'modern' });
    for (const vmid of [1, 2]) expect(host.driver.smmu.vmids.allocate()).toBe(vmid);
    host.driver.probeDevice(DEVICE);
    const parent = host.driver.domainAllocPaging(DEVICE, HWPT_FLAG.NEST_PARENT, false);
    if (isErrno(parent)) throw new Error(String(parent));
    host.mark();
    expect(tlbInvRange(host.driver.smmu, parent, { ...range, granule: K4, leaf: false }, 5)).toBe(0);
    // What follows is c.5: a nest parent drops all of its VMID after every range.
    expect(host.words()).toEqual([words, '0000000300000010 0000000000000000']);
  });
});

describe('d.4 ATC_INV by the running driver', () => {
  const ats = { ...DEVICE, ats: true };

  test('pages 7..8: address 0, SIZE 4 (16 pages)', () => {
    const { host, invalidate } = host515(K4, {}, ats);
    expect(invalidate({ addr: 0x7000n, nbGranules: 2n })).toBe(0);
    expect(host.words().at(-1)).toBe('0000002000000040 0000000000000004');
  });

  test('size 0: SIZE 52, everything, without SSV', () => {
    const { host, invalidate } = host515(K4, {}, ats);
    expect(invalidate({ granularity: INV_GRANU.PASID })).toBe(0);
    expect(host.words().at(-1)).toBe('0000002000000040 0000000000000034');
  });
});
