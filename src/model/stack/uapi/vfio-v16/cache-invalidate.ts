/**
 * struct iommu_cache_invalidate_info: an invalidation of stage 1 as a VMM describes it. The union `granu` makes three
 * structures of one size, told apart by `granularity`.
 */
import { INV_CACHE, INV_FLAG, INV_GRANU } from '../../host/driver/types.ts';
import { defineStruct, u32, u64, u8, u8s } from '../bytes.ts';

export const IOMMU_CACHE_INVALIDATE_INFO_VERSION_1 = 1;

const HEAD = [
  u32('argsz', 0, 'Bytes the user filled.'),
  u32('version', 4, 'IOMMU_CACHE_INVALIDATE_INFO_VERSION_1.', { IOMMU_CACHE_INVALIDATE_INFO_VERSION_1 }),
  u8('cache', 8, 'Caches to invalidate, a mask.', {
    IOMMU_CACHE_INV_TYPE_IOTLB: INV_CACHE.IOTLB,
    IOMMU_CACHE_INV_TYPE_DEV_IOTLB: INV_CACHE.DEV_IOTLB,
    IOMMU_CACHE_INV_TYPE_PASID: INV_CACHE.PASID,
  }),
  u8('granularity', 9, 'Which member of granu holds.', {
    IOMMU_INV_GRANU_DOMAIN: INV_GRANU.DOMAIN,
    IOMMU_INV_GRANU_PASID: INV_GRANU.PASID,
    IOMMU_INV_GRANU_ADDR: INV_GRANU.ADDR,
  }),
  u8s('padding', 10, 6, 'Must be 0.'),
] as const;

const FLAGS = { PASID: INV_FLAG.PASID, ARCHID: INV_FLAG.ARCHID } as const;

/** Granularity DOMAIN: no member of the union is read. */
export const IOMMU_CACHE_INVALIDATE_INFO = defineStruct({
  id: 'iommu_cache_invalidate_info',
  title: 'Cache invalidation of a domain',
  bytes: 56,
  fields: [...HEAD, u8s('granu', 16, 40, 'Not read with this granularity.')],
});

/** Granularity PASID: granu.pasid_info. */
export const IOMMU_CACHE_INVALIDATE_INFO_PASID = defineStruct({
  id: 'iommu_cache_invalidate_info (pasid_info)',
  title: 'Cache invalidation of an address space',
  bytes: 56,
  fields: [
    ...HEAD,
    u32('flags', 16, 'Which of the identifiers hold.', FLAGS),
    u32('archid', 20, 'Architecture-specific identifier: the ASID.'),
    u64('pasid', 24, 'PASID.'),
    u8s('unused', 32, 24, 'Of larger members of the union.'),
  ],
});

/** Granularity ADDR: granu.addr_info. */
export const IOMMU_CACHE_INVALIDATE_INFO_ADDR = defineStruct({
  id: 'iommu_cache_invalidate_info (addr_info)',
  title: 'Cache invalidation of addresses',
  bytes: 56,
  fields: [
    ...HEAD,
    u32('flags', 16, 'Which of the identifiers hold; LEAF: last-level entries only.', { ...FLAGS, LEAF: INV_FLAG.LEAF }),
    u32('archid', 20, 'Architecture-specific identifier: the ASID.'),
    u64('pasid', 24, 'PASID.'),
    u64('addr', 32, 'IOVA of the first byte.'),
    u64('granule_size', 40, 'Bytes of a granule.'),
    u64('nb_granules', 48, 'Number of granules.'),
  ],
});
