/** Levels and sizes of VMSAv8-64 tables as io-pgtable-arm lays them out (d.6). */

export interface Geometry {
  readonly stage: 1 | 2;
  /** Bits of input and output addresses, as far as tables of this page can have them. */
  readonly ias: number;
  readonly oas: number;
  readonly pageShift: number;
  /** Index bits of one level. */
  readonly bitsPerLevel: number;
  readonly startLevel: number;
  /** Index bits of the first table; more than bitsPerLevel when tables are concatenated. */
  readonly rootBits: number;
  /** Sizes that leaf entries can have, a bit each. */
  readonly pgsizeBitmap: bigint;
}

const LAST_LEVEL = 3;
const MAX_CONCATENATED = 16;

const lowest = (bitmap: bigint): bigint => bitmap & -bitmap;

/** The page that the tables are made of: PAGE_SIZE, else the largest below it, else the smallest above; null: none. */
function choosePage(bitmap: bigint, pageSize: bigint): bigint | null {
  if ((bitmap & pageSize) !== 0n) return pageSize;
  const below = bitmap & (pageSize - 1n) & 0x15000n;
  if (below !== 0n) return 1n << BigInt(below.toString(2).length - 1);
  const above = bitmap & ~(pageSize - 1n) & 0x15000n;
  return above === 0n ? null : lowest(above);
}

/** Which sizes of the SMMU belong to that page. */
function sizesOf(page: bigint): bigint {
  if (page === 0x1000n) return page | (1n << 21n) | (1n << 30n);
  return page === 0x4000n ? page | (1n << 25n) : page | (1n << 29n) | (1n << 42n);
}

/** arm_lpae_restrict_pgsizes(): addresses of more bits need tables of 64K; those of other pages are clipped, not refused. */
const maxAddressBits = (pageShift: number): number => (pageShift === 16 ? 52 : 48);

/** null: no page size is usable. `addressBits` are those that input or output addresses have. */
export function geometryOf(stage: 1 | 2, bitmap: bigint, addressBits: { readonly ias: number; readonly oas: number }, pageSize: bigint): Geometry | null {
  const page = choosePage(bitmap, pageSize);
  if (page === null) return null;
  const pageShift = page.toString(2).length - 1;
  const ias = Math.min(addressBits.ias, maxAddressBits(pageShift));
  const oas = Math.min(addressBits.oas, maxAddressBits(pageShift));
  if (ias <= pageShift) return null;
  const bitsPerLevel = pageShift - 3;
  const levels = Math.ceil((ias - pageShift) / bitsPerLevel);
  const startLevel = LAST_LEVEL + 1 - levels;
  const rootBits = ias - pageShift - bitsPerLevel * (levels - 1);
  // IHI 0070 3.4.3: stage 2 may start a level lower, from up to 16 tables side by side.
  const concatenated = stage === 2 && startLevel === 0 && 2 ** rootBits <= MAX_CONCATENATED;
  return {
    stage,
    ias,
    oas,
    pageShift,
    bitsPerLevel,
    startLevel: concatenated ? 1 : startLevel,
    rootBits: concatenated ? rootBits + bitsPerLevel : rootBits,
    pgsizeBitmap: bitmap & sizesOf(page),
  };
}

/** log2 of what one entry of the level covers. */
export const levelShift = (geometry: Geometry, level: number): number => geometry.pageShift + (LAST_LEVEL - level) * geometry.bitsPerLevel;

export const levelBytes = (geometry: Geometry, level: number): bigint => 1n << BigInt(levelShift(geometry, level));

/** Entries of a table at the level. */
export const entriesAt = (geometry: Geometry, level: number): number => 2 ** (level === geometry.startLevel ? geometry.rootBits : geometry.bitsPerLevel);

export const tableBytes = (geometry: Geometry, level: number): number => entriesAt(geometry, level) * 8;

export function indexOf(geometry: Geometry, level: number, iova: bigint): number {
  return Number((iova >> BigInt(levelShift(geometry, level))) & BigInt(entriesAt(geometry, level) - 1));
}
