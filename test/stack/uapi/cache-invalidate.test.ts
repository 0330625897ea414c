/** a.7, the checks of the core, through VFIO_IOMMU_CACHE_INVALIDATE with raw bytes. */
import { describe, expect, test } from 'vitest';
import type { ErrnoName } from '../../../src/model/stack/errno.ts';
import { encodeStruct } from '../../../src/model/stack/uapi/bytes.ts';
import { IOMMU_CACHE_INVALIDATE_INFO_ADDR as INFO } from '../../../src/model/stack/uapi/vfio-v16/cache-invalidate.ts';
import { VFIO_IOMMU_CACHE_INVALIDATE } from '../../../src/model/stack/uapi/vfio-v16/container.ts';
import { RecordingDriver, device } from './recording-driver.ts';
import { cacheInvalidate, expectErrno, vfio } from './setup.ts';

const DOMAIN = { granularity: 0 };
const PASID = { granularity: 1 };
const ADDR = { granularity: 2 };

type Info = Parameters<typeof encodeStruct<typeof INFO>>[1];

const bytesOf = (info: Info): Uint8Array => cacheInvalidate(encodeStruct(INFO, { argsz: 56, version: 1, cache: 1, ...info }));

function invalidate(info: Info, length = 64): { readonly result: number; readonly driver: RecordingDriver } {
  const { container, driver } = vfio();
  return { result: container.ioctl(VFIO_IOMMU_CACHE_INVALIDATE, bytesOf(info).slice(0, length)), driver };
}

describe('a.7: iommu_uapi_cache_invalidate', () => {
  test('no op: -ENODEV, before anything is read', () => {
    const driver = new RecordingDriver();
    Object.defineProperty(driver, 'cacheInvalidate', { value: undefined });
    const { container } = vfio([{ driver, devices: [device('a', 1)] }]);
    expectErrno(container.ioctl(VFIO_IOMMU_CACHE_INVALIDATE, bytesOf(DOMAIN).slice(0, 8)), 'ENODEV');
  });

  const rows: readonly (readonly [row: string, info: Info, length: number, errno: ErrnoName | 'ok'])[] = [
    ['15 of the first 16 bytes are there', DOMAIN, 8 + 15, 'EFAULT'],
    ['argsz 15', { ...DOMAIN, argsz: 15 }, 64, 'EINVAL'],
    ['argsz 16 is enough for DOMAIN', { ...DOMAIN, argsz: 16 }, 8 + 16, 'ok'],
    ['PASID with argsz 31', { ...PASID, argsz: 31 }, 64, 'EINVAL'],
    ['PASID with argsz 32', { ...PASID, argsz: 32 }, 8 + 32, 'ok'],
    ['ADDR with argsz 55', { ...ADDR, argsz: 55 }, 64, 'EINVAL'],
    ['ADDR with argsz 56', ADDR, 64, 'ok'],
    ['argsz 31 for PASID comes before the copy of the rest', { ...PASID, argsz: 31 }, 8 + 16, 'EINVAL'],
    ['the rest is not there', ADDR, 8 + 55, 'EFAULT'],
    ['the copy of the rest comes before the version', { ...ADDR, version: 2 }, 8 + 55, 'EFAULT'],
    ['version 0', { ...DOMAIN, version: 0 }, 64, 'EINVAL'],
    ['version 2', { ...DOMAIN, version: 2 }, 64, 'EINVAL'],
    ['cache bit 3', { ...DOMAIN, cache: 9 }, 64, 'EINVAL'],
    ['granularity 3', { granularity: 3 }, 64, 'EINVAL'],
    ['ADDR with the PASID cache', { ...ADDR, cache: 4 }, 64, 'EINVAL'],
    ['ADDR with the PASID cache beside the IOTLB', { ...ADDR, cache: 5 }, 64, 'EINVAL'],
    ['ADDR flag bit 3', { ...ADDR, flags: 8 }, 64, 'EINVAL'],
    ['ADDR with all its flags', { ...ADDR, flags: 7 }, 64, 'ok'],
    ['PASID flag LEAF', { ...PASID, flags: 4 }, 64, 'EINVAL'],
    ['PASID with both its flags', { ...PASID, flags: 3 }, 64, 'ok'],
    ['DOMAIN with DEV_IOTLB', { ...DOMAIN, cache: 2 }, 64, 'EINVAL'],
    ['DOMAIN does not look at flags', { ...DOMAIN, flags: 0xffff_ffff }, 64, 'ok'],
    ['DOMAIN with the PASID cache is left to the driver', { ...DOMAIN, cache: 4 }, 64, 'ok'],
    ['no cache at all is left to the driver', { ...DOMAIN, cache: 0 }, 64, 'ok'],
    ['argsz above 56 is accepted', { ...ADDR, argsz: 1000 }, 64, 'ok'],
    ...[0, 1, 2, 3, 4, 5].map(
      (i) => [`padding byte ${i}`, { ...DOMAIN, padding: [0, 1, 2, 3, 4, 5].map((j) => (i === j ? 1 : 0)) }, 64, 'EINVAL'] as const,
    ),
  ];
  test.each(rows)('%s', (_row, info, length, errno) => {
    const { result, driver } = invalidate(info, length);
    expectErrno(result, errno);
    expect(driver.of('cacheInvalidate')).toHaveLength(errno === 'ok' ? 1 : 0);
  });

  test('the driver gets every member; archid is unsigned', () => {
    const { driver } = invalidate({
      ...ADDR,
      flags: 6,
      archid: 0xffff_ffff,
      pasid: 5n,
      addr: 0xffff_0000_1000n,
      granule_size: 4096n,
      nb_granules: 3n,
    });
    expect(driver.of('cacheInvalidate')[0]!.args[2]).toEqual({
      version: 1,
      cache: 1,
      granularity: 2,
      flags: 6,
      archid: 0xffff_ffff,
      pasid: 5n,
      addr: 0xffff_0000_1000n,
      granuleSize: 4096n,
      nbGranules: 3n,
    });
  });

  test("the driver's own errno comes back", () => {
    const { container, driver } = vfio();
    driver.answers.cacheInvalidate = -2;
    expectErrno(container.ioctl(VFIO_IOMMU_CACHE_INVALIDATE, bytesOf(DOMAIN)), 'ENOENT');
  });
});
