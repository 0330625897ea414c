/** A VFIO device opened as a character device: bound to an iommufd, attached and detached with raw bytes (c.1, d.8). */
import { ERRNO } from '../../errno.ts';
import type { StackJournal } from '../../journal.ts';
import { decodeStruct, putField } from '../../uapi/bytes.ts';
import type { UapiStruct, ValuesOf } from '../../uapi/bytes.ts';
import {
  STRUCT_ATTACH_IOMMUFD_PT,
  STRUCT_BIND_IOMMUFD,
  STRUCT_DETACH_IOMMUFD_PT,
  VFIO_DEVICE_ATTACH_IOMMUFD_PT,
  VFIO_DEVICE_BIND_IOMMUFD,
  VFIO_DEVICE_DETACH_IOMMUFD_PT,
} from '../../uapi/iommufd/vfio-cdev.ts';
import { copyFromUser } from '../core/user-copy.ts';
import type { HostDevice } from '../driver/device.ts';
import type { HostDriver } from '../driver/types.ts';
import type { Iommufd } from './iommufd.ts';

export interface VfioCdevOptions {
  readonly driver: HostDriver;
  readonly device: HostDevice;
  readonly journal: StackJournal;
  /** The iommufd behind a file descriptor of the process, or null. */
  readonly iommufdOf: (fd: number) => Iommufd | null;
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [VFIO_DEVICE_BIND_IOMMUFD, 'VFIO_DEVICE_BIND_IOMMUFD'],
  [VFIO_DEVICE_ATTACH_IOMMUFD_PT, 'VFIO_DEVICE_ATTACH_IOMMUFD_PT'],
  [VFIO_DEVICE_DETACH_IOMMUFD_PT, 'VFIO_DEVICE_DETACH_IOMMUFD_PT'],
]);

export class VfioCdev {
  private readonly options: VfioCdevOptions;
  private bound: { readonly iommufd: Iommufd; readonly id: number } | null = null;

  constructor(options: VfioCdevOptions) {
    this.options = options;
  }

  /** ioctl(device, cmd, user): 0 or a negative errno; -EINVAL when argsz is short or flags are set, or before BIND. */
  ioctl(cmd: number, user: Uint8Array): number {
    const { journal, device } = this.options;
    const since = journal.mark();
    const action = NAMES.get(cmd) ?? `ioctl 0x${cmd.toString(16)}`;
    const data = { type: action, bytes: Uint8Array.from(user) };
    const result = this.#run(cmd, user);
    journal.record('uapi', action, { device: device.name }, { result, since, data });
    return result;
  }

  /** Closing the file unbinds the device. */
  close(): void {
    if (this.bound !== null) this.bound.iommufd.unbind(this.bound.id);
    this.bound = null;
  }

  #run(cmd: number, user: Uint8Array): number {
    switch (cmd) {
      case VFIO_DEVICE_BIND_IOMMUFD:
        return this.#bind(user);
      case VFIO_DEVICE_ATTACH_IOMMUFD_PT:
        return this.#attach(user);
      case VFIO_DEVICE_DETACH_IOMMUFD_PT:
        return this.#detach(user);
      default:
        return -ERRNO.ENOTTY;
    }
  }

  #bind(user: Uint8Array): number {
    const cmd = read(STRUCT_BIND_IOMMUFD, user);
    if (typeof cmd === 'number') return cmd;
    if (this.bound !== null) return -ERRNO.EINVAL;
    const iommufd = this.options.iommufdOf(cmd.iommufd);
    if (iommufd === null) return -ERRNO.EBADF;
    const id = iommufd.bind(this.options.driver, this.options.device);
    if (id < 0) return id;
    this.bound = { iommufd, id };
    putField(STRUCT_BIND_IOMMUFD, 'out_devid', id, user);
    return 0;
  }

  #attach(user: Uint8Array): number {
    const cmd = read(STRUCT_ATTACH_IOMMUFD_PT, user);
    if (typeof cmd === 'number') return cmd;
    if (this.bound === null) return -ERRNO.EINVAL;
    const hwpt = this.bound.iommufd.attach(this.bound.id, cmd.pt_id);
    if (hwpt < 0) return hwpt;
    putField(STRUCT_ATTACH_IOMMUFD_PT, 'pt_id', hwpt, user);
    return 0;
  }

  #detach(user: Uint8Array): number {
    const cmd = read(STRUCT_DETACH_IOMMUFD_PT, user);
    if (typeof cmd === 'number') return cmd;
    return this.bound === null ? -ERRNO.EINVAL : this.bound.iommufd.detach(this.bound.id);
  }
}

/** What all three have in common: -EFAULT, and -EINVAL for a short argsz or any flag. */
function read<S extends UapiStruct>(struct: S, user: Uint8Array): ValuesOf<S> | number {
  const bytes = copyFromUser(user, 0, struct.bytes);
  if (bytes === null) return -ERRNO.EFAULT;
  const values = decodeStruct(struct, bytes);
  const { argsz, flags } = values as unknown as { readonly argsz: number; readonly flags: number };
  return argsz < struct.bytes || flags !== 0 ? -ERRNO.EINVAL : values;
}
