/** Where translation tables and CDs lie, as the STE and CD in memory say it; for readers that touch nothing. */
import { CD } from '../../spec/index.ts';
import type { FieldValue } from '../../spec/index.ts';

export interface Table {
  readonly stage: 1 | 2;
  readonly root: bigint;
  /** log2 of the granule. */
  readonly granule: number;
  readonly start: number;
  readonly inputBits: number;
  /** First input address: that of the half. */
  readonly base: bigint;
  read(address: bigint): bigint | null;
}

export const LAST_LEVEL = 3;
export const ADDRESS = 0x0000_ffff_ffff_f000n;
export const G64K = 16;
/** Address bits [51:48] of descriptors with the 64K granule (IHI 0070 3.4.1). */
export const HIGH = 0xf000n;
/** TG0 and S2TG; TG1 has other codes (IHI 0070 5.4). */
const TG0 = [12, 16, 14, 12] as const;
const TG1 = [12, 14, 12, 16] as const;

/** Where a descriptor points: bits of the address from `shift` up, 52 of them with the 64K granule. */
export const addressOf = (descriptor: bigint, granule: number, shift: number): bigint =>
  (descriptor & ADDRESS & -(1n << BigInt(shift))) | (granule === G64K ? (descriptor & HIGH) << 36n : 0n);

export const shiftOf = (granule: number, level: number): number => granule + (LAST_LEVEL - level) * (granule - 3);

/** Entries of a table; the first one may be several next to each other (stage 2), or a part of one. */
export const entriesOf = ({ granule, inputBits, start }: Table, level: number): number => (level === start ? 2 ** Math.max(0, inputBits - shiftOf(granule, level)) : 2 ** (granule - 3));

/** What a descriptor is at its level. */
export function kindOf(descriptor: bigint, level: number): 'invalid' | 'table' | 'leaf' {
  if ((descriptor & 1n) === 0n) return 'invalid';
  if (level < LAST_LEVEL) return (descriptor & 2n) === 0n ? 'leaf' : 'table';
  return (descriptor & 2n) === 0n ? 'invalid' : 'leaf';
}

/** Where the tables put an input address; null: nowhere. */
export function throughTables(table: Table, address: bigint): bigint | null {
  const { granule, start } = table;
  let at = table.root;
  for (let level = start; level <= LAST_LEVEL; level++) {
    const shift = shiftOf(granule, level);
    const index = (address - table.base) >> BigInt(shift);
    const within = level === start ? index : index & BigInt(2 ** (granule - 3) - 1);
    if (within < 0n || within >= BigInt(entriesOf(table, level))) return null;
    const descriptor = table.read(at + within * 8n);
    if (descriptor === null) return null;
    const kind = kindOf(descriptor, level);
    if (kind === 'invalid') return null;
    if (kind === 'leaf') return addressOf(descriptor, granule, shift) | (address & ((1n << BigInt(shift)) - 1n));
    at = addressOf(descriptor, granule, granule);
  }
  return null;
}

export type Fields = Readonly<Record<string, FieldValue>>;
export const num = (fields: Fields, name: string): number => Number(fields[name] ?? 0);
export const big = (fields: Fields, name: string): bigint => BigInt(fields[name] ?? 0);

/** Stage 2 of an STE (IHI 0070 5.2: S2SL0, S2TG). */
export function stage2Of(ste: Fields, read: Table['read']): Table {
  const granule = TG0[num(ste, 'S2TG')]!;
  const sl0 = num(ste, 'S2SL0');
  const start = granule === 12 ? (sl0 === 3 ? LAST_LEVEL : 2 - sl0) : LAST_LEVEL - sl0;
  return { stage: 2, root: big(ste, 'S2TTB'), granule, start, inputBits: 64 - num(ste, 'S2T0SZ'), base: 0n, read };
}

export function halfOf(cd: Fields, half: 0 | 1, read: Table['read']): Table | null {
  if (num(cd, `EPD${half}`) === 1) return null;
  const granule = (half === 0 ? TG0 : TG1)[num(cd, `TG${half}`)]!;
  const inputBits = 64 - num(cd, `T${half}SZ`);
  const levels = Math.ceil((inputBits - granule) / (granule - 3));
  const base = half === 0 ? 0n : (1n << 64n) - (1n << BigInt(inputBits));
  return { stage: 1, root: big(cd, `TTB${half}`), granule, start: LAST_LEVEL + 1 - levels, inputBits, base, read };
}

/** Tables that lead back into themselves end here. */
const MAX_READS = 1 << 20;

export function limited(read: Table['read']): Table['read'] {
  let left = MAX_READS;
  return (address) => (left-- > 0 ? read(address) : null);
}

export const CD_BYTES = BigInt(CD.bytes);
/** log2 of the CDs of a leaf by S1Fmt, of tables in two levels (IHI 0070 5.2). */
export const CDS_OF_LEAF: Readonly<Record<number, bigint>> = { 1: 6n, 2: 10n };

/** L1CD.L2Ptr, bits [51:12] (IHI 0070 5.3.1). */
export const L2PTR = 0x000f_ffff_ffff_f000n;
