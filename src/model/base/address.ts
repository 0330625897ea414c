/**
 * Address spaces of nested translation as types: an IOVA is what the device issues, an IPA what stage 1 makes of it,
 * a PA what stage 2 makes of that. Mixing them does not compile. bigint lives only at the edge of the model;
 * inside, an address is a (hi, lo) pair of 32-bit words.
 */
declare const space: unique symbol;

export type Iova = bigint & { readonly [space]: 'iova' };
export type Ipa = bigint & { readonly [space]: 'ipa' };
export type Pa = bigint & { readonly [space]: 'pa' };

export const iova = (value: bigint): Iova => BigInt.asUintN(64, value) as Iova;
export const ipa = (value: bigint): Ipa => BigInt.asUintN(64, value) as Ipa;
export const pa = (value: bigint): Pa => BigInt.asUintN(64, value) as Pa;

/** Low 32 bits as a signed int32, as typed arrays hold them. */
export const loWord = (value: bigint): number => Number(BigInt.asIntN(32, value));

/** High 32 bits as a signed int32. */
export const hiWord = (value: bigint): number => Number(BigInt.asIntN(32, value >> 32n));

/** The 64-bit value of a (hi, lo) pair. */
export const fromWords = (hi: number, lo: number): bigint => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);

/** `0x` and the digits, without leading zeros. */
export const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

/** Bytes as they lie in memory, two hex digits each. */
export const hexBytes = (bytes: Iterable<number>): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** 16 hex digits, as a 64-bit word of a record is written. */
export const hexWord = (hi: number, lo: number): string =>
  `${(hi >>> 0).toString(16).padStart(8, '0')}${(lo >>> 0).toString(16).padStart(8, '0')}`;
