/** The ioctls of a VMM on iommufd, as bytes (c.2). Those that make something give its number, or a negative errno. */
import type { IdRegisters } from '../../../spec/index.ts';
import { HWPT_FLAG } from '../../host/driver/types.ts';
import type { OrErrno } from '../../errno.ts';
import { decodeStruct, encodeStruct } from '../../uapi/bytes.ts';
import type { FieldName, UapiStruct, ValuesOf } from '../../uapi/bytes.ts';
import { IOMMU_VEVENTQ_TYPE, STRUCT_FAULT_ALLOC, STRUCT_VEVENTQ_ALLOC } from '../../uapi/iommufd/events.ts';
import {
  IOMMU_HWPT_DATA,
  IOMMU_INVALIDATE_DATA,
  STRUCT_HWPT_ALLOC,
  STRUCT_HWPT_ARM_SMMUV3,
  STRUCT_HWPT_INVALIDATE,
  STRUCT_HW_INFO,
  STRUCT_HW_INFO_ARM_SMMUV3,
} from '../../uapi/iommufd/hwpt.ts';
import { IOMMU_IOAS_MAP_FLAG, STRUCT_DESTROY, STRUCT_IOAS_ALLOC, STRUCT_IOAS_MAP } from '../../uapi/iommufd/ioas.ts';
import * as IOCTL from '../../uapi/iommufd/ioctls.ts';
import { STRUCT_ATTACH_IOMMUFD_PT, VFIO_DEVICE_ATTACH_IOMMUFD_PT } from '../../uapi/iommufd/vfio-cdev.ts';
import { IOMMU_VIOMMU_TYPE, STRUCT_VDEVICE_ALLOC, STRUCT_VIOMMU_ALLOC } from '../../uapi/iommufd/viommu.ts';
import type { IoctlPort, IommufdPort, UserBuffers } from '../ioctl-port.ts';
import type { RamRange } from '../ram-range.ts';

const COMMAND_BYTES = 16;

export interface FaultQueueFile {
  /** The queue as an object of iommufd. */
  readonly id: number;
  readonly fd: number;
}

export class IommufdCalls {
  readonly file: IommufdPort;
  private readonly buffers: UserBuffers;

  constructor(file: IommufdPort, buffers: UserBuffers) {
    this.file = file;
    this.buffers = buffers;
  }

  /** The ID registers of the SMMU behind a device, or a negative errno. */
  hwInfo(device: number): IdRegisters | number {
    const data = new Uint8Array(STRUCT_HW_INFO_ARM_SMMUV3.bytes);
    const result = this.#pointingTo(
      data,
      (uptr) => this.#call(IOCTL.IOMMU_GET_HW_INFO, STRUCT_HW_INFO, { dev_id: device, data_len: data.length, data_uptr: uptr }).result,
    );
    if (result !== 0) return result;
    const { idr, iidr, aidr } = decodeStruct(STRUCT_HW_INFO_ARM_SMMUV3, data);
    const [IDR0 = 0, IDR1 = 0, IDR2 = 0, IDR3 = 0, IDR4 = 0, IDR5 = 0] = idr;
    return { IDR0, IDR1, IDR2, IDR3, IDR4, IDR5, IDR6: 0, IIDR: iidr, AIDR: aidr };
  }

  ioasAlloc(): number {
    return this.#make(IOCTL.IOMMU_IOAS_ALLOC, STRUCT_IOAS_ALLOC, {}, 'out_ioas_id');
  }

  /** Maps RAM for the device to read and write, at its IPA. */
  ioasMap(ioas: number, { vaddr, ipa, size }: RamRange): number {
    const flags = IOMMU_IOAS_MAP_FLAG.FIXED_IOVA | IOMMU_IOAS_MAP_FLAG.WRITEABLE | IOMMU_IOAS_MAP_FLAG.READABLE;
    return this.#call(IOCTL.IOMMU_IOAS_MAP, STRUCT_IOAS_MAP, { flags, ioas_id: ioas, user_va: vaddr, length: size, iova: ipa }).result;
  }

  /** A stage 2 that can carry nested domains. */
  parentAlloc(device: number, ioas: number): number {
    const values = { flags: HWPT_FLAG.NEST_PARENT, dev_id: device, pt_id: ioas };
    return this.#make(IOCTL.IOMMU_HWPT_ALLOC, STRUCT_HWPT_ALLOC, values, 'out_hwpt_id');
  }

  viommuAlloc(device: number, parent: number): number {
    const values = { type: IOMMU_VIOMMU_TYPE.ARM_SMMUV3, dev_id: device, hwpt_id: parent };
    return this.#make(IOCTL.IOMMU_VIOMMU_ALLOC, STRUCT_VIOMMU_ALLOC, values, 'out_viommu_id');
  }

  vdeviceAlloc(viommu: number, device: number, vSid: number): number {
    const values = { viommu_id: viommu, dev_id: device, virt_id: BigInt(vSid) };
    return this.#make(IOCTL.IOMMU_VDEVICE_ALLOC, STRUCT_VDEVICE_ALLOC, values, 'out_vdevice_id');
  }

  /** A queue for page faults; a negative errno. */
  faultQueueAlloc(): OrErrno<FaultQueueFile> {
    const { result, answer } = this.#call(IOCTL.IOMMU_FAULT_QUEUE_ALLOC, STRUCT_FAULT_ALLOC, {});
    return result !== 0 ? result : { id: answer.out_fault_id, fd: answer.out_fault_fd };
  }

  /** A domain for the first two words of a guest's STE; page faults of devices in it come through the fault queue `faults`. */
  nestedAlloc(viommu: number, device: number, ste: readonly [bigint, bigint], faults: number | null = null): number {
    const data = encodeStruct(STRUCT_HWPT_ARM_SMMUV3, { ste });
    return this.#pointingTo(data, (uptr) => {
      const fault = faults === null ? {} : { flags: HWPT_FLAG.FAULT_ID_VALID, fault_id: faults };
      const values = { ...fault, dev_id: device, pt_id: viommu, data_type: IOMMU_HWPT_DATA.ARM_SMMUV3, data_len: data.length, data_uptr: uptr };
      return this.#make(IOCTL.IOMMU_HWPT_ALLOC, STRUCT_HWPT_ALLOC, values, 'out_hwpt_id');
    });
  }

  /** Gives the file descriptor of the new queue. */
  veventqAlloc(viommu: number, depth: number): number {
    const values = { viommu_id: viommu, type: IOMMU_VEVENTQ_TYPE.ARM_SMMUV3, veventq_depth: depth };
    return this.#make(IOCTL.IOMMU_VEVENTQ_ALLOC, STRUCT_VEVENTQ_ALLOC, values, 'out_veventq_fd');
  }

  /** Commands of the guest, 16 bytes each; `handled` is what entry_num came back as. */
  invalidate(viommu: number, commands: Uint8Array): { readonly result: number; readonly handled: number } {
    return this.#pointingTo(commands, (uptr) => {
      const { result, answer } = this.#call(IOCTL.IOMMU_HWPT_INVALIDATE, STRUCT_HWPT_INVALIDATE, {
        hwpt_id: viommu,
        data_uptr: uptr,
        data_type: IOMMU_INVALIDATE_DATA.VIOMMU_ARM_SMMUV3,
        entry_len: COMMAND_BYTES,
        entry_num: commands.length / COMMAND_BYTES,
      });
      return { result, handled: answer.entry_num };
    });
  }

  destroy(id: number): number {
    return this.#call(IOCTL.IOMMU_DESTROY, STRUCT_DESTROY, { id }).result;
  }

  #pointingTo<T>(bytes: Uint8Array, use: (uptr: bigint) => T): T {
    const uptr = this.buffers.place(bytes);
    try {
      return use(uptr);
    } finally {
      this.buffers.remove(uptr);
    }
  }

  #call<S extends UapiStruct>(cmd: number, struct: S, values: Partial<ValuesOf<S>>): { result: number; answer: ValuesOf<S> } {
    const bytes = encodeStruct(struct, { ...values, size: struct.bytes } as Partial<ValuesOf<S>>);
    const result = this.file.ioctl(cmd, bytes);
    return { result, answer: decodeStruct(struct, bytes) };
  }

  #make<S extends UapiStruct>(cmd: number, struct: S, values: Partial<ValuesOf<S>>, out: FieldName<S>): number {
    const { result, answer } = this.#call(cmd, struct, values);
    return result !== 0 ? result : Number(answer[out as keyof ValuesOf<S>]);
  }
}

/** VFIO_DEVICE_ATTACH_IOMMUFD_PT on the file of a device. */
export function attach(device: IoctlPort, ptId: number): number {
  return device.ioctl(
    VFIO_DEVICE_ATTACH_IOMMUFD_PT,
    encodeStruct(STRUCT_ATTACH_IOMMUFD_PT, { argsz: STRUCT_ATTACH_IOMMUFD_PT.bytes, pt_id: ptId }),
  );
}
