/** Names of the ioctls of VFIO and iommufd by number: those whose structures the model has, and their neighbours. */
import { ioctlNumber } from '../../model/stack/uapi/ioctl.ts';

const VFIO: readonly (readonly [number, string])[] = [
  [100, 'VFIO_GET_API_VERSION'], [101, 'VFIO_CHECK_EXTENSION'], [102, 'VFIO_SET_IOMMU'], [103, 'VFIO_GROUP_GET_STATUS'], [104, 'VFIO_GROUP_SET_CONTAINER'],
  [105, 'VFIO_GROUP_UNSET_CONTAINER'], [106, 'VFIO_GROUP_GET_DEVICE_FD'], [107, 'VFIO_DEVICE_GET_INFO'], [108, 'VFIO_DEVICE_GET_REGION_INFO'],
  [109, 'VFIO_DEVICE_GET_IRQ_INFO'], [110, 'VFIO_DEVICE_SET_IRQS'], [111, 'VFIO_DEVICE_RESET'], [112, 'VFIO_IOMMU_GET_INFO'], [113, 'VFIO_IOMMU_MAP_DMA'],
  [114, 'VFIO_IOMMU_UNMAP_DMA'], [115, 'VFIO_IOMMU_ENABLE'], [116, 'VFIO_IOMMU_DISABLE'], [117, 'VFIO_IOMMU_DIRTY_PAGES'], [118, 'VFIO_DEVICE_BIND_IOMMUFD'],
  [119, 'VFIO_DEVICE_ATTACH_IOMMUFD_PT'], [120, 'VFIO_DEVICE_DETACH_IOMMUFD_PT'],
];

const IOMMUFD: readonly (readonly [number, string])[] = [
  [0x80, 'IOMMU_DESTROY'], [0x81, 'IOMMU_IOAS_ALLOC'], [0x82, 'IOMMU_IOAS_ALLOW_IOVAS'], [0x83, 'IOMMU_IOAS_COPY'], [0x84, 'IOMMU_IOAS_IOVA_RANGES'],
  [0x85, 'IOMMU_IOAS_MAP'], [0x86, 'IOMMU_IOAS_UNMAP'], [0x87, 'IOMMU_OPTION'], [0x88, 'IOMMU_VFIO_IOAS'], [0x89, 'IOMMU_HWPT_ALLOC'], [0x8a, 'IOMMU_GET_HW_INFO'],
  [0x8b, 'IOMMU_HWPT_SET_DIRTY_TRACKING'], [0x8c, 'IOMMU_HWPT_GET_DIRTY_BITMAP'], [0x8d, 'IOMMU_HWPT_INVALIDATE'], [0x8e, 'IOMMU_FAULT_QUEUE_ALLOC'],
  [0x8f, 'IOMMU_IOAS_MAP_FILE'], [0x90, 'IOMMU_VIOMMU_ALLOC'], [0x91, 'IOMMU_VDEVICE_ALLOC'], [0x92, 'IOMMU_IOAS_CHANGE_PROCESS'], [0x93, 'IOMMU_VEVENTQ_ALLOC'],
  [0x94, 'IOMMU_HW_QUEUE_ALLOC'],
];

/** Of "[RFC v16]" alone: a mainline kernel has other ioctls under these numbers, or none. */
const POSTED: readonly (readonly [number, string])[] = [[118, 'VFIO_IOMMU_SET_PASID_TABLE'], [119, 'VFIO_IOMMU_CACHE_INVALIDATE']];

const byNumber = (calls: readonly (readonly [number, string])[]): ReadonlyMap<number, string> => new Map(calls.map(([nr, name]) => [ioctlNumber(nr), name]));
export const IOCTL_NAMES = byNumber([...VFIO, ...IOMMUFD]);
export const POSTED_IOCTL_NAMES = byNumber(POSTED);
const KNOWN: ReadonlySet<string> = new Set([...VFIO, ...IOMMUFD, ...POSTED].map(([, name]) => name));
export const isIoctlName = (name: string): boolean => KNOWN.has(name);

/** What an errno means of one call, where that is more than its general meaning. */
const REASONS: Readonly<Record<string, Readonly<Record<string, readonly [cause: string, remedy: string]>>>> = {
  VFIO_IOMMU_MAP_DMA: {
    EEXIST: ['A part of the range is mapped already.', 'Unmap it first; VFIO never maps over a mapping.'],
    EINVAL: ['An address or the size is no multiple of the page size, flags are unknown, or the range lies outside what the IOMMU translates or in a reserved region.', 'VFIO_IOMMU_GET_INFO lists the page sizes and the IOVA ranges; the window of MSIs is left out of them.'],
    ENOSPC: ['The container has as many mappings as dma_entry_limit allows.', 'Merge mappings, or raise vfio_iommu_type1.dma_entry_limit.'],
    ENOMEM: ['RLIMIT_MEMLOCK does not allow so much pinned memory.', 'Raise the limit for this process (ulimit -l).'],
    EFAULT: ['A page of the range cannot be pinned: it is not mapped, or not writable where the device may write.', 'The memory behind vaddr must be there and allow what the flags ask for.'],
  },
  VFIO_IOMMU_SET_PASID_TABLE: { EINVAL: ['The flags are not exactly SET or UNSET, or argsz is below 8.', 'Set one of the two flags, and argsz to all of the structure.'] },
  VFIO_IOMMU_CACHE_INVALIDATE: { EINVAL: ['Flags are not 0, or argsz is below 8.', 'Set flags to 0, and argsz to all of the structure.'] },
  VFIO_DEVICE_GET_REGION_INFO: { EINVAL: ['The device has no region of that index, or argsz is too small.', 'VFIO_DEVICE_GET_INFO says how many regions there are; those of faults come behind those of PCI.'] },
  VFIO_IOMMU_UNMAP_DMA: { EINVAL: ['The range cuts a mapping in two, or an address is no multiple of the page size.', 'Type1 v2 unmaps whole mappings only.'] },
  VFIO_SET_IOMMU: { EINVAL: ['The container has no group, or has its IOMMU type already.', 'Put a group into the container first.'], ENODEV: ['The IOMMU cannot do this type: nesting needs stage 1 and stage 2.', 'See IDR0.S1P and IDR0.S2P; mainline dropped VFIO_TYPE1_NESTING_IOMMU in 6.12.'] },
  VFIO_GROUP_SET_CONTAINER: { EPERM: ['A device of the group is not bound to a VFIO driver.', 'All devices of an IOMMU group go to the guest together.'] },
  VFIO_DEVICE_ATTACH_IOMMUFD_PT: { EINVAL: ['The page table is not for this IOMMU, or the device has reserved regions in it.', 'A nested table needs the vIOMMU and the vDEVICE of this device first.'], ENOENT: ['There is no object of that id, or the device has no vDEVICE.', 'IOMMU_VDEVICE_ALLOC comes before the nested attach.'] },
  IOMMU_IOAS_MAP: { EEXIST: ['A part of the range is mapped already.', 'Unmap it first.'], EADDRINUSE: ['The fixed IOVA is reserved for another use.', 'IOMMU_IOAS_IOVA_RANGES lists what may be used.'], EINVAL: ['Alignment, flags, or a range outside what may be mapped.', 'See IOMMU_IOAS_IOVA_RANGES for ranges and alignment.'] },
  IOMMU_IOAS_UNMAP: { ENOENT: ['The range is not mapped as a whole.', 'Unmap what was mapped; parts of a mapping cannot go.'], EBUSY: ['Something still uses the range, such as a hardware queue.', 'Destroy the queue first.'] },
  IOMMU_HWPT_ALLOC: { EOPNOTSUPP: ['The IOMMU cannot make such a table: a flag or a data type that its driver lacks.', 'Compare with IOMMU_GET_HW_INFO; IOMMU_HWPT_ALLOC_NEST_PARENT excludes dirty tracking on SMMUv3.'], EINVAL: ['The parent is no nest parent, or the vSTE has fields that a guest may not set.', 'Only V, Config, S1Fmt, S1ContextPtr, S1CDMax, S1DSS, S1CIR, S1COR, S1CSH, S1STALLD and EATS are the guest\'s.'] },
  IOMMU_VIOMMU_ALLOC: { EOPNOTSUPP: ['This SMMU may not be given to a guest: it has neither S2FWB nor CANWBS, or lacks a stage.', 'See IDR3.FWB, IDR0.S1P and IDR0.S2P: without forced write-back a guest could break coherency.'] },
  IOMMU_VDEVICE_ALLOC: { EEXIST: ['The device has a vDEVICE, or the virtual StreamID is taken.', 'One vDEVICE for each device, one vSID for each vDEVICE.'] },
  IOMMU_HWPT_INVALIDATE: { EIO: ['The SMMU refused a command of the array; entry_num says how many were done.', 'Look at the command at that place: an unknown vSID, or an opcode that guests may not use.'], EINVAL: ['An entry of the array is no command that a guest may give.', 'entry_num says how many were done before it.'] },
};

export const reasonOf = (ioctl: string, errno: string): readonly [cause: string, remedy: string] | null => REASONS[ioctl]?.[errno] ?? null;
