/** Bytes as people type them, and where a byte lies in a record. */
import type { Field, MemoryPlace } from '../../../protocol/contract.ts';

/**
 * What is searched for: hex digits are bytes in memory order (`01 02 ff`), `0x...` is a word of 32 or 64 bits, little-endian
 * in memory; null where it is neither.
 */
export function typedBytes(text: string): string | null {
  const trimmed = text.trim().toLowerCase();
  const word = /^0x([0-9a-f_]{1,19})$/.exec(trimmed)?.[1]?.replace(/_/g, '');
  if (word !== undefined && word.length <= 16) {
    const padded = word.padStart(word.length <= 8 ? 8 : 16, '0');
    return (padded.match(/../g) ?? []).reverse().join('');
  }
  const digits = trimmed.replace(/[\s_]/g, '');
  return /^(?:[0-9a-f]{2}){1,64}$/.test(digits) ? digits : null;
}

/** The two digits of each byte of a row, and the character that it is. */
export const cellsOf = (bytes: string): readonly { readonly digits: string; readonly char: string }[] =>
  (bytes.match(/../g) ?? []).map((digits) => {
    const code = parseInt(digits, 16);
    return { digits, char: code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '·' };
  });

/** Fields of the record that have a bit in the byte. */
export function fieldsAt({ record }: MemoryPlace, address: bigint): readonly Field[] {
  if (record === null) return [];
  const lo = Number(address - BigInt(record.at)) * 8;
  return record.fields.filter(({ bits: [hi, low] }) => low <= lo + 7 && hi >= lo);
}

/** The byte belongs to the record. */
export function isWithin({ record }: MemoryPlace, address: bigint): boolean {
  if (record === null) return false;
  const from = BigInt(record.at);
  return address >= from && address < from + BigInt(record.words.length * 8);
}
