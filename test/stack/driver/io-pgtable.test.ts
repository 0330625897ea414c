import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { PROT } from '../../../src/model/stack/io-pgtable/descriptor.ts';
import { createPageTable } from '../../../src/model/stack/io-pgtable/page-table.ts';
import { mapRange, unmapRange } from '../../../src/model/stack/io-pgtable/page-sizes.ts';
import { vtcrOf } from '../../../src/model/stack/io-pgtable/table-format.ts';
import type { BlockUnmap, Gather, PageTable, PageTableConfig } from '../../../src/model/stack/io-pgtable/types.ts';
import { LooseTableMemory } from './loose-table-memory.ts';

const K = 1024n;
const M = K * K;
const G = M * K;
const SIZES: readonly (readonly [string, bigint])[] = [
  ['4K|2M|1G', 4n * K | 2n * M | G],
  ['16K|32M', 16n * K | 32n * M],
  ['64K|512M', 64n * K | 512n * M],
];
const RW = PROT.READ | PROT.WRITE;

const empty = (): Gather => ({ start: 0n, end: 0n, pgsize: 0n });

interface Made {
  readonly table: PageTable;
  readonly memory: LooseTableMemory;
  readonly tlb: string[];
}

function make(stage: 1 | 2, ias: number, pgsizeBitmap: bigint, options: Partial<PageTableConfig> & { bytes?: number } = {}): Made {
  const memory = new LooseTableMemory(options.bytes);
  const tlb: string[] = [];
  const hex = (value: bigint): string => value.toString(16);
  const table = createPageTable({
    stage, pgsizeBitmap, ias, oas: 48, pageSize: 4096n, coherentWalk: true, blockUnmap: 'split', s2fwb: false, memory,
    tlb: {
      flushAll: () => tlb.push('all'),
      flushWalk: (iova, size, granule) => tlb.push(`walk ${hex(iova)} ${hex(size)} ${hex(granule)}`),
      addPage: (_, iova, granule) => tlb.push(`page ${hex(iova)} ${hex(granule)}`),
    },
    ...options,
  });
  if (table === null) throw new Error('no table');
  return { table, memory, tlb };
}

const sizesIn = (bitmap: bigint): bigint[] => Array.from({ length: 48 }, (_, bit) => 1n << BigInt(bit)).filter((size) => (bitmap & size) !== 0n);

/** One block of every size, 1 GiB apart, identity (what the kernel's selftest maps). */
function mapBlocks({ table }: Made, sizes: readonly bigint[]): void {
  sizes.forEach((size, i) => {
    const iova = BigInt(i) * G;
    expect(table.mapPages(iova, iova, size, 1, RW | PROT.NOEXEC | PROT.CACHE)).toBe(0);
    expect(table.mapPages(iova, iova + size, size, 1, PROT.READ | PROT.NOEXEC)).toBe(-17);
    expect(table.iovaToPhys(iova + 42n)).toBe(iova + 42n);
  });
}

function unmapBlocks({ table }: Made, sizes: readonly bigint[]): void {
  sizes.forEach((size, i) => {
    const iova = BigInt(i) * G;
    expect(table.unmapPages(iova, size, 1, empty())).toBe(size);
    expect(table.iovaToPhys(iova + 42n)).toBeNull();
    expect(table.mapPages(iova, iova, size, 1, PROT.WRITE)).toBe(0);
    expect(table.iovaToPhys(iova + 42n)).toBe(iova + 42n);
  });
}

describe.each(SIZES)('the kernel\'s selftest (e.2), %s', (_, bitmap) => {
  const sizes = sizesIn(bitmap);
  const [page] = sizes as [bigint];
  const grid = [32, 36, 40, 42, 44, 48].flatMap((ias) => ([1, 2] as const).flatMap((stage) => (['split', 'full-only'] as const).map((unmap) => [ias, stage, unmap] as const)));

  test.each<readonly [number, 1 | 2, BlockUnmap]>(grid)('IAS %i, stage %i, %s', (ias, stage, blockUnmap) => {
    const made = make(stage, ias, bitmap, { blockUnmap });
    const { table } = made;
    // (1) empty
    expect([42n, G + 42n, 2n * G + 42n].map((iova) => table.iovaToPhys(iova))).toEqual([null, null, null]);
    // (2) blocks
    mapBlocks(made, sizes);
    // (3) one page within the block at 1 GiB
    const inside = G + page;
    if (blockUnmap === 'split') {
      expect(table.unmapPages(inside, page, 1, empty())).toBe(page);
      expect(table.iovaToPhys(inside + 42n)).toBeNull();
      expect(table.iovaToPhys(G + 42n)).toBe(G + 42n);
      expect(table.mapPages(inside, page, page, 1, PROT.READ)).toBe(0);
      expect(table.iovaToPhys(inside + 42n)).toBe(page + 42n);
    } else {
      expect(table.unmapPages(inside, page, 1, empty())).toBe(0n);
      expect(table.iovaToPhys(inside + 42n)).toBe(inside + 42n);
    }
    // (4) all of it
    unmapBlocks(made, sizes);
    // and no memory stays behind
    table.free();
    expect(made.memory.inUse.size).toBe(0);
  });
});

describe('geometry (d.6)', () => {
  test.each<[string, number, bigint, bigint, number]>([
    ['44-bit 4K: from level 0, SL0 2', 44, 4n * K, 256n, 0x43594],
    ['40-bit 4K: 2 concatenated level-1 tables, SL0 1', 40, 4n * K, 8192n, 0x23558],
    ['42-bit 4K: 8 concatenated', 42, 4n * K, 32768n, 0x33556],
    ['48-bit 16K: 2 concatenated, SL0 2', 48, 16n * K, 32768n, 0x5b590],
    ['48-bit 64K: from level 1', 48, 64n * K, 512n, 0x57590],
  ])('%s', (_, ias, bitmap, bytes, vtcr) => {
    const { table, memory } = make(2, ias, bitmap, { oas: ias });
    expect([BigInt(memory.inUse.get(table.root)!), vtcrOf(table.format)]).toEqual([bytes, vtcr]);
  });

  test('the granule is PAGE_SIZE, else the largest below, else the smallest above', () => {
    const all = SIZES.reduce((sum, [, bitmap]) => sum | bitmap, 0n);
    const pageOf = (pageSize: bigint, bitmap: bigint): bigint => sizesIn(make(1, 48, bitmap, { pageSize }).table.pgsizeBitmap)[0]!;
    expect(pageOf(16n * K, all)).toBe(16n * K);
    expect(pageOf(64n * K, SIZES[0]![1] | SIZES[1]![1])).toBe(16n * K);
    expect(pageOf(4n * K, SIZES[1]![1] | SIZES[2]![1])).toBe(16n * K);
  });

  test.each<[string, bigint, bigint, number]>([
    ['52-bit 4K: clipped to 48', 4n * K, 4096n, 0x53590],
    ['52-bit 16K: clipped to 48', 16n * K, 32768n, 0x5b590],
    ['52-bit 64K: 52', 64n * K, 8192n, 0x6758c],
  ])('%s', (_, bitmap, bytes, vtcr) => {
    const { table, memory } = make(2, 52, bitmap, { oas: 52 });
    expect([BigInt(memory.inUse.get(table.root)!), vtcrOf(table.format)]).toEqual([bytes, vtcr]);
    const limit = (table.format.ps === 6 ? 1n << 52n : 1n << 48n) - bitmap;
    expect(table.mapPages(limit, limit, bitmap, 1, RW)).toBe(0);
    expect(table.iovaToPhys(limit + 42n)).toBe(limit + 42n);
    expect(table.mapPages(limit + bitmap, 0n, bitmap, 1, RW)).toBe(-34);
    expect(table.mapPages(0n, limit + bitmap, bitmap, 1, RW)).toBe(-34);
  });

  test('no usable page: no table', () => {
    const memory = new LooseTableMemory();
    const tlb = { flushAll: () => undefined, flushWalk: () => undefined, addPage: () => undefined };
    const config = { stage: 1, ias: 48, oas: 48, pageSize: 4096n, coherentWalk: true, blockUnmap: 'split', s2fwb: false, memory, tlb } as const;
    expect(createPageTable({ ...config, pgsizeBitmap: 2n * M })).toBeNull();
    expect(createPageTable({ ...config, pgsizeBitmap: 4n * K, memory: new LooseTableMemory(0) })).toBeNull();
  });
});

describe('descriptors', () => {
  const leafOf = (stage: 1 | 2, prot: number, size = 4n * K, s2fwb = false): string => {
    const { table, memory } = make(stage, 48, SIZES[0]![1], { s2fwb });
    table.mapPages(0n, 0x8000_0000n, size, 1, prot);
    return [...memory.words.values()].find((word) => (word & 0x8000_0000n) !== 0n)!.toString(16);
  };

  test.each<[string, 1 | 2, number, string]>([
    ['S1 read, write, cache', 1, RW | PROT.CACHE, '80000f47'],
    ['S1 read only, cache', 1, PROT.READ | PROT.CACHE, '80000fc7'],
    ['S1 device, no execute', 1, RW | PROT.MMIO | PROT.NOEXEC, '60000080000e4b'],
    ['S1 privileged, non-cacheable', 1, RW | PROT.PRIV, '80000e03'],
    ['S2 read, write, cache', 2, RW | PROT.CACHE, '800007ff'],
    ['S2 read only, non-cacheable', 2, PROT.READ, '80000657'],
    ['S2 write only', 2, PROT.WRITE, '80000697'],
    ['S2 device', 2, RW | PROT.MMIO, '800006c7'],
  ])('%s', (_, stage, prot, word) => {
    expect(leafOf(stage, prot)).toBe(word);
  });

  test('S2 write-back with S2FWB', () => {
    expect(leafOf(2, RW | PROT.CACHE, 4n * K, true)).toBe('800007db');
  });

  test('a block has type 1', () => {
    expect(leafOf(2, RW | PROT.CACHE, 2n * M)).toBe('800007fd');
  });

  test('64K pages carry address bits 51:48 in 15:12', () => {
    const { table, memory } = make(1, 48, 64n * K, { oas: 52 });
    table.mapPages(0n, 0xf_0000_0001_0000n, 64n * K, 1, RW);
    expect([...memory.words.values()].at(-1)! & 0xf000n).toBe(0xf000n);
    expect(table.iovaToPhys(0x123n)).toBe(0xf_0000_0001_0123n);
  });

  test('walks that do not snoop are outer shareable and not cached', () => {
    expect(make(1, 48, 4n * K, { coherentWalk: false }).table.format).toMatchObject({ irgn: 0, orgn: 0, sh: 2 });
  });
});

describe('map and unmap', () => {
  test('sizes, ranges and permissions are checked', () => {
    const { table } = make(1, 32, SIZES[0]![1], { oas: 40 });
    expect(table.mapPages(0n, 0n, 8n * K, 1, RW)).toBe(-22);
    expect(table.mapPages(1n << 32n, 0n, 4n * K, 1, RW)).toBe(-34);
    expect(table.mapPages(0n, 1n << 40n, 4n * K, 1, RW)).toBe(-34);
    expect(table.mapPages(0n, 0n, 4n * K, 1, PROT.CACHE)).toBe(-22);
    expect(table.unmapPages(0n, 8n * K, 1, empty())).toBe(0n);
    expect(table.iovaToPhys(1n << 40n)).toBeNull();
  });

  test('no memory for a table: -ENOMEM', () => {
    expect(make(1, 48, SIZES[0]![1], { bytes: 8192 }).table.mapPages(0n, 0n, 4n * K, 1, RW)).toBe(-12);
  });

  test('pages into a block: -EEXIST; a block over a table whose pages are gone takes the table down', () => {
    const { table, memory, tlb } = make(1, 48, SIZES[0]![1]);
    table.mapPages(0n, 0n, 4n * K, 1, RW);
    table.unmapPages(0n, 4n * K, 1, empty());
    const tables = memory.inUse.size;
    expect(table.mapPages(0n, 0n, 2n * M, 1, RW)).toBe(0);
    expect([memory.inUse.size, tlb]).toEqual([tables - 1, ['page 0 1000', 'walk 0 200000 1000']]);
    expect(table.mapPages(0x1000n, 0n, 4n * K, 1, RW)).toBe(-17);
  });

  test('a table that goes away is told as a walk, a leaf as a page, a split as the page that went', () => {
    const { table, tlb } = make(2, 44, SIZES[0]![1]);
    table.mapPages(0n, 0n, 2n * M, 1, RW);
    table.unmapPages(0x3000n, 4n * K, 1, empty());
    table.unmapPages(0n, 2n * M, 1, empty());
    expect(tlb).toEqual(['page 3000 1000', 'walk 0 200000 1000']);
  });

  test('a 1 GiB block is split down to pages', () => {
    const { table, tlb } = make(2, 44, SIZES[0]![1]);
    table.mapPages(0n, G, G, 1, RW | PROT.CACHE);
    expect(table.unmapPages(0x20_3000n, 4n * K, 1, empty())).toBe(4n * K);
    expect([0x20_2fffn, 0x20_3000n, 0x20_4000n].map((iova) => table.iovaToPhys(iova))).toEqual([G + 0x20_2fffn, null, G + 0x20_4000n]);
    expect(tlb).toEqual(['page 203000 1000']);
  });

  test('a range that fails in the middle is unmapped again', () => {
    const { table } = make(1, 48, SIZES[0]![1]);
    table.mapPages(0x3000n, 0n, 4n * K, 1, RW);
    expect(mapRange(table, 0n, 0x10_0000n, 0x8000n, RW, empty())).toBe(-17);
    expect([table.iovaToPhys(0n), table.iovaToPhys(0x3000n)]).toEqual([null, 0n]);
    expect(mapRange(table, 0x800n, 0n, 0x1000n, RW, empty())).toBe(-22);
    expect(unmapRange(table, 0x800n, 0x1000n, empty())).toBe(0n);
  });

  test('property: a range maps with the largest sizes that fit and unmaps to nothing', () => {
    fc.assert(fc.property(fc.bigInt(0n, 1n << 20n), fc.bigInt(1n, 1500n), fc.bigInt(0n, 1n << 20n), fc.bigInt(0n, 1500n), (page, pages, target, probe) => {
      const { table } = make(2, 44, SIZES[0]![1]);
      const [iova, size, paddr] = [page * 4096n, pages * 4096n, target * 4096n];
      expect(mapRange(table, iova, paddr, size, RW, empty())).toBe(0);
      const at = (probe % pages) * 4096n + 5n;
      expect(table.iovaToPhys(iova + at)).toBe(paddr + at);
      expect(table.iovaToPhys(iova + size)).toBeNull();
      expect(unmapRange(table, iova, size, empty())).toBe(size);
      expect(table.iovaToPhys(iova + at)).toBeNull();
    }), { numRuns: 30 });
  });
});
