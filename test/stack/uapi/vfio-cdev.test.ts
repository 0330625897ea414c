/** The way of a VFIO device into iommufd, through raw bytes. */
import { describe, expect, test } from 'vitest';
import { VfioCdev } from '../../../src/model/stack/host/iommufd/vfio-cdev.ts';
import { decodeStruct, encodeStruct } from '../../../src/model/stack/uapi/bytes.ts';
import {
  STRUCT_ATTACH_IOMMUFD_PT,
  STRUCT_BIND_IOMMUFD,
  STRUCT_DETACH_IOMMUFD_PT,
  VFIO_DEVICE_ATTACH_IOMMUFD_PT,
  VFIO_DEVICE_BIND_IOMMUFD,
  VFIO_DEVICE_DETACH_IOMMUFD_PT,
} from '../../../src/model/stack/uapi/iommufd/vfio-cdev.ts';
import { device } from './recording-driver.ts';
import { allocIoas, expectErrno, iommufd } from './setup.ts';
import type { IommufdSetup } from './setup.ts';

const FD = 5;

interface Ready extends IommufdSetup {
  readonly cdev: VfioCdev;
}

function ready(): Ready {
  const setup = iommufd();
  const one = device('b', 9);
  return { ...setup, cdev: new VfioCdev({ ...setup, device: one, iommufdOf: (fd) => (fd === FD ? setup.iommufd : null) }) };
}

function bind({ cdev }: Ready, values: object = {}): { readonly result: number; readonly id: number } {
  const bytes = encodeStruct(STRUCT_BIND_IOMMUFD, { argsz: 16, iommufd: FD, ...values });
  const result = cdev.ioctl(VFIO_DEVICE_BIND_IOMMUFD, bytes);
  return { result, id: decodeStruct(STRUCT_BIND_IOMMUFD, bytes).out_devid };
}

function attach({ cdev }: Ready, pt_id: number, values: object = {}): { readonly result: number; readonly hwpt: number } {
  const bytes = encodeStruct(STRUCT_ATTACH_IOMMUFD_PT, { argsz: 12, pt_id, ...values });
  const result = cdev.ioctl(VFIO_DEVICE_ATTACH_IOMMUFD_PT, bytes);
  return { result, hwpt: decodeStruct(STRUCT_ATTACH_IOMMUFD_PT, bytes).pt_id };
}

const detach = ({ cdev }: Ready, values: object = {}): number =>
  cdev.ioctl(VFIO_DEVICE_DETACH_IOMMUFD_PT, encodeStruct(STRUCT_DETACH_IOMMUFD_PT, { argsz: 8, ...values }));

describe('a VFIO device in iommufd', () => {
  test('bind, attach, move, detach, close', () => {
    const setup = ready();
    const [first, second] = [allocIoas(setup), allocIoas(setup)];
    expectErrno(bind(setup).result, 'ok');
    const { result, hwpt } = attach(setup, first);
    expectErrno(result, 'ok');
    expect(attach(setup, second).hwpt).not.toBe(hwpt);
    expectErrno(detach(setup), 'ok');
    setup.cdev.close();
    expect(bind(setup).result).toBe(0);
  });

  test('BIND: refusals', () => {
    const setup = ready();
    expectErrno(bind(setup, { argsz: 15 }).result, 'EINVAL');
    expectErrno(bind(setup, { flags: 1 }).result, 'EINVAL');
    expectErrno(bind(setup, { iommufd: 6 }).result, 'EBADF');
    expectErrno(setup.cdev.ioctl(VFIO_DEVICE_BIND_IOMMUFD, new Uint8Array(15)), 'EFAULT');
    expectErrno(bind(setup).result, 'ok');
    expectErrno(bind(setup).result, 'EINVAL');
    const twin = new VfioCdev({ ...setup, iommufdOf: () => setup.iommufd });
    expectErrno(bind({ ...setup, cdev: twin }).result, 'EBUSY');
  });

  test('ATTACH and DETACH: refusals', () => {
    const setup = ready();
    const ioas = allocIoas(setup);
    expectErrno(attach(setup, ioas).result, 'EINVAL');
    expectErrno(detach(setup), 'EINVAL');
    bind(setup);
    expectErrno(attach(setup, ioas, { argsz: 11 }).result, 'EINVAL');
    expectErrno(attach(setup, ioas, { flags: 1 }).result, 'EINVAL');
    expectErrno(attach(setup, 99).result, 'ENOENT');
    expectErrno(detach(setup, { flags: 1 }), 'EINVAL');
    expectErrno(setup.cdev.ioctl(VFIO_DEVICE_DETACH_IOMMUFD_PT, new Uint8Array(7)), 'EFAULT');
    expectErrno(setup.cdev.ioctl(0x3b00, new Uint8Array(64)), 'ENOTTY');
  });
});
