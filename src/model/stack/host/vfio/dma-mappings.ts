/** What of the process is mapped for DMA: the list that type 1 keeps, and its mapping into every domain. */
import { ERRNO } from '../../errno.ts';
import { decodeStruct, putField } from '../../uapi/bytes.ts';
import type { UserMemory } from '../../uapi/user-memory.ts';
import { VFIO_DMA_MAP, VFIO_DMA_MAP_FLAG, VFIO_DMA_UNMAP, VFIO_DMA_UNMAP_FLAG } from '../../uapi/vfio-v16/container.ts';
import { pinAndMap, unmapRange } from '../core/pinned-range.ts';
import { copyFromUser } from '../core/user-copy.ts';
import { PROT } from '../driver/types.ts';
import type { VfioDomain } from './groups.ts';

interface Mapping {
  readonly iova: bigint;
  readonly vaddr: bigint;
  readonly size: bigint;
  readonly prot: number;
}

/** Host pages; the smallest thing type 1 maps. */
const PAGE_MASK = 0xfffn;
const TOP = 1n << 64n;

const misaligned = (...values: readonly bigint[]): boolean => values.some((value) => (value & PAGE_MASK) !== 0n);
const wraps = (start: bigint, size: bigint): boolean => start + size > TOP;

export class DmaMappings {
  private readonly memory: UserMemory;
  private readonly list: Mapping[] = [];

  constructor(memory: UserMemory) {
    this.memory = memory;
  }

  /** VFIO_IOMMU_MAP_DMA. -EEXIST: something is mapped there. -EFAULT: no RAM at vaddr. */
  map(domains: readonly VfioDomain[], user: Uint8Array): number {
    const bytes = copyFromUser(user, 0, VFIO_DMA_MAP.bytes);
    if (bytes === null) return -ERRNO.EFAULT;
    const { argsz, flags, vaddr, iova, size } = decodeStruct(VFIO_DMA_MAP, bytes);
    if (argsz < VFIO_DMA_MAP.bytes || flags === 0 || (flags & ~(VFIO_DMA_MAP_FLAG.READ | VFIO_DMA_MAP_FLAG.WRITE)) !== 0)
      return -ERRNO.EINVAL;
    if (size === 0n || misaligned(size, iova, vaddr) || wraps(iova, size) || wraps(vaddr, size)) return -ERRNO.EINVAL;
    if (this.#within(iova, size).length > 0) return -ERRNO.EEXIST;
    if (reserved(domains, iova, size)) return -ERRNO.EINVAL;
    const mapping = { iova, vaddr, size, prot: protOf(flags) };
    const done: VfioDomain[] = [];
    for (const entry of domains) {
      const result = pinAndMap(entry.driver, entry.domain, this.memory, mapping);
      if (result !== 0) {
        for (const one of done) unmapRange(one.driver, one.domain, iova, size);
        return result;
      }
      done.push(entry);
    }
    this.list.push(mapping);
    return 0;
  }

  /** VFIO_IOMMU_UNMAP_DMA: whole mappings only; a range that cuts one is -EINVAL. size out: bytes that were unmapped. */
  unmap(domains: readonly VfioDomain[], user: Uint8Array): number {
    const bytes = copyFromUser(user, 0, VFIO_DMA_UNMAP.bytes);
    if (bytes === null) return -ERRNO.EFAULT;
    const { argsz, flags, iova, size } = decodeStruct(VFIO_DMA_UNMAP, bytes);
    if (argsz < VFIO_DMA_UNMAP.bytes || (flags & ~VFIO_DMA_UNMAP_FLAG.ALL) !== 0) return -ERRNO.EINVAL;
    const all = flags === VFIO_DMA_UNMAP_FLAG.ALL;
    if (all ? iova !== 0n || size !== 0n : size === 0n || misaligned(size, iova) || wraps(iova, size)) return -ERRNO.EINVAL;
    const hit = all ? [...this.list] : this.#within(iova, size);
    if (!all && hit.some((one) => one.iova < iova || one.iova + one.size > iova + size)) return -ERRNO.EINVAL;
    let unmapped = 0n;
    for (const one of hit) {
      for (const { driver, domain } of domains) unmapRange(driver, domain, one.iova, one.size);
      this.list.splice(this.list.indexOf(one), 1);
      unmapped += one.size;
    }
    putField(VFIO_DMA_UNMAP, 'size', unmapped, user);
    return 0;
  }

  /** Maps everything into a domain that came later. */
  replay(entry: VfioDomain): number {
    for (const mapping of this.list) {
      const result = pinAndMap(entry.driver, entry.domain, this.memory, mapping);
      if (result !== 0) return result;
    }
    return 0;
  }

  /** The last domain goes, and all mappings with it. */
  forget({ driver, domain }: VfioDomain): void {
    for (const { iova, size } of this.list) unmapRange(driver, domain, iova, size);
    this.list.length = 0;
  }

  #within(iova: bigint, size: bigint): Mapping[] {
    return this.list.filter((one) => one.iova < iova + size && iova < one.iova + one.size);
  }
}

/** PROT of the IOMMU; memory of a process is always coherent. */
function protOf(flags: number): number {
  const read = (flags & VFIO_DMA_MAP_FLAG.READ) === 0 ? 0 : PROT.READ;
  const write = (flags & VFIO_DMA_MAP_FLAG.WRITE) === 0 ? 0 : PROT.WRITE;
  return read | write | PROT.CACHE;
}

/** The range touches a reserved region of a device in the container, such as the window of software MSIs. */
function reserved(domains: readonly VfioDomain[], iova: bigint, size: bigint): boolean {
  return domains.some(({ driver, groups }) =>
    groups.some((group) =>
      group.devices.some((device) =>
        driver
          .getResvRegions(device)
          .some((region) => region.type !== 'direct-relaxable' && region.start < iova + size && iova < region.start + region.length),
      ),
    ),
  );
}
