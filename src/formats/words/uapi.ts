/** Bytes of an ioctl or of a fault, member by member: what the path of a lab shows of a call. */
import { decodeStruct, endOf } from '../../model/stack/uapi/bytes.ts';
import type { UapiField, UapiStruct, UapiValue } from '../../model/stack/uapi/bytes.ts';
import { STRUCT_FAULT_ALLOC, STRUCT_HWPT_PAGE_RESPONSE, STRUCT_HWPT_PGFAULT, STRUCT_VEVENTQ_ALLOC } from '../../model/stack/uapi/iommufd/events.ts';
import { STRUCT_HWPT_ALLOC, STRUCT_HWPT_INVALIDATE, STRUCT_HW_INFO } from '../../model/stack/uapi/iommufd/hwpt.ts';
import { STRUCT_DESTROY, STRUCT_IOAS_ALLOC, STRUCT_IOAS_MAP, STRUCT_IOAS_UNMAP } from '../../model/stack/uapi/iommufd/ioas.ts';
import { STRUCT_ATTACH_IOMMUFD_PT, STRUCT_BIND_IOMMUFD, STRUCT_DETACH_IOMMUFD_PT } from '../../model/stack/uapi/iommufd/vfio-cdev.ts';
import { STRUCT_HW_QUEUE_ALLOC, STRUCT_VDEVICE_ALLOC, STRUCT_VIOMMU_ALLOC } from '../../model/stack/uapi/iommufd/viommu.ts';
import { IOMMU_CACHE_INVALIDATE_INFO, IOMMU_CACHE_INVALIDATE_INFO_ADDR, IOMMU_CACHE_INVALIDATE_INFO_PASID } from '../../model/stack/uapi/vfio-v16/cache-invalidate.ts';
import { VFIO_CACHE_INVALIDATE, VFIO_DMA_MAP, VFIO_DMA_UNMAP, VFIO_SET_PASID_TABLE } from '../../model/stack/uapi/vfio-v16/container.ts';
import { IOMMU_FAULT_PAGE_REQUEST, IOMMU_FAULT_UNRECOVERABLE, IOMMU_PAGE_RESPONSE } from '../../model/stack/uapi/vfio-v16/fault.ts';
import { IOMMU_PASID_TABLE_CONFIG } from '../../model/stack/uapi/vfio-v16/pasid-table.ts';

export interface UapiMember {
  readonly name: string;
  /** [hi, lo] over all the bytes. */
  readonly bits: readonly [number, number];
  readonly value: string;
  readonly raw: string;
  readonly doc: string;
}

export interface DecodedUapi {
  /** The structures, by their names in C. */
  readonly title: string;
  readonly members: readonly UapiMember[];
}

/** Which member of the union a cache invalidation has is said by byte 9 behind the head. */
const GRANULARITY = VFIO_CACHE_INVALIDATE.bytes + 9;
const INFOS = [IOMMU_CACHE_INVALIDATE_INFO, IOMMU_CACHE_INVALIDATE_INFO_PASID, IOMMU_CACHE_INVALIDATE_INFO_ADDR];
const PAGE_REQUEST = 2;

/** What lies one behind the other in the bytes of a call. */
const LAYOUTS: Readonly<Record<string, (bytes: Uint8Array) => readonly UapiStruct[]>> = {
  VFIO_IOMMU_MAP_DMA: () => [VFIO_DMA_MAP],
  VFIO_IOMMU_UNMAP_DMA: () => [VFIO_DMA_UNMAP],
  VFIO_IOMMU_SET_PASID_TABLE: () => [VFIO_SET_PASID_TABLE, IOMMU_PASID_TABLE_CONFIG],
  VFIO_IOMMU_CACHE_INVALIDATE: (bytes) => [VFIO_CACHE_INVALIDATE, INFOS[bytes[GRANULARITY] ?? 0] ?? IOMMU_CACHE_INVALIDATE_INFO],
  VFIO_DEVICE_BIND_IOMMUFD: () => [STRUCT_BIND_IOMMUFD],
  VFIO_DEVICE_ATTACH_IOMMUFD_PT: () => [STRUCT_ATTACH_IOMMUFD_PT],
  VFIO_DEVICE_DETACH_IOMMUFD_PT: () => [STRUCT_DETACH_IOMMUFD_PT],
  IOMMU_DESTROY: () => [STRUCT_DESTROY],
  IOMMU_IOAS_ALLOC: () => [STRUCT_IOAS_ALLOC],
  IOMMU_IOAS_MAP: () => [STRUCT_IOAS_MAP],
  IOMMU_IOAS_UNMAP: () => [STRUCT_IOAS_UNMAP],
  IOMMU_HWPT_ALLOC: () => [STRUCT_HWPT_ALLOC],
  IOMMU_GET_HW_INFO: () => [STRUCT_HW_INFO],
  IOMMU_HWPT_INVALIDATE: () => [STRUCT_HWPT_INVALIDATE],
  IOMMU_FAULT_QUEUE_ALLOC: () => [STRUCT_FAULT_ALLOC],
  IOMMU_VIOMMU_ALLOC: () => [STRUCT_VIOMMU_ALLOC],
  IOMMU_VDEVICE_ALLOC: () => [STRUCT_VDEVICE_ALLOC],
  IOMMU_VEVENTQ_ALLOC: () => [STRUCT_VEVENTQ_ALLOC],
  IOMMU_HW_QUEUE_ALLOC: () => [STRUCT_HW_QUEUE_ALLOC],
  iommu_fault: (bytes) => [bytes[0] === PAGE_REQUEST ? IOMMU_FAULT_PAGE_REQUEST : IOMMU_FAULT_UNRECOVERABLE],
  iommu_page_response: () => [IOMMU_PAGE_RESPONSE],
  iommu_hwpt_pgfault: () => [STRUCT_HWPT_PGFAULT],
  iommu_hwpt_page_response: () => [STRUCT_HWPT_PAGE_RESPONSE],
};

/** Members as far as the bytes reach; a call that is not known has none. */
export function decodeUapi(type: string, bytes: Uint8Array): DecodedUapi {
  const structs = LAYOUTS[type]?.(bytes) ?? [];
  const members: UapiMember[] = [];
  let from = 0;
  for (const struct of structs) {
    // The second structure of a call has members of the same names as its head.
    const prefix = from === 0 ? '' : 'info.';
    members.push(...membersOf(struct, bytes.subarray(from)).map(({ name, bits: [hi, lo], ...rest }) => ({ name: prefix + name, bits: [hi + from * 8, lo + from * 8] as const, ...rest })));
    from += struct.bytes;
  }
  return { title: structs.length === 0 ? type : structs.map(({ id }) => id).join(' + '), members };
}

function membersOf(struct: UapiStruct, bytes: Uint8Array): UapiMember[] {
  const whole = new Uint8Array(struct.bytes);
  whole.set(bytes.subarray(0, struct.bytes));
  const values = decodeStruct(struct, whole) as Readonly<Record<string, UapiValue>>;
  return struct.fields
    .filter((field) => endOf(struct, field.name) <= bytes.length)
    .map((field) => ({
      name: field.name,
      bits: [endOf(struct, field.name) * 8 - 1, field.offset * 8] as const,
      value: valueText(field, values[field.name]!),
      raw: `0x${Array.from(whole.subarray(field.offset, endOf(struct, field.name)), (byte) => byte.toString(16).padStart(2, '0')).reverse().join('')}`,
      doc: field.doc,
    }));
}

const numberText = (value: number | bigint): string => (value > 9 ? `0x${value.toString(16)}` : value.toString());

/** The name of a value; of flags the names that are set. */
function valueText(field: UapiField, value: UapiValue): string {
  if (typeof value === 'object') return value.every((one) => Number(one) === 0) ? '0' : [...value].map(numberText).join(' ');
  const names = Object.entries(field.values ?? {});
  const exact = names.find(([, one]) => BigInt(one) === BigInt(value));
  if (exact !== undefined) return exact[0];
  if (field.name !== 'flags' && field.name !== 'perm' && field.name !== 'cache') return numberText(value);
  const set = names.filter(([, one]) => one !== 0 && (BigInt(one) & BigInt(value)) === BigInt(one));
  return set.length === 0 ? numberText(value) : `${set.map(([name]) => name).join(' | ')} (${numberText(value)})`;
}
