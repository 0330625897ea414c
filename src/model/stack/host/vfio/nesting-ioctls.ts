/** The two ioctls of a container that nesting added: loops over its domains, and what becomes of errors in them (b.1). */
import { ERRNO } from '../../errno.ts';
import type { StackJournal } from '../../journal.ts';
import { decodeStruct } from '../../uapi/bytes.ts';
import { VFIO_CACHE_INVALIDATE, VFIO_PASID_TABLE_FLAG, VFIO_SET_PASID_TABLE } from '../../uapi/vfio-v16/container.ts';
import { iommuUapiCacheInvalidate } from '../core/cache-invalidate.ts';
import { iommuDetachPasidTable, iommuUapiAttachPasidTable } from '../core/pasid-table.ts';
import { copyFromUser } from '../core/user-copy.ts';
import type { VfioDomain } from './groups.ts';

/** VFIO_IOMMU_SET_PASID_TABLE: to every domain, or after an error to none (those done already end up detached). */
export function setPasidTable(domains: readonly VfioDomain[], user: Uint8Array, journal: StackJournal): number {
  const head = copyFromUser(user, 0, VFIO_SET_PASID_TABLE.bytes);
  if (head === null) return -ERRNO.EFAULT;
  const { argsz, flags } = decodeStruct(VFIO_SET_PASID_TABLE, head);
  if (argsz < VFIO_SET_PASID_TABLE.bytes) return -ERRNO.EINVAL;
  if (flags === VFIO_PASID_TABLE_FLAG.UNSET) {
    for (const { driver, domain } of domains) iommuDetachPasidTable(driver, domain);
    return 0;
  }
  return flags === VFIO_PASID_TABLE_FLAG.SET ? attachAll(domains, user, journal) : -ERRNO.EINVAL;
}

function attachAll(domains: readonly VfioDomain[], user: Uint8Array, journal: StackJournal): number {
  const done: VfioDomain[] = [];
  for (const entry of domains) {
    const result = iommuUapiAttachPasidTable(entry.driver, entry.domain, user, VFIO_SET_PASID_TABLE.bytes, journal);
    if (result !== 0) {
      for (const one of done.reverse()) iommuDetachPasidTable(one.driver, one.domain);
      return result;
    }
    done.push(entry);
  }
  return 0;
}

/**
 * VFIO_IOMMU_CACHE_INVALIDATE: once for each device, so that a domain with n devices invalidates n times. An error ends
 * the domain it is in only, and the next domain's success hides it.
 */
export function cacheInvalidate(domains: readonly VfioDomain[], user: Uint8Array, journal: StackJournal): number {
  const head = copyFromUser(user, 0, VFIO_CACHE_INVALIDATE.bytes);
  if (head === null) return -ERRNO.EFAULT;
  const { argsz, flags } = decodeStruct(VFIO_CACHE_INVALIDATE, head);
  if (argsz < VFIO_CACHE_INVALIDATE.bytes || flags !== 0) return -ERRNO.EINVAL;
  let result = 0;
  for (const entry of domains) result = invalidateDomain(entry, user, journal);
  return result;
}

function invalidateDomain({ driver, domain, groups }: VfioDomain, user: Uint8Array, journal: StackJournal): number {
  for (const device of groups.flatMap((group) => group.devices)) {
    const result = iommuUapiCacheInvalidate(driver, domain, device, user, VFIO_CACHE_INVALIDATE.bytes, journal);
    if (result !== 0) return result;
  }
  return 0;
}
