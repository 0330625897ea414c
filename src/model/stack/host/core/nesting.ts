/** Nesting of a domain, as the core offers it to VFIO. */
import { ERRNO } from '../../errno.ts';
import type { Domain } from '../driver/objects.ts';
import type { IommuOps } from '../driver/types.ts';

export type NestingOps = Partial<Pick<IommuOps, 'enableNesting' | 'getNesting'>>;

/** iommu_enable_nesting(): -EINVAL for a domain that is not for a user, or a driver that cannot. */
export function iommuEnableNesting(ops: NestingOps, domain: Domain): number {
  if (domain.type !== 'unmanaged' || ops.enableNesting === undefined) return -ERRNO.EINVAL;
  return ops.enableNesting(domain);
}

/**
 * iommu_get_nesting(), patch 2. As posted it tests for enable_nesting and then calls get_nesting: a driver with the one
 * and not the other would crash the kernel; here such a driver's domains are not nested.
 */
export function iommuGetNesting(ops: NestingOps, domain: Domain): boolean {
  if (domain.type !== 'unmanaged' || ops.enableNesting === undefined) return false;
  return ops.getNesting?.(domain) ?? false;
}
