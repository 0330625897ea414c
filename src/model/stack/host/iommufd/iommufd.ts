/**
 * /dev/iommu of one process: objects, their ioctls and the files of their event queues (c.2 to c.8). Raw bytes in,
 * errno out; answers are written into the bytes, as the kernel writes them into the caller's memory.
 */
import { ERRNO } from '../../errno.ts';
import type { StackJournal } from '../../journal.ts';
import { endOf, readUint } from '../../uapi/bytes.ts';
import type { UapiStruct } from '../../uapi/bytes.ts';
import { STRUCT_FAULT_ALLOC, STRUCT_HWPT_PAGE_RESPONSE, STRUCT_VEVENTQ_ALLOC } from '../../uapi/iommufd/events.ts';
import { STRUCT_HWPT_ALLOC, STRUCT_HWPT_INVALIDATE, STRUCT_HW_INFO } from '../../uapi/iommufd/hwpt.ts';
import { STRUCT_DESTROY, STRUCT_IOAS_ALLOC, STRUCT_IOAS_MAP, STRUCT_IOAS_UNMAP } from '../../uapi/iommufd/ioas.ts';
import * as IOCTL from '../../uapi/iommufd/ioctls.ts';
import { STRUCT_HW_QUEUE_ALLOC, STRUCT_VDEVICE_ALLOC, STRUCT_VIOMMU_ALLOC } from '../../uapi/iommufd/viommu.ts';
import type { UserMemory } from '../../uapi/user-memory.ts';
import type { FaultReports } from '../core/fault-reports.ts';
import { copyStructFromUser } from '../core/user-copy.ts';
import type { HostDevice } from '../driver/device.ts';
import type { HostDriver } from '../driver/types.ts';
import { attachDevice, detachDevice } from './attach.ts';
import { destroy } from './destroy.ts';
import type { EventFile } from './event-file.ts';
import { faultQueueAlloc, veventqAlloc } from './event-queues.ts';
import { getHwInfo } from './hw-info.ts';
import { hwptAlloc } from './hwpt.ts';
import { hwptInvalidate } from './invalidate.ts';
import { ioasAlloc, ioasMap, ioasUnmap } from './ioas.ts';
import { ObjectTable } from './objects.ts';
import type { Device } from './objects.ts';
import { Ucmd } from './ucmd.ts';
import type { IommufdContext } from './ucmd.ts';
import { buryVdevice, hwQueueAlloc, vdeviceAlloc, viommuAlloc } from './viommu.ts';

interface Operation {
  readonly name: string;
  readonly struct: UapiStruct;
  /** What the first version of the structure had: callers must send that much. */
  readonly least: number;
  readonly run: (context: IommufdContext, ucmd: Ucmd) => number;
}

const operation = <S extends UapiStruct>(name: string, struct: S, last: S['fields'][number]['name'], run: Operation['run']): Operation => ({
  name,
  struct,
  least: endOf(struct, last),
  run,
});

const OPERATIONS: ReadonlyMap<number, Operation> = new Map([
  [IOCTL.IOMMU_DESTROY, operation('IOMMU_DESTROY', STRUCT_DESTROY, 'id', destroy)],
  [IOCTL.IOMMU_IOAS_ALLOC, operation('IOMMU_IOAS_ALLOC', STRUCT_IOAS_ALLOC, 'out_ioas_id', ioasAlloc)],
  [IOCTL.IOMMU_IOAS_MAP, operation('IOMMU_IOAS_MAP', STRUCT_IOAS_MAP, 'iova', ioasMap)],
  [IOCTL.IOMMU_IOAS_UNMAP, operation('IOMMU_IOAS_UNMAP', STRUCT_IOAS_UNMAP, 'length', ioasUnmap)],
  [IOCTL.IOMMU_HWPT_ALLOC, operation('IOMMU_HWPT_ALLOC', STRUCT_HWPT_ALLOC, '__reserved', hwptAlloc)],
  [IOCTL.IOMMU_GET_HW_INFO, operation('IOMMU_GET_HW_INFO', STRUCT_HW_INFO, '__reserved', getHwInfo)],
  [IOCTL.IOMMU_HWPT_INVALIDATE, operation('IOMMU_HWPT_INVALIDATE', STRUCT_HWPT_INVALIDATE, '__reserved', hwptInvalidate)],
  [IOCTL.IOMMU_FAULT_QUEUE_ALLOC, operation('IOMMU_FAULT_QUEUE_ALLOC', STRUCT_FAULT_ALLOC, 'out_fault_fd', faultQueueAlloc)],
  [IOCTL.IOMMU_VIOMMU_ALLOC, operation('IOMMU_VIOMMU_ALLOC', STRUCT_VIOMMU_ALLOC, 'out_viommu_id', viommuAlloc)],
  [IOCTL.IOMMU_VDEVICE_ALLOC, operation('IOMMU_VDEVICE_ALLOC', STRUCT_VDEVICE_ALLOC, 'virt_id', vdeviceAlloc)],
  [IOCTL.IOMMU_VEVENTQ_ALLOC, operation('IOMMU_VEVENTQ_ALLOC', STRUCT_VEVENTQ_ALLOC, '__reserved', veventqAlloc)],
  [IOCTL.IOMMU_HW_QUEUE_ALLOC, operation('IOMMU_HW_QUEUE_ALLOC', STRUCT_HW_QUEUE_ALLOC, 'length', hwQueueAlloc)],
]);

/** Descriptors 0 to 2 are taken in every process. */
const FIRST_FD = 3;

export interface IommufdOptions {
  readonly memory: UserMemory;
  readonly reports: FaultReports;
  readonly journal: StackJournal;
}

export class Iommufd {
  readonly objects = new ObjectTable();
  private readonly context: IommufdContext;
  private readonly files = new Map<number, { readonly file: EventFile; readonly onClose: () => void }>();
  private nextFd = FIRST_FD;

  constructor(options: IommufdOptions) {
    this.context = {
      ...options,
      objects: this.objects,
      openFile: (file, onClose) => {
        this.files.set(this.nextFd, { file, onClose });
        return this.nextFd++;
      },
    };
  }

  /**
   * ioctl(iommufd, cmd, user): 0 or a negative errno. -ENOTTY: this kernel has no such ioctl. -EFAULT: `user` ends
   * before the structure does. -EINVAL: it is shorter than its first version. -E2BIG: longer, with something in it that
   * this kernel does not know.
   */
  ioctl(cmd: number, user: Uint8Array): number {
    const found = OPERATIONS.get(cmd);
    const action = found?.name ?? `ioctl 0x${cmd.toString(16)}`;
    const { journal } = this.context;
    const since = journal.mark();
    // As they came: the answer is written into them.
    const data = { type: action, bytes: Uint8Array.from(user) };
    const result = found === undefined ? -ERRNO.ENOTTY : this.#run(found, user);
    journal.record('uapi', action, {}, { result, since, data });
    return result;
  }

  /** read() on the file of an event queue: bytes, or a negative errno; no bytes when nothing waits. */
  readFile(fd: number, length: number): Uint8Array | number {
    return this.files.get(fd)?.file.read(length) ?? -ERRNO.EBADF;
  }

  /** write() on the file of an event queue: bytes taken, or a negative errno. */
  writeFile(fd: number, data: Uint8Array): number {
    const { journal } = this.context;
    const since = journal.mark();
    const result = this.files.get(fd)?.file.write(data) ?? -ERRNO.EBADF;
    journal.record('uapi', `write to file ${fd}`, {}, { result: Math.min(result, 0), since, data: { type: STRUCT_HWPT_PAGE_RESPONSE.id, bytes: data.slice() } });
    return result;
  }

  /** close(): the queue itself goes with IOMMU_DESTROY. */
  closeFile(fd: number): number {
    const open = this.files.get(fd);
    if (open === undefined) return -ERRNO.EBADF;
    open.onClose();
    this.files.delete(fd);
    return 0;
  }

  /** iommufd_device_bind(): the number of the device as an object; -EBUSY when it is bound already. */
  bind(driver: HostDriver, device: HostDevice): number {
    for (const one of this.objects.all()) if (one.type === 'device' && one.device === device) return -ERRNO.EBUSY;
    // The driver of the device holds on to the object until it unbinds.
    return this.objects.add<Device>((id) => ({ id, type: 'device', users: 1, driver, device, hwpt: null, vdevice: null })).id;
  }

  /** iommufd_device_unbind(): out of its domain and its vIOMMU, and gone. */
  unbind(id: number): number {
    const device = this.objects.get(id, 'device');
    if (typeof device === 'number') return device;
    detachDevice(this.context, device);
    if (device.vdevice !== null) buryVdevice(device.vdevice);
    this.objects.remove(device);
    return 0;
  }

  /** Attaches a bound device to an IOAS or a HWPT, or moves it there: the number of its HWPT, or a negative errno. */
  attach(id: number, ptId: number): number {
    const device = this.objects.get(id, 'device');
    if (typeof device === 'number') return device;
    const hwpt = attachDevice(this.context, device, ptId);
    return typeof hwpt === 'number' ? hwpt : hwpt.id;
  }

  detach(id: number): number {
    const device = this.objects.get(id, 'device');
    if (typeof device === 'number') return device;
    detachDevice(this.context, device);
    return 0;
  }

  /** iommufd_fops_ioctl() */
  #run({ struct, least, run }: Operation, user: Uint8Array): number {
    if (user.length < 4) return -ERRNO.EFAULT;
    const size = readUint(user, 0, 4);
    if (size < least) return -ERRNO.EINVAL;
    const read = (length: number): Uint8Array | null => (length <= user.length ? user.subarray(0, length) : null);
    const bytes = copyStructFromUser(read, size, struct.bytes);
    return typeof bytes === 'number' ? bytes : run(this.context, new Ucmd(bytes, user, size));
  }
}
