/** Memory of a process in a domain: pinned run by run, mapped, and given up as one range. */
import { ERRNO } from '../../errno.ts';
import type { UserMemory } from '../../uapi/user-memory.ts';
import type { Domain } from '../driver/objects.ts';
import type { IommuOps } from '../driver/types.ts';

export type MapOps = Pick<IommuOps, 'map' | 'unmap' | 'iotlbSync'>;

/** Pins the memory at `vaddr` and maps it at `iova`; after an error nothing of it stays mapped. -EFAULT: no RAM there. */
export function pinAndMap(
  ops: MapOps,
  domain: Domain,
  memory: UserMemory,
  range: { readonly iova: bigint; readonly vaddr: bigint; readonly size: bigint; readonly prot: number },
): number {
  let done = 0n;
  while (done < range.size) {
    const run = memory.pin(range.vaddr + done, range.size - done);
    const result = run === null ? -ERRNO.EFAULT : ops.map(domain, range.iova + done, run.pa, run.length, range.prot);
    if (run === null || result !== 0) {
      if (done > 0n) unmapRange(ops, domain, range.iova, done);
      return result;
    }
    done += run.length;
  }
  return 0;
}

/** iommu_unmap(): unmap, then one synchronisation for all that was gathered. Gives the bytes that were unmapped. */
export function unmapRange(ops: MapOps, domain: Domain, iova: bigint, size: bigint): bigint {
  const gather = { start: (1n << 64n) - 1n, end: 0n, pgsize: 0n };
  const unmapped = ops.unmap(domain, iova, size, gather);
  ops.iotlbSync(domain, gather);
  return unmapped;
}
