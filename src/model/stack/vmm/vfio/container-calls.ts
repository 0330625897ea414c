/** What a VMM asks of a container, as bytes: RAM for stage 2, and the two ioctls that nesting added (b.1). */
import { INV_CACHE, INV_FLAG, INV_GRANU, PASID_CONFIG, PASID_FORMAT_SMMUV3 } from '../../host/driver/types.ts';
import { encodeStruct } from '../../uapi/bytes.ts';
import {
  IOMMU_CACHE_INVALIDATE_INFO,
  IOMMU_CACHE_INVALIDATE_INFO_ADDR,
  IOMMU_CACHE_INVALIDATE_INFO_PASID,
  IOMMU_CACHE_INVALIDATE_INFO_VERSION_1,
} from '../../uapi/vfio-v16/cache-invalidate.ts';
import {
  VFIO_CACHE_INVALIDATE,
  VFIO_DMA_MAP,
  VFIO_DMA_MAP_FLAG,
  VFIO_IOMMU_CACHE_INVALIDATE,
  VFIO_IOMMU_MAP_DMA,
  VFIO_IOMMU_SET_PASID_TABLE,
  VFIO_PASID_TABLE_FLAG,
  VFIO_SET_PASID_TABLE,
} from '../../uapi/vfio-v16/container.ts';
import { IOMMU_PASID_TABLE_CONFIG, PASID_TABLE_CFG_VERSION_1, PASID_TABLE_SMMUV3_CFG_VERSION_1 } from '../../uapi/vfio-v16/pasid-table.ts';
import type { IoctlPort } from '../ioctl-port.ts';
import type { RamRange } from '../ram-range.ts';
import type { StreamConfig } from './stream-config.ts';

export type Invalidation =
  | { readonly granularity: 'DOMAIN' }
  | { readonly granularity: 'PASID'; readonly archid: number }
  | {
      readonly granularity: 'ADDR';
      readonly archid: number;
      readonly leaf: boolean;
      readonly addr: bigint;
      readonly granuleSize: bigint;
      readonly nbGranules: bigint;
    };

function join(head: Uint8Array, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}

function pasidTableConfig(config: Exclude<StreamConfig, { kind: 'bad' }>): Uint8Array {
  const common = {
    argsz: IOMMU_PASID_TABLE_CONFIG.bytes,
    version: PASID_TABLE_CFG_VERSION_1,
    format: PASID_FORMAT_SMMUV3,
    smmuv3_version: PASID_TABLE_SMMUV3_CFG_VERSION_1,
  };
  if (config.kind !== 'translate') {
    return encodeStruct(IOMMU_PASID_TABLE_CONFIG, {
      ...common,
      config: config.kind === 'abort' ? PASID_CONFIG.ABORT : PASID_CONFIG.BYPASS,
    });
  }
  const { contextPtr, pasidBits, s1fmt, s1dss } = config;
  return encodeStruct(IOMMU_PASID_TABLE_CONFIG, {
    ...common,
    config: PASID_CONFIG.TRANSLATE,
    base_ptr: contextPtr,
    pasid_bits: pasidBits,
    smmuv3_s1fmt: s1fmt,
    smmuv3_s1dss: s1dss,
  });
}

/** VFIO_IOMMU_SET_PASID_TABLE with flag SET. */
export function setPasidTable(container: IoctlPort, config: Exclude<StreamConfig, { kind: 'bad' }>): number {
  const body = pasidTableConfig(config);
  const head = encodeStruct(VFIO_SET_PASID_TABLE, { argsz: VFIO_SET_PASID_TABLE.bytes + body.length, flags: VFIO_PASID_TABLE_FLAG.SET });
  return container.ioctl(VFIO_IOMMU_SET_PASID_TABLE, join(head, body));
}

function invalidateInfo(invalidation: Invalidation): Uint8Array {
  const common = {
    argsz: IOMMU_CACHE_INVALIDATE_INFO.bytes,
    version: IOMMU_CACHE_INVALIDATE_INFO_VERSION_1,
    cache: INV_CACHE.IOTLB,
    granularity: INV_GRANU[invalidation.granularity],
  };
  if (invalidation.granularity === 'DOMAIN') return encodeStruct(IOMMU_CACHE_INVALIDATE_INFO, common);
  const { archid } = invalidation;
  if (invalidation.granularity === 'PASID')
    return encodeStruct(IOMMU_CACHE_INVALIDATE_INFO_PASID, { ...common, flags: INV_FLAG.ARCHID, archid });
  const { leaf, addr, granuleSize, nbGranules } = invalidation;
  const flags = INV_FLAG.ARCHID | (leaf ? INV_FLAG.LEAF : 0);
  return encodeStruct(IOMMU_CACHE_INVALIDATE_INFO_ADDR, {
    ...common,
    flags,
    archid,
    addr,
    granule_size: granuleSize,
    nb_granules: nbGranules,
  });
}

/** VFIO_IOMMU_CACHE_INVALIDATE of the IOTLB. */
export function cacheInvalidate(container: IoctlPort, invalidation: Invalidation): number {
  const body = invalidateInfo(invalidation);
  const head = encodeStruct(VFIO_CACHE_INVALIDATE, { argsz: VFIO_CACHE_INVALIDATE.bytes + body.length });
  return container.ioctl(VFIO_IOMMU_CACHE_INVALIDATE, join(head, body));
}

/** VFIO_IOMMU_MAP_DMA: the RAM is pinned, and mapped at its IPA for reading and writing. */
export function mapRam(container: IoctlPort, { vaddr, ipa, size }: RamRange): number {
  const flags = VFIO_DMA_MAP_FLAG.READ | VFIO_DMA_MAP_FLAG.WRITE;
  return container.ioctl(VFIO_IOMMU_MAP_DMA, encodeStruct(VFIO_DMA_MAP, { argsz: VFIO_DMA_MAP.bytes, flags, vaddr, iova: ipa, size }));
}
