/** c.2, c.8: what an iommufd says of the hardware, and gives away of it, through raw bytes. */
import { describe, expect, test } from 'vitest';
import { decodeStruct } from '../../../src/model/stack/uapi/bytes.ts';
import { STRUCT_HW_INFO, STRUCT_HW_INFO_ARM_SMMUV3 } from '../../../src/model/stack/uapi/iommufd/hwpt.ts';
import { IOMMU_GET_HW_INFO, IOMMU_HW_QUEUE_ALLOC } from '../../../src/model/stack/uapi/iommufd/ioctls.ts';
import { STRUCT_HW_QUEUE_ALLOC } from '../../../src/model/stack/uapi/iommufd/viommu.ts';
import { RecordingDriver, device } from './recording-driver.ts';
import { call, expectErrno, iommufd, nesting } from './setup.ts';

describe('c.8: HW_QUEUE_ALLOC', () => {
  const alloc = (values: object): number => {
    const setup = iommufd();
    const { viommu } = nesting(setup);
    return call(setup.iommufd, IOMMU_HW_QUEUE_ALLOC, STRUCT_HW_QUEUE_ALLOC, { viommu_id: viommu, type: 1, length: 4096n, ...values })
      .result;
  };
  test.each([
    ['flags', { flags: 1 }, 'EOPNOTSUPP'],
    ['type 0', { type: 0 }, 'EOPNOTSUPP'],
    ['type 0 comes before length 0', { type: 0, length: 0n }, 'EOPNOTSUPP'],
    ['length 0', { length: 0n }, 'EINVAL'],
    ['iova + length overflows', { nesting_parent_iova: 0xffff_ffff_ffff_f000n, length: 0x1001n }, 'EOVERFLOW'],
    ['no such vIOMMU', { viommu_id: 99 }, 'ENOENT'],
    ['a vIOMMU that has none', {}, 'EOPNOTSUPP'],
    ['up to the last byte there is no overflow', { nesting_parent_iova: 0xffff_ffff_ffff_f000n, length: 0x1000n }, 'EOPNOTSUPP'],
  ] as const)('%s', (_row, values, errno) => expectErrno(alloc(values), errno));
});

describe('c.2: GET_HW_INFO', () => {
  function info(
    values: object,
    length = 64,
    driver?: RecordingDriver,
    one = device('a', 1, { ssidBits: 5 }),
  ): { readonly result: number; readonly out: ReturnType<typeof decodeStruct<typeof STRUCT_HW_INFO>>; readonly data: Uint8Array } {
    const setup = iommufd(driver, one);
    const data = new Uint8Array(length).fill(0xee);
    const data_uptr = setup.memory.place(data);
    const { result, out } = call(setup.iommufd, IOMMU_GET_HW_INFO, STRUCT_HW_INFO, {
      dev_id: setup.deviceId,
      data_len: length,
      data_uptr,
      ...values,
    });
    return { result, out, data };
  }

  test('raw ID registers, the rest of the buffer is cleared, the length is what the kernel has', () => {
    const { result, out, data } = info({});
    const { id } = new RecordingDriver();
    expectErrno(result, 'ok');
    expect(decodeStruct(STRUCT_HW_INFO_ARM_SMMUV3, data)).toEqual({
      flags: 0,
      __reserved: 0,
      idr: [id.IDR0, id.IDR1, id.IDR2, id.IDR3, id.IDR4, id.IDR5],
      iidr: id.IIDR,
      aidr: id.AIDR,
    });
    expect([...data.slice(40)]).toEqual(Array(24).fill(0));
    expect(out).toMatchObject({ data_len: 40, data_type: 2, out_capabilities: 0n });
  });

  test('a short buffer gets as much as fits', () => {
    const { result, out, data } = info({ data_len: 12 });
    expectErrno(result, 'ok');
    expect([data.slice(12, 64).every((byte) => byte === 0xee), out.data_len]).toEqual([true, 40]);
  });

  test('no buffer: only the type and the length', () => {
    const { result, out } = info({ data_len: 0, data_uptr: 0n });
    expectErrno(result, 'ok');
    expect(out).toMatchObject({ data_len: 40, data_type: 2 });
  });

  test('width of PASIDs: what device and SMMU both have', () => {
    const driver = new RecordingDriver();
    driver.id = { ...driver.id, IDR1: 3 << 6 };
    expect(info({}, 64, driver).out.out_max_pasid_log2).toBe(3);
  });

  test.each([
    ['an unknown flag', { flags: 2 }, 'EOPNOTSUPP'],
    ['__reserved', { __reserved: [0, 0, 1] }, 'EOPNOTSUPP'],
    ['no such device', { dev_id: 99 }, 'ENOENT'],
    ['another type is asked for', { flags: 1, data_type: 1 }, 'EOPNOTSUPP'],
    ['this type is asked for', { flags: 1, data_type: 2 }, 'ok'],
    ['a type without INPUT_TYPE is not looked at', { data_type: 1 }, 'ok'],
    ['a buffer that is not there', { data_uptr: 0x1000n }, 'EFAULT'],
    ['a buffer that ends in what is cleared', { data_len: 65 }, 'EFAULT'],
    ['an absurd length', { data_len: 0xffff_ffff }, 'EFAULT'],
  ] as const)('%s', (_row, values, errno) => expectErrno(info(values).result, errno));
});
