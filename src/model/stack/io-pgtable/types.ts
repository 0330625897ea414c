/** What a page table of io-pgtable-arm needs from its owner, and what it offers. */

/** Memory for tables. Addresses are those that descriptors hold: PAs for a host, IPAs for a guest. */
export interface TableMemory {
  /** Zeroed, aligned to its size (a power of two) or to 4 KiB, whichever is more; null: none left. */
  allocate(bytes: number): bigint | null;
  free(address: bigint, bytes: number): void;
  read64(address: bigint): bigint | null;
  write64(address: bigint, value: bigint): boolean;
}

/** Ranges to invalidate, gathered between unmap and the sync that follows (struct iommu_iotlb_gather). */
export interface Gather {
  start: bigint;
  /** Inclusive. */
  end: bigint;
  /** Size of the leaf entries in bytes; 0: nothing is gathered. */
  pgsize: bigint;
}

/** Who is told what has to leave the TLB. Sizes and granules in bytes, addresses of the table's input space. */
export interface TlbCallbacks {
  flushAll(): void;
  /** A table of `granule` pages went away that covered `size` bytes: cached table entries must go too. */
  flushWalk(iova: bigint, size: bigint, granule: bigint): void;
  /** One leaf entry of `granule` bytes went away; it may be gathered. */
  addPage(gather: Gather, iova: bigint, granule: bigint): void;
}

/** What an unmap of part of a block does: kernels before 6.14 split the block, later ones refuse. */
export type BlockUnmap = 'split' | 'full-only';

export interface PageTableConfig {
  readonly stage: 1 | 2;
  /** Page and block sizes that the SMMU has, a bit each. */
  readonly pgsizeBitmap: bigint;
  /** Input and output address bits. */
  readonly ias: number;
  readonly oas: number;
  /** PAGE_SIZE of the kernel: which granule it prefers. */
  readonly pageSize: bigint;
  /** Table walks snoop the caches. */
  readonly coherentWalk: boolean;
  readonly blockUnmap: BlockUnmap;
  /** Stage 2 with STE.S2FWB: the memory type in descriptors has another code. */
  readonly s2fwb: boolean;
  readonly memory: TableMemory;
  readonly tlb: TlbCallbacks;
}

export interface PageTable {
  /** Sizes of this table's granule that are in use, a bit each. */
  readonly pgsizeBitmap: bigint;
  /** Address of the first table. */
  readonly root: bigint;
  /** Bits [18:0] of TCR (stage 1: as in CD word 0, with IPS separate) or of VTCR (stage 2: as in STE word 2). */
  readonly format: TableFormat;
  /** Maps `count` entries of `pgsize`; -EINVAL, -ERANGE, -EEXIST, -ENOMEM. */
  mapPages(iova: bigint, paddr: bigint, pgsize: bigint, count: number, prot: number): number;
  /** Unmaps up to `count` entries of `pgsize`; gives the bytes that went. */
  unmapPages(iova: bigint, pgsize: bigint, count: number, gather: Gather): bigint;
  iovaToPhys(iova: bigint): bigint | null;
  /** Gives all tables back. */
  free(): void;
  /** The tables that are in use, the first one first. */
  tables(): readonly TablePlace[];
}

/** Where a table lies. */
export interface TablePlace {
  readonly address: bigint;
  readonly level: number;
  readonly bytes: number;
}

/** Geometry and attributes of walks, as CD and STE want them. */
export interface TableFormat {
  readonly tsz: number;
  readonly tg: number;
  readonly irgn: number;
  readonly orgn: number;
  readonly sh: number;
  /** IPS or PS. */
  readonly ps: number;
  /** Stage 2: SL0. */
  readonly sl: number;
}
