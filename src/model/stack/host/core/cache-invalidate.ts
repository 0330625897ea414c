/** a.7, the core's half: the checks of iommu_uapi_cache_invalidate() in v5.15, in their order. */
import { ERRNO } from '../../errno.ts';
import type { StackJournal } from '../../journal.ts';
import { decodeStruct, endOf, offsetOf } from '../../uapi/bytes.ts';
import {
  IOMMU_CACHE_INVALIDATE_INFO as DOMAIN_INFO,
  IOMMU_CACHE_INVALIDATE_INFO_ADDR as ADDR_INFO,
  IOMMU_CACHE_INVALIDATE_INFO_PASID as PASID_INFO,
  IOMMU_CACHE_INVALIDATE_INFO_VERSION_1,
} from '../../uapi/vfio-v16/cache-invalidate.ts';
import type { HostDevice } from '../driver/device.ts';
import type { Domain } from '../driver/objects.ts';
import { INV_CACHE, INV_FLAG, INV_GRANU } from '../driver/types.ts';
import type { CacheInvalidateInfo, IommuOps } from '../driver/types.ts';
import { copyFromUser, padded } from './user-copy.ts';

export type CacheInvalidateOps = Partial<Pick<IommuOps, 'cacheInvalidate'>>;

const HEAD = offsetOf(DOMAIN_INFO, 'granu');
const ALL_CACHES = INV_CACHE.IOTLB | INV_CACHE.DEV_IOTLB | INV_CACHE.PASID;
const PASID_FLAGS = INV_FLAG.PASID | INV_FLAG.ARCHID;
const ADDR_FLAGS = PASID_FLAGS | INV_FLAG.LEAF;

/** Bytes that argsz must cover: by granularity, before it is checked, as an unknown one needs the head only. */
function needed(granularity: number): number {
  if (granularity === INV_GRANU.PASID) return endOf(PASID_INFO, 'pasid');
  return granularity === INV_GRANU.ADDR ? ADDR_INFO.bytes : HEAD;
}

/** iommu_check_cache_invl_data() */
function checked(bytes: Uint8Array): CacheInvalidateInfo | number {
  const { version, cache, granularity, padding, flags, archid, pasid, addr, granule_size, nb_granules } = decodeStruct(ADDR_INFO, bytes);
  if (version !== IOMMU_CACHE_INVALIDATE_INFO_VERSION_1) return -ERRNO.EINVAL;
  if ((cache & ~ALL_CACHES) !== 0 || granularity > INV_GRANU.ADDR) return -ERRNO.EINVAL;
  if (granularity === INV_GRANU.ADDR && ((cache & INV_CACHE.PASID) !== 0 || (flags & ~ADDR_FLAGS) !== 0)) return -ERRNO.EINVAL;
  if (granularity === INV_GRANU.PASID && (flags & ~PASID_FLAGS) !== 0) return -ERRNO.EINVAL;
  if (granularity === INV_GRANU.DOMAIN && (cache & INV_CACHE.DEV_IOTLB) !== 0) return -ERRNO.EINVAL;
  if (padding.some((byte) => byte !== 0)) return -ERRNO.EINVAL;
  return { version, cache, granularity, flags, archid, pasid, addr, granuleSize: granule_size, nbGranules: nb_granules };
}

function readInfo(user: Uint8Array, at: number): CacheInvalidateInfo | number {
  const head = copyFromUser(user, at, HEAD);
  if (head === null) return -ERRNO.EFAULT;
  const { argsz, granularity } = decodeStruct(DOMAIN_INFO, padded(head, DOMAIN_INFO.bytes));
  if (argsz < HEAD || argsz < needed(granularity)) return -ERRNO.EINVAL;
  const all = copyFromUser(user, at, Math.min(argsz, DOMAIN_INFO.bytes));
  if (all === null) return -ERRNO.EFAULT;
  return checked(padded(all, DOMAIN_INFO.bytes));
}

/** iommu_uapi_cache_invalidate(): `user` from byte `at` on is what the caller's pointer points to. */
export function iommuUapiCacheInvalidate(
  ops: CacheInvalidateOps,
  domain: Domain,
  device: HostDevice,
  user: Uint8Array,
  at: number,
  journal: StackJournal,
): number {
  if (ops.cacheInvalidate === undefined) return refuse(journal, device, -ERRNO.ENODEV, 'the driver has no cache_invalidate');
  const info = readInfo(user, at);
  if (typeof info === 'number') return refuse(journal, device, info, 'the structure failed a check of the core');
  const { cache, granularity, flags, archid, addr, granuleSize, nbGranules } = info;
  const since = journal.mark();
  const result = ops.cacheInvalidate(domain, device, info);
  journal.record('host-core', 'iommu_uapi_cache_invalidate', { device: device.name, cache, granularity, flags, archid, addr, granuleSize, nbGranules }, { result, since });
  return result;
}

function refuse(journal: StackJournal, device: HostDevice, result: number, dropped: string): number {
  journal.record('host-core', 'iommu_uapi_cache_invalidate', { device: device.name }, { result, dropped });
  return result;
}
