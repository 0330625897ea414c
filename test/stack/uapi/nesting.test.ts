/** a.2: iommu_get_nesting, as VFIO uses it. */
import { describe, expect, test } from 'vitest';
import { iommuEnableNesting, iommuGetNesting } from '../../../src/model/stack/host/core/nesting.ts';
import { newDomain } from '../../../src/model/stack/host/driver/objects.ts';
import { RecordingDriver } from './recording-driver.ts';
import { expectErrno } from './setup.ts';

describe('a.2: iommu_get_nesting', () => {
  const driver = new RecordingDriver();

  test('true for a nested domain, false for another', () => {
    expect(iommuGetNesting(driver, newDomain('unmanaged', 'NESTED'))).toBe(true);
    expect(iommuGetNesting(driver, newDomain('unmanaged', 'S1'))).toBe(false);
  });

  test('false for a domain that is not UNMANAGED, without asking the driver', () => {
    const asked = new RecordingDriver();
    expect(iommuGetNesting(asked, newDomain('dma', 'NESTED'))).toBe(false);
    expect(asked.calls).toEqual([]);
  });

  test('as posted the op that is tested is enable_nesting', () => {
    const getNesting = (): boolean => true;
    expect(iommuGetNesting({ getNesting }, newDomain('unmanaged', 'NESTED'))).toBe(false);
    expect(iommuGetNesting({ enableNesting: () => 0 }, newDomain('unmanaged', 'NESTED'))).toBe(false);
    expect(iommuGetNesting({ enableNesting: () => 0, getNesting }, newDomain('unmanaged', 'NESTED'))).toBe(true);
  });

  test('iommu_enable_nesting: UNMANAGED only, with the op only', () => {
    expectErrno(iommuEnableNesting(driver, newDomain('dma', 'S1')), 'EINVAL');
    expectErrno(iommuEnableNesting({}, newDomain('unmanaged', 'S1')), 'EINVAL');
    expectErrno(iommuEnableNesting(driver, newDomain('unmanaged', 'S1')), 'ok');
  });
});
