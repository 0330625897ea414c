/** a.1, row by row, through VFIO_IOMMU_SET_PASID_TABLE with raw bytes. */
import { describe, expect, test } from 'vitest';
import { iommuDetachPasidTable } from '../../../src/model/stack/host/core/pasid-table.ts';
import type { ErrnoName } from '../../../src/model/stack/errno.ts';
import { newDomain } from '../../../src/model/stack/host/driver/objects.ts';
import { VFIO_IOMMU_SET_PASID_TABLE } from '../../../src/model/stack/uapi/vfio-v16/container.ts';
import { RecordingDriver, device } from './recording-driver.ts';
import { expectErrno, setPasidTable, vfio } from './setup.ts';

type Config = NonNullable<Parameters<typeof setPasidTable>[0]>;

/** The ioctl on the first `length` bytes. */
function attach(config: Config, length = 40): { readonly result: number; readonly driver: RecordingDriver } {
  const { container, driver } = vfio();
  return { result: container.ioctl(VFIO_IOMMU_SET_PASID_TABLE, setPasidTable(config).slice(0, length)), driver };
}

function withoutOp(): RecordingDriver {
  const driver = new RecordingDriver();
  Object.defineProperty(driver, 'attachPasidTable', { value: undefined });
  return driver;
}

describe('a.1: iommu_uapi_attach_pasid_table', () => {
  test('row 1: the driver has no op, before anything is read', () => {
    const { container } = vfio([{ driver: withoutOp(), devices: [device('a', 1)] }]);
    expectErrno(container.ioctl(VFIO_IOMMU_SET_PASID_TABLE, setPasidTable().slice(0, 8)), 'ENODEV');
  });

  const rows: readonly (readonly [row: string, config: Config, length: number, errno: ErrnoName | 'ok'])[] = [
    ['row 2: 23 of the first 24 bytes are there', {}, 8 + 23, 'EFAULT'],
    ['row 2 comes before row 3', { argsz: 0 }, 8 + 23, 'EFAULT'],
    ['row 3: argsz 23', { argsz: 23 }, 40, 'EINVAL'],
    ['row 3: argsz 23, whatever the format', { format: 7, argsz: 23 }, 40, 'EINVAL'],
    ['row 3 comes before row 6', { argsz: 23 }, 8 + 24, 'EINVAL'],
    ['row 4: version 0', { version: 0 }, 40, 'EINVAL'],
    ['row 4: version 2', { version: 2 }, 40, 'EINVAL'],
    ['row 4 comes before row 6', { version: 2 }, 8 + 24, 'EINVAL'],
    ['row 5: format SMMUV3 with argsz 31', { argsz: 31 }, 40, 'EINVAL'],
    ['row 5 comes before row 6', { argsz: 31 }, 8 + 24, 'EINVAL'],
    ['row 6: argsz 32, 31 bytes are there', {}, 8 + 31, 'EFAULT'],
    ['row 6 comes before row 7', { config: 0 }, 8 + 31, 'EFAULT'],
    ['row 7: config 0', { config: 0 }, 40, 'EINVAL'],
    ['row 7: config 4', { config: 4 }, 40, 'EINVAL'],
    ['row 8: TRANSLATE', { config: 1 }, 40, 'ok'],
    ['row 8: BYPASS', { config: 2 }, 40, 'ok'],
    ['row 8: ABORT', { config: 3 }, 40, 'ok'],
    ['argsz above 32 is accepted, and only 32 bytes are read', { argsz: 0xffff_ffff }, 40, 'ok'],
    ['an unknown format passes the core with 24 bytes', { format: 7, argsz: 24 }, 8 + 24, 'ok'],
    ['padding is not looked at', { padding: [1, 2], smmuv3_padding: [3, 4] }, 40, 'ok'],
  ];
  test.each(rows)('%s', (_row, config, length, errno) => {
    const { result, driver } = attach(config, length);
    expectErrno(result, errno);
    expect(driver.of('attachPasidTable')).toHaveLength(errno === 'ok' ? 1 : 0);
  });

  test("row 8: the driver's own errno comes back", () => {
    const { container, driver } = vfio();
    driver.answers.attachPasidTable = -22;
    expectErrno(container.ioctl(VFIO_IOMMU_SET_PASID_TABLE, setPasidTable()), 'EINVAL');
  });

  test('the driver gets every member, base_ptr as it was sent: neither range nor alignment is checked', () => {
    const { driver } = attach({
      base_ptr: 0xffff_ffff_ffff_ffffn,
      pasid_bits: 5,
      config: 2,
      smmuv3_version: 9,
      smmuv3_s1fmt: 3,
      smmuv3_s1dss: 2,
    });
    expect(driver.of('attachPasidTable')[0]!.args[1]).toEqual({
      version: 1,
      basePtr: 0xffff_ffff_ffff_ffffn,
      format: 1,
      pasidBits: 5,
      config: 2,
      smmuv3: { version: 9, s1fmt: 3, s1dss: 2 },
    });
  });

  test('what a short structure does not bring is 0', () => {
    const { driver } = attach({ format: 7, argsz: 24, smmuv3_version: 9 });
    expect(driver.of('attachPasidTable')[0]!.args[1]).toMatchObject({ smmuv3: { version: 0, s1fmt: 0, s1dss: 0 } });
  });

  test('iommu_detach_pasid_table is void: without the op nothing happens', () => {
    expect(iommuDetachPasidTable({}, newDomain('unmanaged', 'NESTED'))).toBeUndefined();
  });
});
