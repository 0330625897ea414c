/** arm_smmu_cache_invalidate(): patch 7, row by row (a.7). */
import { ERRNO } from '../../errno.ts';
import { tlbiNhAll, tlbiNsnhAll } from './commands.ts';
import type { Domain } from './objects.ts';
import { say } from './smmu-device.ts';
import type { SmmuDevice } from './smmu-device.ts';
import { tlbInvContext, tlbInvRange } from './tlb.ts';
import { INV_CACHE, INV_FLAG, INV_GRANU } from './types.ts';
import type { CacheInvalidateInfo } from './types.ts';

const { EINVAL, ENOENT } = ERRNO;

/** An errno and why, or null: the request is understood. */
type Refusal = readonly [errno: number, why: string] | null;

function refusalOf(domain: Domain, info: CacheInvalidateInfo): Refusal {
  if (domain.stage !== 'NESTED') return [-EINVAL, `the domain is of stage ${domain.stage}, not NESTED`];
  if (domain.smmu === null) return [-EINVAL, 'no device was ever attached to the domain'];
  if (info.version !== 1) return [-EINVAL, `version is ${info.version}`];
  if ((info.cache & (INV_CACHE.PASID | INV_CACHE.DEV_IOTLB)) !== 0) return [-ENOENT, 'only the IOTLB can be invalidated, not PASID or device caches'];
  if ((info.cache & INV_CACHE.IOTLB) === 0) return [-EINVAL, 'no cache is named'];
  return null;
}

/** archid is u32 in the uAPI and int in the driver: from 0x8000_0000 it is negative and means "the host's own" (subtlety 1). */
const asInt = (archid: number): number => archid | 0;

function badGranule(smmu: SmmuDevice, { granuleSize, nbGranules }: CacheInvalidateInfo): string | null {
  const single = granuleSize !== 0n && (granuleSize & (granuleSize - 1n)) === 0n;
  // The bitmap is the hardware's, not that of the domain's tables (subtlety 2).
  if (!single || (granuleSize & smmu.features.pgsizeBitmap) === 0n) return `granule_size 0x${granuleSize.toString(16)} is no page size of the SMMU`;
  return BigInt.asUintN(64, nbGranules * granuleSize) === 0n ? 'the range has no bytes' : null;
}

function byPasid(smmu: SmmuDevice, domain: Domain, info: CacheInvalidateInfo): Refusal {
  if ((info.flags & INV_FLAG.PASID) !== 0) return [-ENOENT, 'there are no PASIDs'];
  if ((info.flags & INV_FLAG.ARCHID) === 0) return [-EINVAL, 'no ASID is given'];
  tlbInvContext(smmu, domain, asInt(info.archid));
  return null;
}

function byAddress(smmu: SmmuDevice, domain: Domain, info: CacheInvalidateInfo): Refusal {
  if ((info.flags & INV_FLAG.PASID) !== 0) return [-ENOENT, 'there are no PASIDs'];
  if ((info.flags & INV_FLAG.ARCHID) === 0) return globalFlush(smmu, domain);
  const bad = badGranule(smmu, info);
  if (bad !== null) return [-EINVAL, bad];
  const request = {
    iova: info.addr,
    size: BigInt.asUintN(64, info.nbGranules * info.granuleSize),
    granule: info.granuleSize,
    leaf: (info.flags & INV_FLAG.LEAF) !== 0,
  };
  const result = tlbInvRange(smmu, domain, request, asInt(info.archid));
  return result === 0 ? null : [result, 'the range loop never ends: the granule is smaller than the page of the stage-2 tables'];
}

/** As posted every VM on the SMMU, and the host, lose their entries; no ATC is told. As intended only this VMID does. */
function globalFlush(smmu: SmmuDevice, domain: Domain): null {
  smmu.cmdq.issueSync(smmu.choices.as === 'posted' ? tlbiNsnhAll() : tlbiNhAll(domain.s2.vmid));
  return null;
}

function invalidate(smmu: SmmuDevice, domain: Domain, info: CacheInvalidateInfo): Refusal {
  switch (info.granularity) {
    case INV_GRANU.DOMAIN:
      return globalFlush(smmu, domain);
    case INV_GRANU.PASID:
      return byPasid(smmu, domain, info);
    case INV_GRANU.ADDR:
      return byAddress(smmu, domain, info);
    default:
      return [-EINVAL, `granularity is ${info.granularity}`];
  }
}

/** 0, -EINVAL or -ENOENT; -ETIMEDOUT where a real kernel would not come back. */
export function cacheInvalidate(smmu: SmmuDevice, domain: Domain, info: CacheInvalidateInfo): number {
  const { cache, granularity, flags, archid, addr, granuleSize, nbGranules } = info;
  const detail = { cache, granularity, flags, archid, addr, granule_size: granuleSize, nb_granules: nbGranules };
  const since = smmu.journal.mark();
  const refusal = refusalOf(domain, info) ?? invalidate(smmu, domain, info);
  say(smmu, 'cache_invalidate', detail, refusal === null ? { result: 0, since } : { result: refusal[0], dropped: refusal[1], since });
  return refusal === null ? 0 : refusal[0];
}
