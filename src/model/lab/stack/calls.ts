/** The calls of both uAPIs by the kernel's names: which file takes them, of which structures their bytes are made. */
import type { UapiStruct } from '../../stack/uapi/bytes.ts';
import { STRUCT_FAULT_ALLOC, STRUCT_VEVENTQ_ALLOC } from '../../stack/uapi/iommufd/events.ts';
import { STRUCT_HWPT_ALLOC, STRUCT_HWPT_INVALIDATE, STRUCT_HW_INFO } from '../../stack/uapi/iommufd/hwpt.ts';
import { STRUCT_DESTROY, STRUCT_IOAS_ALLOC, STRUCT_IOAS_MAP, STRUCT_IOAS_UNMAP } from '../../stack/uapi/iommufd/ioas.ts';
import * as IOCTL from '../../stack/uapi/iommufd/ioctls.ts';
import { STRUCT_ATTACH_IOMMUFD_PT, STRUCT_BIND_IOMMUFD, STRUCT_DETACH_IOMMUFD_PT, VFIO_DEVICE_ATTACH_IOMMUFD_PT, VFIO_DEVICE_BIND_IOMMUFD, VFIO_DEVICE_DETACH_IOMMUFD_PT } from '../../stack/uapi/iommufd/vfio-cdev.ts';
import { STRUCT_HW_QUEUE_ALLOC, STRUCT_VDEVICE_ALLOC, STRUCT_VIOMMU_ALLOC } from '../../stack/uapi/iommufd/viommu.ts';
import { IOMMU_CACHE_INVALIDATE_INFO_ADDR } from '../../stack/uapi/vfio-v16/cache-invalidate.ts';
import * as CONTAINER from '../../stack/uapi/vfio-v16/container.ts';
import { VFIO_DEVICE_GET_IRQ_INFO, VFIO_DEVICE_GET_REGION_INFO, VFIO_IRQ_INFO, VFIO_REGION_INFO } from '../../stack/uapi/vfio-v16/device.ts';
import { IOMMU_PASID_TABLE_CONFIG } from '../../stack/uapi/vfio-v16/pasid-table.ts';

export interface UapiCall {
  readonly cmd: number;
  /** `process`: the container, or /dev/iommu. */
  readonly file: 'process' | 'device';
  readonly struct: UapiStruct;
  /** What follows the structure, as a map under its key. */
  readonly then?: { readonly key: string; readonly struct: UapiStruct };
  /** Members that say where a buffer of `data` is, and how long it or one of its entries. */
  readonly data?: { readonly pointer: string; readonly length?: string; readonly entry?: { readonly length: string; readonly count: string; readonly bytes: number } };
  readonly doc: string;
}

const iommufd = (cmd: number, struct: UapiStruct, more: Pick<UapiCall, 'data'> = {}): UapiCall => ({ cmd, file: 'process', struct, doc: `The VMM, on /dev/iommu: ${struct.title[0]!.toLowerCase()}${struct.title.slice(1)}.`, ...more });
const container = (cmd: number, struct: UapiStruct, more: Pick<UapiCall, 'then'> = {}): UapiCall => ({ cmd, file: 'process', struct, doc: `The VMM, on the container of the device: ${struct.title[0]!.toLowerCase()}${struct.title.slice(1)}.`, ...more });
const device = (cmd: number, struct: UapiStruct): UapiCall => ({ cmd, file: 'device', struct, doc: `The VMM, on the file of the device: ${struct.title[0]!.toLowerCase()}${struct.title.slice(1)}.` });

const BUFFER = { data: { pointer: 'data_uptr', length: 'data_len' } } as const;
const COMMAND_BYTES = 16;

export const CALLS = {
  IOMMU_DESTROY: iommufd(IOCTL.IOMMU_DESTROY, STRUCT_DESTROY),
  IOMMU_IOAS_ALLOC: iommufd(IOCTL.IOMMU_IOAS_ALLOC, STRUCT_IOAS_ALLOC),
  IOMMU_IOAS_MAP: iommufd(IOCTL.IOMMU_IOAS_MAP, STRUCT_IOAS_MAP),
  IOMMU_IOAS_UNMAP: iommufd(IOCTL.IOMMU_IOAS_UNMAP, STRUCT_IOAS_UNMAP),
  IOMMU_HWPT_ALLOC: iommufd(IOCTL.IOMMU_HWPT_ALLOC, STRUCT_HWPT_ALLOC, BUFFER),
  IOMMU_GET_HW_INFO: iommufd(IOCTL.IOMMU_GET_HW_INFO, STRUCT_HW_INFO, BUFFER),
  IOMMU_HWPT_INVALIDATE: iommufd(IOCTL.IOMMU_HWPT_INVALIDATE, STRUCT_HWPT_INVALIDATE, { data: { pointer: 'data_uptr', entry: { length: 'entry_len', count: 'entry_num', bytes: COMMAND_BYTES } } }),
  IOMMU_FAULT_QUEUE_ALLOC: iommufd(IOCTL.IOMMU_FAULT_QUEUE_ALLOC, STRUCT_FAULT_ALLOC),
  IOMMU_VIOMMU_ALLOC: iommufd(IOCTL.IOMMU_VIOMMU_ALLOC, STRUCT_VIOMMU_ALLOC, BUFFER),
  IOMMU_VDEVICE_ALLOC: iommufd(IOCTL.IOMMU_VDEVICE_ALLOC, STRUCT_VDEVICE_ALLOC),
  IOMMU_VEVENTQ_ALLOC: iommufd(IOCTL.IOMMU_VEVENTQ_ALLOC, STRUCT_VEVENTQ_ALLOC),
  IOMMU_HW_QUEUE_ALLOC: iommufd(IOCTL.IOMMU_HW_QUEUE_ALLOC, STRUCT_HW_QUEUE_ALLOC),
  VFIO_DEVICE_BIND_IOMMUFD: device(VFIO_DEVICE_BIND_IOMMUFD, STRUCT_BIND_IOMMUFD),
  VFIO_DEVICE_ATTACH_IOMMUFD_PT: device(VFIO_DEVICE_ATTACH_IOMMUFD_PT, STRUCT_ATTACH_IOMMUFD_PT),
  VFIO_DEVICE_DETACH_IOMMUFD_PT: device(VFIO_DEVICE_DETACH_IOMMUFD_PT, STRUCT_DETACH_IOMMUFD_PT),
  VFIO_IOMMU_MAP_DMA: container(CONTAINER.VFIO_IOMMU_MAP_DMA, CONTAINER.VFIO_DMA_MAP),
  VFIO_IOMMU_UNMAP_DMA: container(CONTAINER.VFIO_IOMMU_UNMAP_DMA, CONTAINER.VFIO_DMA_UNMAP),
  VFIO_IOMMU_SET_PASID_TABLE: container(CONTAINER.VFIO_IOMMU_SET_PASID_TABLE, CONTAINER.VFIO_SET_PASID_TABLE, { then: { key: 'config', struct: IOMMU_PASID_TABLE_CONFIG } }),
  VFIO_IOMMU_CACHE_INVALIDATE: container(CONTAINER.VFIO_IOMMU_CACHE_INVALIDATE, CONTAINER.VFIO_CACHE_INVALIDATE, { then: { key: 'info', struct: IOMMU_CACHE_INVALIDATE_INFO_ADDR } }),
  VFIO_DEVICE_GET_REGION_INFO: device(VFIO_DEVICE_GET_REGION_INFO, VFIO_REGION_INFO),
  VFIO_DEVICE_GET_IRQ_INFO: device(VFIO_DEVICE_GET_IRQ_INFO, VFIO_IRQ_INFO),
} as const satisfies Readonly<Record<string, UapiCall>>;

export type CallName = keyof typeof CALLS;
export const CALL_NAMES = Object.keys(CALLS) as CallName[];

export type MemberValues = Readonly<Record<string, bigint | readonly bigint[]>>;

export interface CallInput {
  readonly device: string;
  /** Members of the structure that are not their usual values. */
  readonly members: MemberValues;
  /** Members of what follows it; null: nothing follows. */
  readonly then: MemberValues | null;
  /** What the pointer points to; null: it is 0, or as `members` says. */
  readonly data: readonly number[] | null;
  /** Bytes behind the structures: a caller that knows more than this kernel. */
  readonly tail: readonly number[];
  /** Bytes that are really there; null: all. */
  readonly present: number | null;
}
