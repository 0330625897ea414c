/** What of the process is mapped in an IOAS: areas, and every domain of it, which all get the same (io_pagetable). */
import { ERRNO } from '../../errno.ts';
import type { UserMemory } from '../../uapi/user-memory.ts';
import { pinAndMap, unmapRange } from '../core/pinned-range.ts';
import type { MapOps } from '../core/pinned-range.ts';
import type { Domain } from '../driver/objects.ts';

interface Area {
  readonly iova: bigint;
  readonly vaddr: bigint;
  readonly size: bigint;
  readonly prot: number;
}

interface Attached {
  readonly ops: MapOps;
  readonly domain: Domain;
}

export interface Reserved {
  readonly start: bigint;
  readonly length: bigint;
}

const PAGE_MASK = 0xfffn;
const PAGE = 0x1000n;
const TOP = 1n << 64n;

const overlap = (start: bigint, size: bigint, other: bigint, otherSize: bigint): boolean =>
  start < other + otherSize && other < start + size;

export class IoasMappings {
  private readonly memory: UserMemory;
  private readonly areas: Area[] = [];
  private readonly domains: Attached[] = [];
  /** By owner: a device gives its regions back when it leaves. */
  private readonly reserved = new Map<object, readonly Reserved[]>();

  constructor(memory: UserMemory) {
    this.memory = memory;
  }

  /**
   * iopt_map_user_pages(); `iova` null: at the first hole that is large enough. Gives the IOVA. -EINVAL: nothing, not
   * aligned, or in a reserved region. -EEXIST: something is mapped there. -EFAULT: no RAM there. -ENOSPC: no hole.
   */
  map(iova: bigint | null, vaddr: bigint, size: bigint, prot: number): bigint | number {
    if (size === 0n) return -ERRNO.EINVAL;
    if (vaddr + size > TOP) return -ERRNO.EOVERFLOW;
    if (((vaddr | size) & PAGE_MASK) !== 0n) return -ERRNO.EINVAL;
    const at = iova ?? this.#hole(size);
    if (at === null) return -ERRNO.ENOSPC;
    const refused = this.#refuse(at, size);
    if (refused !== 0) return refused;
    const area = { iova: at, vaddr, size, prot };
    const done: Attached[] = [];
    for (const one of this.domains) {
      const result = pinAndMap(one.ops, one.domain, this.memory, area);
      if (result !== 0) {
        for (const { ops, domain } of done) unmapRange(ops, domain, at, size);
        return result;
      }
      done.push(one);
    }
    this.areas.push(area);
    return at;
  }

  /** iopt_unmap_iova(): whole areas only. Gives the bytes that went, or -ENOENT when none, or only part of one, is there. */
  unmap(iova: bigint, size: bigint): bigint | number {
    const hit = this.areas.filter((area) => overlap(area.iova, area.size, iova, size));
    if (hit.length === 0 || hit.some((area) => area.iova < iova || area.iova + area.size > iova + size)) return -ERRNO.ENOENT;
    for (const area of hit) {
      for (const { ops, domain } of this.domains) unmapRange(ops, domain, area.iova, area.size);
      this.areas.splice(this.areas.indexOf(area), 1);
    }
    return hit.reduce((sum, area) => sum + area.size, 0n);
  }

  /** A domain comes to the IOAS: all areas are mapped into it, or it does not come. */
  addDomain(ops: MapOps, domain: Domain): number {
    const done: Area[] = [];
    for (const area of this.areas) {
      const result = pinAndMap(ops, domain, this.memory, area);
      if (result !== 0) {
        for (const { iova, size } of done) unmapRange(ops, domain, iova, size);
        return result;
      }
      done.push(area);
    }
    this.domains.push({ ops, domain });
    return 0;
  }

  removeDomain(domain: Domain): void {
    const at = this.domains.findIndex((one) => one.domain === domain);
    const [gone] = at < 0 ? [] : this.domains.splice(at, 1);
    if (gone !== undefined) for (const { iova, size } of this.areas) unmapRange(gone.ops, domain, iova, size);
  }

  /** The regions of a device that comes; -EADDRINUSE when something is mapped in one. */
  reserve(owner: object, regions: readonly Reserved[]): number {
    if (regions.some(({ start, length }) => this.areas.some((area) => overlap(area.iova, area.size, start, length))))
      return -ERRNO.EADDRINUSE;
    this.reserved.set(owner, regions);
    return 0;
  }

  unreserve(owner: object): void {
    this.reserved.delete(owner);
  }

  #refuse(iova: bigint, size: bigint): number {
    if ((iova & PAGE_MASK) !== 0n) return -ERRNO.EINVAL;
    if (iova + size > TOP) return -ERRNO.EOVERFLOW;
    if (this.#regions().some(({ start, length }) => overlap(iova, size, start, length))) return -ERRNO.EINVAL;
    return this.areas.some((area) => overlap(area.iova, area.size, iova, size)) ? -ERRNO.EEXIST : 0;
  }

  #regions(): Reserved[] {
    return [...this.reserved.values()].flat();
  }

  /** The lowest IOVA, never 0, with room for `size` bytes. */
  #hole(size: bigint): bigint | null {
    const taken = [...this.areas.map((area) => ({ start: area.iova, length: area.size })), ...this.#regions()].sort((a, b) =>
      a.start < b.start ? -1 : 1,
    );
    let at = PAGE;
    for (const { start, length } of taken) {
      if (at + size <= start) return at;
      const behind = (start + length + PAGE_MASK) & ~PAGE_MASK;
      if (behind > at) at = behind;
    }
    return at + size <= TOP ? at : null;
  }
}
