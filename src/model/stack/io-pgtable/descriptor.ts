/** Descriptors as io-pgtable-arm writes them. */
import { S1_MAIR_INDEX } from './mair.ts';
import type { PageTableConfig } from './types.ts';

const VALID = 1n;
const TABLE = 3n;
const AF = 1n << 10n;
const SH_INNER = 3n << 8n;
const SH_OUTER = 2n << 8n;
const XN = 3n << 53n;

const S1_NG = 1n << 11n;
const S1_AP_UNPRIVILEGED = 1n << 6n;
const S1_AP_READ_ONLY = 1n << 7n;

const S2_READ = 1n << 6n;
const S2_WRITE = 1n << 7n;
/** FORCE_WRITE_BACK is the code of write-back when STE.S2FWB is 1. */
const S2_MEMATTR = { WRITE_BACK: 0xfn << 2n, FORCE_WRITE_BACK: 6n << 2n, NON_CACHEABLE: 5n << 2n, DEVICE: 1n << 2n };

const LAST_LEVEL = 3;

/** IOMMU_* bits of a mapping (linux/iommu.h). */
export const PROT = { READ: 1, WRITE: 2, CACHE: 4, NOEXEC: 8, MMIO: 16, PRIV: 32 } as const;

const has = (prot: number, bit: number): boolean => (prot & bit) !== 0;

function stage1(prot: number): bigint {
  const index = has(prot, PROT.MMIO) ? S1_MAIR_INDEX.DEVICE : has(prot, PROT.CACHE) ? S1_MAIR_INDEX.CACHE : S1_MAIR_INDEX.NON_CACHEABLE;
  const readOnly = has(prot, PROT.READ) && !has(prot, PROT.WRITE) ? S1_AP_READ_ONLY : 0n;
  return S1_NG | readOnly | (has(prot, PROT.PRIV) ? 0n : S1_AP_UNPRIVILEGED) | (BigInt(index) << 2n);
}

function stage2(prot: number, fwb: boolean): bigint {
  const writeBack = fwb ? S2_MEMATTR.FORCE_WRITE_BACK : S2_MEMATTR.WRITE_BACK;
  const attributes = has(prot, PROT.MMIO) ? S2_MEMATTR.DEVICE : has(prot, PROT.CACHE) ? writeBack : S2_MEMATTR.NON_CACHEABLE;
  return (has(prot, PROT.READ) ? S2_READ : 0n) | (has(prot, PROT.WRITE) ? S2_WRITE : 0n) | attributes;
}

/** Everything of a leaf but its address and type. */
export function attributesOf({ stage, s2fwb }: Pick<PageTableConfig, 'stage' | 's2fwb'>, prot: number): bigint {
  const common = (has(prot, PROT.CACHE) ? SH_INNER : SH_OUTER) | AF | (has(prot, PROT.NOEXEC) ? XN : 0n);
  return (stage === 1 ? stage1(prot) : stage2(prot, s2fwb)) | common;
}

/** Address bits of an entry of tables with this page. 64K entries hold bits [51:48] in [15:12]. */
function addressMask(pageShift: number): bigint {
  return 0x0000_ffff_ffff_ffffn & ~((1n << BigInt(pageShift)) - 1n);
}

export function putAddress(address: bigint, pageShift: number): bigint {
  const low = address & addressMask(pageShift);
  return pageShift === 16 ? low | (((address >> 48n) & 0xfn) << 12n) : low;
}

export function addressIn(entry: bigint, pageShift: number): bigint {
  const low = entry & addressMask(pageShift);
  return pageShift === 16 ? low | (((entry >> 12n) & 0xfn) << 48n) : low;
}

/** Attributes of a leaf: what is left without address and type. */
export const attributesIn = (entry: bigint, pageShift: number): bigint => entry & ~putAddress(0x000f_ffff_ffff_ffffn, pageShift) & ~3n;

export const leafType = (level: number): bigint => (level === LAST_LEVEL ? TABLE : VALID);

export const isLeaf = (entry: bigint, level: number): boolean => (entry & 3n) === leafType(level);

export const tableEntry = (address: bigint, pageShift: number): bigint => putAddress(address, pageShift) | TABLE;
