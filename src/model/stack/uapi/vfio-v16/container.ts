/** ioctls of a VFIO container and their structures: those of type 1, and the two that nesting added (b.1). */
import { defineStruct, u32, u64 } from '../bytes.ts';
import { ioctlNumber } from '../ioctl.ts';

const VFIO_BASE = 100;

export const VFIO_SET_IOMMU = ioctlNumber(VFIO_BASE + 2);
export const VFIO_IOMMU_MAP_DMA = ioctlNumber(VFIO_BASE + 13);
export const VFIO_IOMMU_UNMAP_DMA = ioctlNumber(VFIO_BASE + 14);
export const VFIO_IOMMU_SET_PASID_TABLE = ioctlNumber(VFIO_BASE + 18);
export const VFIO_IOMMU_CACHE_INVALIDATE = ioctlNumber(VFIO_BASE + 19);

/** The argument of VFIO_SET_IOMMU. */
export const VFIO_IOMMU_TYPE = { VFIO_TYPE1_IOMMU: 1, VFIO_TYPE1v2_IOMMU: 3, VFIO_TYPE1_NESTING_IOMMU: 6 } as const;

export const VFIO_PASID_TABLE_FLAG = { SET: 1, UNSET: 2 } as const;
export const VFIO_DMA_MAP_FLAG = { READ: 1, WRITE: 2 } as const;
export const VFIO_DMA_UNMAP_FLAG = { ALL: 2 } as const;

/** The head of struct vfio_iommu_type1_set_pasid_table; struct iommu_pasid_table_config follows at byte 8. */
export const VFIO_SET_PASID_TABLE = defineStruct({
  id: 'vfio_iommu_type1_set_pasid_table',
  title: 'Set or unset the PASID table of a container',
  bytes: 8,
  fields: [u32('argsz', 0, 'Bytes the user filled.'), u32('flags', 4, 'Exactly one of the two.', VFIO_PASID_TABLE_FLAG)],
});

/** The head of struct vfio_iommu_type1_cache_invalidate; struct iommu_cache_invalidate_info follows at byte 8. */
export const VFIO_CACHE_INVALIDATE = defineStruct({
  id: 'vfio_iommu_type1_cache_invalidate',
  title: 'Invalidate caches for a container',
  bytes: 8,
  fields: [u32('argsz', 0, 'Bytes the user filled.'), u32('flags', 4, 'Must be 0.')],
});

export const VFIO_DMA_MAP = defineStruct({
  id: 'vfio_iommu_type1_dma_map',
  title: 'Map memory of the process for DMA',
  bytes: 32,
  fields: [
    u32('argsz', 0, 'Bytes the user filled.'),
    u32('flags', 4, 'Permissions; at least one.', VFIO_DMA_MAP_FLAG),
    u64('vaddr', 8, 'Where in the process.'),
    u64('iova', 16, 'Where for the device: an IPA when nested.'),
    u64('size', 24, 'Bytes, whole pages.'),
  ],
});

export const VFIO_DMA_UNMAP = defineStruct({
  id: 'vfio_iommu_type1_dma_unmap',
  title: 'Unmap memory from DMA',
  bytes: 24,
  fields: [
    u32('argsz', 0, 'Bytes the user filled.'),
    u32('flags', 4, 'ALL: everything; iova and size must be 0.', VFIO_DMA_UNMAP_FLAG),
    u64('iova', 8, 'First byte.'),
    u64('size', 16, 'Bytes; out: bytes that were unmapped.'),
  ],
});
