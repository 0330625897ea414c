/** c.2 to c.4, c.7: objects of iommufd through raw bytes, row by row. */
import { describe, expect, test } from 'vitest';
import type { ErrnoName } from '../../../src/model/stack/errno.ts';
import { decodeStruct, encodeStruct } from '../../../src/model/stack/uapi/bytes.ts';
import { STRUCT_HWPT_ALLOC } from '../../../src/model/stack/uapi/iommufd/hwpt.ts';
import { STRUCT_DESTROY, STRUCT_IOAS_ALLOC, STRUCT_IOAS_UNMAP } from '../../../src/model/stack/uapi/iommufd/ioas.ts';
import {
  IOMMU_DESTROY,
  IOMMU_HWPT_ALLOC,
  IOMMU_IOAS_ALLOC,
  IOMMU_IOAS_UNMAP,
  IOMMU_VDEVICE_ALLOC,
  IOMMU_VIOMMU_ALLOC,
} from '../../../src/model/stack/uapi/iommufd/ioctls.ts';
import { STRUCT_VDEVICE_ALLOC, STRUCT_VIOMMU_ALLOC } from '../../../src/model/stack/uapi/iommufd/viommu.ts';
import { RecordingDriver, device } from './recording-driver.ts';
import {
  RAM_BASE,
  RAM_PTR,
  allocHwpt,
  allocIoas,
  allocVdevice,
  allocVste,
  call,
  concat,
  expectErrno,
  iommufd,
  mapRam,
  nesting,
} from './setup.ts';
import type { IommufdSetup } from './setup.ts';

const destroy = ({ iommufd: fd }: IommufdSetup, id: number): number => call(fd, IOMMU_DESTROY, STRUCT_DESTROY, { id }).result;

describe('c.2: an ioctl', () => {
  test('that this kernel does not have', () => expectErrno(iommufd().iommufd.ioctl(0x3b8b, new Uint8Array(64)), 'ENOTTY'));
  test('without its size word', () => expectErrno(iommufd().iommufd.ioctl(IOMMU_IOAS_ALLOC, new Uint8Array(3)), 'EFAULT'));
  test('shorter than its first version', () =>
    expectErrno(call(iommufd().iommufd, IOMMU_IOAS_ALLOC, STRUCT_IOAS_ALLOC, { size: 11 }).result, 'EINVAL'));
  test('whose memory ends before its size', () =>
    expectErrno(iommufd().iommufd.ioctl(IOMMU_IOAS_ALLOC, encodeStruct(STRUCT_IOAS_ALLOC, { size: 13 })), 'EFAULT'));

  test('longer than this kernel knows: zeroes are taken, anything else is -E2BIG', () => {
    const head = encodeStruct(STRUCT_IOAS_ALLOC, { size: 16 });
    expectErrno(iommufd().iommufd.ioctl(IOMMU_IOAS_ALLOC, concat(head, Uint8Array.of(0, 0, 0, 0))), 'ok');
    expectErrno(iommufd().iommufd.ioctl(IOMMU_IOAS_ALLOC, concat(head, Uint8Array.of(0, 0, 0, 1))), 'E2BIG');
  });

  test('of an older caller: members it does not know are 0, and not written', () => {
    const setup = iommufd();
    const ioas = allocIoas(setup);
    const bytes = encodeStruct(STRUCT_HWPT_ALLOC, { size: 24, dev_id: setup.deviceId, pt_id: ioas, data_type: 2, fault_id: 9 });
    expectErrno(setup.iommufd.ioctl(IOMMU_HWPT_ALLOC, bytes), 'ok');
    expect(decodeStruct(STRUCT_HWPT_ALLOC, bytes)).toMatchObject({ data_type: 2, fault_id: 9 });
    expect(decodeStruct(STRUCT_HWPT_ALLOC, bytes).out_hwpt_id).toBeGreaterThan(ioas);
  });
});

describe('IOMMU_DESTROY', () => {
  test('an unknown number', () => expectErrno(destroy(iommufd(), 99), 'ENOENT'));

  test('objects that are in use, from the bottom up', () => {
    const setup = iommufd();
    const { ioas, parent, viommu } = nesting(setup);
    const hwpt = allocVste(setup, viommu, [0n, 0n]).id;
    for (const id of [ioas, parent, viommu, setup.deviceId]) expectErrno(destroy(setup, id), 'EBUSY');
    for (const id of [hwpt, viommu, parent, ioas]) expectErrno(destroy(setup, id), 'ok');
    expectErrno(destroy(setup, hwpt), 'ENOENT');
    expect([setup.driver.of('viommuFree').length, setup.driver.of('domainFree').length]).toEqual([1, 1]);
  });
});

describe('IOAS', () => {
  test('IOAS_ALLOC with flags', () =>
    expectErrno(call(iommufd().iommufd, IOMMU_IOAS_ALLOC, STRUCT_IOAS_ALLOC, { flags: 1 }).result, 'EOPNOTSUPP'));

  const rows: readonly (readonly [row: string, values: Parameters<typeof mapRam>[2], errno: ErrnoName | 'ok'])[] = [
    ['at an IOVA', {}, 'ok'],
    ['an unknown flag', { flags: 15 }, 'EOPNOTSUPP'],
    ['__reserved', { __reserved: 1 }, 'EOPNOTSUPP'],
    ['the largest IOVA', { iova: 0xffff_ffff_ffff_ffffn }, 'EOVERFLOW'],
    ['the largest length', { length: 0xffff_ffff_ffff_ffffn }, 'EOVERFLOW'],
    ['no permission', { flags: 1 }, 'EINVAL'],
    ['no such IOAS', { ioas_id: 99 }, 'ENOENT'],
    ['length 0', { length: 0n }, 'EINVAL'],
    ['length is no page', { length: 0x800n }, 'EINVAL'],
    ['user_va is no page', { user_va: RAM_PTR + 1n }, 'EINVAL'],
    ['user_va wraps', { user_va: 0xffff_ffff_ffff_f000n }, 'EOVERFLOW'],
    ['IOVA is no page', { iova: 0x800n }, 'EINVAL'],
    ['IOVA wraps', { iova: 0xffff_ffff_ffff_f000n }, 'EOVERFLOW'],
  ];
  test.each(rows)('IOAS_MAP: %s', (_row, values, errno) => {
    const setup = iommufd();
    expectErrno(mapRam(setup, allocIoas(setup), values).result, errno);
  });

  test('IOAS_MAP: every domain of the IOAS gets it, also one that comes later; no RAM there is -EFAULT then', () => {
    const setup = iommufd();
    const ioas = allocIoas(setup);
    allocHwpt(setup, { pt_id: ioas });
    expectErrno(mapRam(setup, ioas).result, 'ok');
    allocHwpt(setup, { pt_id: ioas, flags: 1 });
    expect(setup.driver.of('map').map(({ args }) => args.slice(1))).toEqual(Array(2).fill([0x4000_0000n, RAM_BASE, 0x1_0000n, 7]));
    expectErrno(mapRam(setup, ioas, { iova: 0x5000_0000n, user_va: 0x1000n }).result, 'EFAULT');
    expectErrno(mapRam(setup, ioas, { iova: 0x4000_f000n }).result, 'EEXIST');
  });

  test('a HWPT that is destroyed gives its mappings back and gets no more', () => {
    const setup = iommufd();
    const ioas = allocIoas(setup);
    const { id } = allocHwpt(setup, { pt_id: ioas });
    mapRam(setup, ioas);
    expectErrno(destroy(setup, id), 'ok');
    expect(setup.driver.of('unmap')).toHaveLength(1);
    expectErrno(mapRam(setup, ioas, { iova: 0x5000_0000n }).result, 'ok');
    expect(setup.driver.of('map')).toHaveLength(1);
  });

  test('IOAS_MAP without FIXED_IOVA: the lowest hole, and never 0', () => {
    const setup = iommufd();
    const ioas = allocIoas(setup);
    expect(mapRam(setup, ioas, { flags: 6 })).toEqual({ result: 0, iova: 0x1000n });
    expect(mapRam(setup, ioas, { flags: 6 })).toEqual({ result: 0, iova: 0x1_1000n });
    expectErrno(mapRam(setup, ioas, { iova: 0x2_2000n }).result, 'ok');
    expect(mapRam(setup, ioas, { flags: 6, length: 0x1000n })).toEqual({ result: 0, iova: 0x2_1000n });
  });

  const unmap = (setup: IommufdSetup, ioas: number, iova: bigint, length: bigint): readonly [number, bigint] => {
    const { result, out } = call(setup.iommufd, IOMMU_IOAS_UNMAP, STRUCT_IOAS_UNMAP, { ioas_id: ioas, iova, length });
    return [result, out.length];
  };

  test('IOAS_UNMAP: whole areas', () => {
    const setup = iommufd();
    const ioas = allocIoas(setup);
    allocHwpt(setup, { pt_id: ioas });
    mapRam(setup, ioas);
    expect(unmap(setup, ioas, 0x4000_0000n, 0x1000n)[0]).toBe(-2);
    expect(unmap(setup, ioas, 0x4000_0000n, 0x2_0000n)).toEqual([0, 0x1_0000n]);
    expect(unmap(setup, ioas, 0x4000_0000n, 0x1_0000n)[0]).toBe(-2);
    expect(setup.driver.of('unmap').map(({ args }) => args.slice(1))).toEqual([[0x4000_0000n, 0x1_0000n]]);
  });

  test('IOAS_UNMAP of everything is no error when there is nothing', () => {
    const setup = iommufd();
    const ioas = allocIoas(setup);
    expect(unmap(setup, ioas, 0n, 0xffff_ffff_ffff_ffffn)).toEqual([0, 0n]);
    mapRam(setup, ioas);
    expect(unmap(setup, ioas, 0n, 0xffff_ffff_ffff_ffffn)).toEqual([0, 0x1_0000n]);
  });

  test('IOAS_UNMAP: refusals', () => {
    const setup = iommufd();
    const ioas = allocIoas(setup);
    expect(unmap(setup, 99, 0n, 0x1000n)[0]).toBe(-2);
    expect(unmap(setup, ioas, 0x1000n, 0n)[0]).toBe(-22);
    expect(unmap(setup, ioas, 0x1000n, 0xffff_ffff_ffff_ffffn)[0]).toBe(-75);
    expect(unmap(setup, ioas, 0x1000n, 0xffff_ffff_ffff_f001n)[0]).toBe(-75);
  });
});

describe('c.3: HWPT_ALLOC of a paging domain', () => {
  const rows: readonly (readonly [row: string, values: Parameters<typeof allocHwpt>[1], errno: ErrnoName | 'ok'])[] = [
    ['no flags', {}, 'ok'],
    ['NEST_PARENT', { flags: 1 }, 'ok'],
    ['PASID', { flags: 8 }, 'ok'],
    ['DIRTY_TRACKING, of which the driver is not capable', { flags: 2 }, 'EOPNOTSUPP'],
    ['NEST_PARENT with DIRTY_TRACKING', { flags: 3 }, 'EOPNOTSUPP'],
    ['NEST_PARENT with a fault queue', { flags: 5 }, 'EOPNOTSUPP'],
    ['an unknown flag', { flags: 16 }, 'EOPNOTSUPP'],
    ['__reserved', { __reserved: 1 }, 'EOPNOTSUPP'],
    ['data_type without data_len', { data_type: 2 }, 'EINVAL'],
    ['data_len without data_type', { data_len: 16 }, 'EINVAL'],
    ['no such device', { dev_id: 99 }, 'ENOENT'],
    ['no such table', { pt_id: 99 }, 'ENOENT'],
    ['no such fault queue', { flags: 4, fault_id: 99 }, 'ENOENT'],
  ];
  test.each(rows)('%s', (_row, values, errno) => {
    const setup = iommufd();
    expectErrno(allocHwpt(setup, { pt_id: allocIoas(setup), ...values }).result, errno);
    const made = setup.driver.of('domainAllocPaging').length - setup.driver.of('domainFree').length;
    expect(made).toBe(errno === 'ok' ? 1 : 0);
  });

  test('a device as table', () => {
    const setup = iommufd();
    expectErrno(allocHwpt(setup, { pt_id: setup.deviceId }).result, 'EINVAL');
  });

  test('the device must be one', () => {
    const setup = iommufd();
    const ioas = allocIoas(setup);
    expectErrno(allocHwpt(setup, { pt_id: ioas, dev_id: ioas }).result, 'ENOENT');
  });

  test('vendor data reaches the driver, which refuses it', () => {
    const setup = iommufd();
    setup.driver.answers.domainAllocPaging = -95;
    expectErrno(allocHwpt(setup, { pt_id: allocIoas(setup), data_type: 2, data_len: 16 }).result, 'EOPNOTSUPP');
    expect(setup.driver.of('domainAllocPaging').map(({ args }) => args.slice(1))).toEqual([[0, true]]);
  });

  test('a HWPT of paging type is no table to nest on: the driver nests under a vIOMMU only', () => {
    const setup = iommufd();
    const { parent } = nesting(setup);
    expectErrno(allocVste(setup, parent, [0n, 0n]).result, 'EOPNOTSUPP');
  });
});

describe('c.3: VIOMMU_ALLOC', () => {
  const alloc = (setup: IommufdSetup, values: Parameters<typeof call<typeof STRUCT_VIOMMU_ALLOC>>[3]): number =>
    call(setup.iommufd, IOMMU_VIOMMU_ALLOC, STRUCT_VIOMMU_ALLOC, { type: 1, dev_id: setup.deviceId, ...values }).result;

  const rows: readonly (readonly [row: string, values: Parameters<typeof alloc>[1], errno: ErrnoName])[] = [
    ['flags', { flags: 1 }, 'EOPNOTSUPP'],
    ['type 0', { type: 0 }, 'EOPNOTSUPP'],
    ['type TEGRA241_CMDQV on an SMMU without', { type: 2 }, 'EOPNOTSUPP'],
    ['no such device', { dev_id: 99 }, 'ENOENT'],
    ['no such HWPT', { hwpt_id: 99 }, 'ENOENT'],
    ['flags come before ids', { flags: 1, dev_id: 99 }, 'EOPNOTSUPP'],
  ];
  test.each(rows)('%s', (_row, values, errno) => {
    const setup = iommufd();
    const { parent } = nesting(setup);
    expectErrno(alloc(setup, { hwpt_id: parent, ...values }), errno);
  });

  test('the driver gives no size: -EOPNOTSUPP, and the journal says why', () => {
    const setup = iommufd();
    const { parent } = nesting(setup);
    setup.driver.viommuSizeAnswer = { size: 0, why: 'neither CANWBS nor S2FWB' };
    expectErrno(alloc(setup, { hwpt_id: parent }), 'EOPNOTSUPP');
    expect(setup.journal.records.find(({ dropped }) => dropped !== undefined)?.dropped).toBe('neither CANWBS nor S2FWB');
  });

  test('a HWPT that is no nest parent', () => {
    const setup = iommufd();
    expectErrno(alloc(setup, { hwpt_id: allocHwpt(setup, { pt_id: allocIoas(setup) }).id }), 'EINVAL');
  });

  test('a nest parent of another SMMU', () => {
    const setup = iommufd();
    const { parent } = nesting(setup);
    const other = setup.iommufd.bind(new RecordingDriver(), device('b', 9));
    expectErrno(alloc(setup, { hwpt_id: parent, dev_id: other }), 'EINVAL');
  });

  test('an IOAS is no HWPT', () => {
    const setup = iommufd();
    expectErrno(alloc(setup, { hwpt_id: allocIoas(setup) }), 'ENOENT');
  });
});

describe('c.4: HWPT_ALLOC of a vSTE', () => {
  test('the driver gets the two words, and its errno comes back', () => {
    const setup = iommufd();
    const { viommu } = nesting(setup);
    expectErrno(allocVste(setup, viommu, [0x8_4567_804bn, 0x800_00d6n]).result, 'ok');
    expect(setup.driver.of('domainAllocNested')[0]!.args.slice(1)).toEqual([0, [0x8_4567_804bn, 0x800_00d6n]]);
    setup.driver.answers.domainAllocNested = -5;
    expectErrno(allocVste(setup, viommu, [1n, 0n]).result, 'EIO');
  });

  const rows: readonly (readonly [row: string, values: Parameters<typeof allocHwpt>[1], errno: ErrnoName])[] = [
    ['NEST_PARENT', { flags: 1 }, 'EOPNOTSUPP'],
    ['DIRTY_TRACKING', { flags: 2 }, 'EOPNOTSUPP'],
    ['PASID passes the core and is refused by the driver', { flags: 8 }, 'EOPNOTSUPP'],
    ['no data', { data_type: 0, data_len: 0 }, 'EOPNOTSUPP'],
    ['data of another type', { data_type: 1 }, 'EINVAL'],
    ['15 bytes', { data_len: 15 }, 'EINVAL'],
    ['17 bytes', { data_len: 17 }, 'EINVAL'],
    ['data that is not there', { data_uptr: 0x1000n }, 'EFAULT'],
    ['flags come before data', { flags: 8, data_uptr: 0x1000n }, 'EOPNOTSUPP'],
    ['no such fault queue', { flags: 4, fault_id: 99 }, 'ENOENT'],
  ];
  test.each(rows)('%s', (_row, values, errno) => {
    const setup = iommufd();
    const { viommu } = nesting(setup);
    expectErrno(allocVste(setup, viommu, [0n, 0n], values).result, errno);
    expectErrno(destroy(setup, viommu), 'ok');
  });
});

describe('c.4: attach', () => {
  test('to an IOAS: its own HWPT is made once, and goes with the last device', () => {
    const setup = iommufd();
    const ioas = allocIoas(setup);
    const other = setup.iommufd.bind(setup.driver, device('b', 9));
    const hwpt = setup.iommufd.attach(setup.deviceId, ioas);
    expect([setup.iommufd.attach(other, ioas), setup.driver.of('domainAllocPaging').length]).toEqual([hwpt, 1]);
    setup.iommufd.detach(setup.deviceId);
    expect(setup.driver.of('domainFree')).toEqual([]);
    setup.iommufd.detach(other);
    expect(setup.driver.of('domainFree')).toHaveLength(1);
    expectErrno(destroy(setup, ioas), 'ok');
  });

  test('to a vSTE, and from it to the next, without a detach in between', () => {
    const setup = iommufd();
    const { viommu } = nesting(setup);
    const [first, second] = [allocVste(setup, viommu, [0n, 0n]).id, allocVste(setup, viommu, [0n, 0n]).id];
    expect(setup.iommufd.attach(setup.deviceId, first)).toBe(first);
    expectErrno(destroy(setup, first), 'EBUSY');
    expect(setup.iommufd.attach(setup.deviceId, second)).toBe(second);
    expectErrno(destroy(setup, first), 'ok');
    expect([setup.driver.of('attachDev').length, setup.driver.of('detachDev').length]).toEqual([2, 0]);
  });

  test.each([
    ['another SMMU, by the core', 0, 'EINVAL'],
    ['the driver: no vDEVICE', -2, 'ENOENT'],
    ['the driver: PASIDs are attached', -16, 'EBUSY'],
  ] as const)('refused: %s; the device stays where it was', (_row, answer, errno) => {
    const setup = iommufd();
    const { viommu, ioas } = nesting(setup);
    const hwpt = allocVste(setup, viommu, [0n, 0n]).id;
    const driver = answer === 0 ? new RecordingDriver() : setup.driver;
    const id = answer === 0 ? setup.iommufd.bind(driver, device('b', 9)) : setup.deviceId;
    setup.iommufd.attach(id, ioas);
    setup.driver.answers.attachDev = answer;
    expectErrno(setup.iommufd.attach(id, hwpt), errno);
    expect([...setup.iommufd.objects.all()].find((one) => one.id === id)).toMatchObject({ hwpt: { type: 'hwpt-paging' } });
  });

  test('a reserved region of the device is mapped already', () => {
    const setup = iommufd();
    const ioas = allocIoas(setup);
    setup.driver.resv = [{ type: 'sw-msi', start: 0x800_0000n, length: 0x10_0000n }];
    expectErrno(mapRam(setup, ioas, { iova: 0x80f_0000n }).result, 'ok');
    expectErrno(setup.iommufd.attach(setup.deviceId, ioas), 'EADDRINUSE');
    expect(setup.driver.of('domainFree')).toHaveLength(1);
  });

  test('after a failed attach the IOAS keeps no reserved region', () => {
    const setup = iommufd();
    const [first, second] = [allocIoas(setup), allocIoas(setup)];
    setup.driver.resv = [{ type: 'sw-msi', start: 0x800_0000n, length: 0x10_0000n }];
    setup.iommufd.attach(setup.deviceId, first);
    setup.driver.answers.attachDev = -12;
    expectErrno(setup.iommufd.attach(setup.deviceId, second), 'ENOMEM');
    expectErrno(mapRam(setup, second, { iova: 0x80f_0000n }).result, 'ok');
    expectErrno(mapRam(setup, first, { iova: 0x80f_0000n }).result, 'EINVAL');
  });

  test('nothing is mapped over the reserved regions of a device, until it leaves', () => {
    const setup = iommufd();
    const ioas = allocIoas(setup);
    setup.driver.resv = [{ type: 'sw-msi', start: 0x800_0000n, length: 0x10_0000n }];
    setup.iommufd.attach(setup.deviceId, ioas);
    expectErrno(mapRam(setup, ioas, { iova: 0x80f_0000n }).result, 'EINVAL');
    setup.iommufd.detach(setup.deviceId);
    expectErrno(mapRam(setup, ioas, { iova: 0x80f_0000n }).result, 'ok');
  });

  test('to what is no table, or with a number that is no device', () => {
    const setup = iommufd();
    const { viommu, ioas } = nesting(setup);
    expectErrno(setup.iommufd.attach(setup.deviceId, viommu), 'EINVAL');
    expectErrno(setup.iommufd.attach(setup.deviceId, 99), 'ENOENT');
    for (const result of [setup.iommufd.attach(ioas, ioas), setup.iommufd.detach(ioas), setup.iommufd.unbind(ioas)])
      expectErrno(result, 'ENOENT');
  });
});

describe('c.7: VDEVICE_ALLOC', () => {
  test('the driver gets the vSID', () => {
    const setup = iommufd();
    const { viommu } = nesting(setup);
    expectErrno(allocVdevice(setup, viommu, 0x1_0000_0000n).result, 'ok');
    expect(setup.driver.of('vdeviceAlloc')[0]!.args.slice(1)).toEqual([setup.device, 0x1_0000_0000n]);
  });

  test('refusals', () => {
    const setup = iommufd();
    const { viommu, parent } = nesting(setup);
    expectErrno(allocVdevice(setup, 99, 1n).result, 'ENOENT');
    expectErrno(allocVdevice(setup, parent, 1n).result, 'ENOENT');
    expectErrno(allocVdevice(setup, viommu, 1n, 99).result, 'ENOENT');
    expectErrno(allocVdevice(setup, viommu, 1n, setup.iommufd.bind(new RecordingDriver(), device('b', 9))).result, 'EINVAL');
  });

  test('the device has a vDEVICE, or the vSID is taken', () => {
    const setup = iommufd();
    const { viommu } = nesting(setup);
    const other = setup.iommufd.bind(setup.driver, device('b', 9));
    expectErrno(allocVdevice(setup, viommu, 1n).result, 'ok');
    expectErrno(allocVdevice(setup, viommu, 2n).result, 'EEXIST');
    expectErrno(allocVdevice(setup, viommu, 1n, other).result, 'EEXIST');
    expectErrno(allocVdevice(setup, viommu, 2n, other).result, 'ok');
    expect(setup.driver.of('vdeviceAlloc')).toHaveLength(2);
  });

  test('destroying it frees device and vSID', () => {
    const setup = iommufd();
    const { viommu } = nesting(setup);
    const { id } = allocVdevice(setup, viommu, 1n);
    expectErrno(destroy(setup, viommu), 'EBUSY');
    expectErrno(destroy(setup, id), 'ok');
    expect(setup.driver.of('vdeviceFree')[0]!.args[1]).toBe(setup.device);
    expectErrno(allocVdevice(setup, viommu, 1n).result, 'ok');
  });

  test('unbinding the device leaves a tombstone: the number lives on, the vSID is free', () => {
    const setup = iommufd();
    const { viommu } = nesting(setup);
    const { id } = allocVdevice(setup, viommu, 1n);
    expectErrno(setup.iommufd.unbind(setup.deviceId), 'ok');
    expect(setup.driver.of('vdeviceFree')).toHaveLength(1);
    const again = setup.iommufd.bind(setup.driver, setup.device);
    expectErrno(allocVdevice(setup, viommu, 1n, again).result, 'ok');
    expectErrno(destroy(setup, id), 'ok');
    expect(setup.driver.of('vdeviceFree')).toHaveLength(1);
  });

  test('an older caller cannot leave virt_id out', () => {
    const setup = iommufd();
    expectErrno(call(setup.iommufd, IOMMU_VDEVICE_ALLOC, STRUCT_VDEVICE_ALLOC, { size: 16 }).result, 'EINVAL');
  });
});

describe('binding', () => {
  test('a device is bound once', () => {
    const setup = iommufd();
    expectErrno(setup.iommufd.bind(setup.driver, setup.device), 'EBUSY');
    expectErrno(setup.iommufd.unbind(setup.deviceId), 'ok');
    expect(setup.iommufd.bind(setup.driver, setup.device)).toBeGreaterThan(setup.deviceId);
  });
});
