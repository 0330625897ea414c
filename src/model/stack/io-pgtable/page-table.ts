/**
 * io-pgtable-arm: VMSAv8-64 tables of stage 1 and 2 as Linux builds, splits and takes them down. Tables are in memory; what has to
 * leave the TLB goes to the callbacks.
 */
import { ERRNO } from '../errno.ts';
import { addressIn, attributesIn, attributesOf, isLeaf, leafType, PROT, putAddress, tableEntry } from './descriptor.ts';
import { entriesAt, geometryOf, indexOf, levelBytes, tableBytes } from './geometry.ts';
import type { Geometry } from './geometry.ts';
import { formatOf } from './table-format.ts';
import type { Gather, PageTable, PageTableConfig, TableFormat, TablePlace } from './types.ts';

const LAST_LEVEL = 3;

/** What unmapping needs at every level. */
interface Unmap {
  readonly pgsize: bigint;
  readonly gather: Gather | null;
}

class ArmLpae implements PageTable {
  readonly root: bigint;
  readonly format: TableFormat;
  private readonly geometry: Geometry;
  private readonly config: PageTableConfig;
  /** Address and level of each table in use. */
  private readonly levels = new Map<bigint, number>();

  constructor(config: PageTableConfig, geometry: Geometry, root: bigint) {
    this.config = config;
    this.geometry = geometry;
    this.root = root;
    this.format = formatOf(config.coherentWalk, geometry);
    this.levels.set(root, geometry.startLevel);
  }

  get pgsizeBitmap(): bigint {
    return this.geometry.pgsizeBitmap;
  }

  mapPages(iova: bigint, paddr: bigint, pgsize: bigint, count: number, prot: number): number {
    const { ias, oas } = this.geometry;
    if ((this.pgsizeBitmap & pgsize) !== pgsize || pgsize === 0n) return -ERRNO.EINVAL;
    if (iova >> BigInt(ias) !== 0n || paddr >> BigInt(oas) !== 0n) return -ERRNO.ERANGE;
    if ((prot & (PROT.READ | PROT.WRITE)) === 0) return -ERRNO.EINVAL;
    const attributes = attributesOf(this.config, prot);
    for (let i = 0n; i < BigInt(count); i++) {
      const result = this.#map(this.root, this.geometry.startLevel, iova + i * pgsize, paddr + i * pgsize, pgsize, attributes);
      if (result !== 0) return result;
    }
    return 0;
  }

  unmapPages(iova: bigint, pgsize: bigint, count: number, gather: Gather): bigint {
    if ((this.pgsizeBitmap & pgsize) !== pgsize || pgsize === 0n || iova >> BigInt(this.geometry.ias) !== 0n) return 0n;
    let unmapped = 0n;
    for (let i = 0; i < count; i++) {
      const bytes = this.#unmap(this.root, this.geometry.startLevel, iova + unmapped, { pgsize, gather });
      if (bytes === 0n) break;
      unmapped += bytes;
    }
    return unmapped;
  }

  iovaToPhys(iova: bigint): bigint | null {
    if (iova >> BigInt(this.geometry.ias) !== 0n) return null;
    let table = this.root;
    for (let level = this.geometry.startLevel; level <= LAST_LEVEL; level++) {
      const entry = this.#read(this.#at(table, level, iova));
      if (entry === 0n) return null;
      const address = addressIn(entry, this.geometry.pageShift);
      if (isLeaf(entry, level)) return address | (iova & (levelBytes(this.geometry, level) - 1n));
      table = address;
    }
    return null;
  }

  free(): void {
    this.#freeTable(this.root, this.geometry.startLevel);
  }

  tables(): readonly TablePlace[] {
    return [...this.levels].map(([address, level]) => ({ address, level, bytes: tableBytes(this.geometry, level) }));
  }

  #at(table: bigint, level: number, iova: bigint): bigint {
    return table + BigInt(indexOf(this.geometry, level, iova)) * 8n;
  }

  #read(at: bigint): bigint {
    return this.config.memory.read64(at) ?? 0n;
  }

  #map(table: bigint, level: number, iova: bigint, paddr: bigint, pgsize: bigint, attributes: bigint): number {
    const { memory } = this.config;
    const { pageShift } = this.geometry;
    const at = this.#at(table, level, iova);
    const entry = this.#read(at);
    if (pgsize === levelBytes(this.geometry, level)) {
      const cleared = this.#clearForLeaf(table, level, iova, entry, pgsize);
      if (cleared !== 0) return cleared;
      return memory.write64(at, putAddress(paddr, pageShift) | attributes | leafType(level)) ? 0 : -ERRNO.EFAULT;
    }
    if (level === LAST_LEVEL) return -ERRNO.EINVAL;
    // A block stays until it is unmapped.
    if (entry !== 0n && isLeaf(entry, level)) return -ERRNO.EEXIST;
    if (entry !== 0n) return this.#map(addressIn(entry, pageShift), level + 1, iova, paddr, pgsize, attributes);
    const next = this.#allocate(level + 1);
    if (next === null) return -ERRNO.ENOMEM;
    memory.write64(at, tableEntry(next, pageShift));
    return this.#map(next, level + 1, iova, paddr, pgsize, attributes);
  }

  /** Room for a leaf: a leaf that is there is -EEXIST, an old table of pages that are all unmapped goes. */
  #clearForLeaf(table: bigint, level: number, iova: bigint, entry: bigint, pgsize: bigint): number {
    if (entry === 0n) return 0;
    if (isLeaf(entry, level)) return -ERRNO.EEXIST;
    return this.#unmap(table, level, iova, { pgsize, gather: null }) === pgsize ? 0 : -ERRNO.EINVAL;
  }

  /** Bytes that went: `pgsize`, or 0. */
  #unmap(table: bigint, level: number, iova: bigint, how: Unmap): bigint {
    const { pageShift } = this.geometry;
    const at = this.#at(table, level, iova);
    const entry = this.#read(at);
    if (entry === 0n || level > LAST_LEVEL) return 0n;
    const leaf = isLeaf(entry, level);
    if (how.pgsize === levelBytes(this.geometry, level)) return this.#unmapEntry(at, entry, level, iova, how);
    if (!leaf) return level === LAST_LEVEL ? 0n : this.#unmap(addressIn(entry, pageShift), level + 1, iova, how);
    return this.config.blockUnmap === 'split' ? this.#split(at, entry, level, iova, how) : 0n;
  }

  #unmapEntry(at: bigint, entry: bigint, level: number, iova: bigint, { pgsize, gather }: Unmap): bigint {
    const { memory, tlb } = this.config;
    const { pageShift } = this.geometry;
    memory.write64(at, 0n);
    if (!isLeaf(entry, level)) {
      tlb.flushWalk(iova, pgsize, 1n << BigInt(pageShift));
      this.#freeTable(addressIn(entry, pageShift), level + 1);
    } else if (gather !== null) tlb.addPage(gather, iova, pgsize);
    return pgsize;
  }

  /** Kernels before 6.14: a block becomes a table of the next size without the part that goes. */
  #split(at: bigint, block: bigint, level: number, iova: bigint, how: Unmap): bigint {
    const { memory, tlb } = this.config;
    const { pageShift } = this.geometry;
    const below = level + 1;
    const table = this.#allocate(below);
    if (table === null) return 0n;
    const size = levelBytes(this.geometry, below);
    const hole = how.pgsize === size ? indexOf(this.geometry, below, iova) : -1;
    const attributes = attributesIn(block, pageShift) | leafType(below);
    const base = addressIn(block, pageShift);
    for (let i = 0; i < entriesAt(this.geometry, below); i++) {
      if (i !== hole) memory.write64(table + BigInt(i) * 8n, putAddress(base + BigInt(i) * size, pageShift) | attributes);
    }
    memory.write64(at, tableEntry(table, pageShift));
    if (hole < 0) return this.#unmap(table, below, iova, how);
    if (how.gather !== null) tlb.addPage(how.gather, iova, how.pgsize);
    return how.pgsize;
  }

  #allocate(level: number): bigint | null {
    const table = this.config.memory.allocate(tableBytes(this.geometry, level));
    if (table !== null) this.levels.set(table, level);
    return table;
  }

  #freeTable(table: bigint, level: number): void {
    for (let i = 0; level < LAST_LEVEL && i < entriesAt(this.geometry, level); i++) {
      const entry = this.#read(table + BigInt(i) * 8n);
      if (entry !== 0n && !isLeaf(entry, level)) this.#freeTable(addressIn(entry, this.geometry.pageShift), level + 1);
    }
    this.levels.delete(table);
    this.config.memory.free(table, tableBytes(this.geometry, level));
  }
}

/** alloc_io_pgtable_ops(): an empty table; null where no page size is usable or no memory is left. */
export function createPageTable(config: PageTableConfig): PageTable | null {
  const geometry = geometryOf(config.stage, config.pgsizeBitmap, config, config.pageSize);
  if (geometry === null) return null;
  const root = config.memory.allocate(tableBytes(geometry, geometry.startLevel));
  return root === null ? null : new ArmLpae(config, geometry, root);
}
