/** A new value of a field or of a word, as the step that writes it. */
import { CD, fieldOf, L1CD, L1STD, STE, type RecordDef } from '../../../model/spec/index.ts';
import type { Field, StructureNode } from '../../../protocol/contract.ts';

const RECORDS: Partial<Record<StructureNode['kind'], RecordDef>> = { ste: STE, cd: CD, l1std: L1STD, l1cd: L1CD };

const isAddress = (node: StructureNode, { name }: Field): boolean => {
  const record = RECORDS[node.kind];
  return record === undefined ? /Address/.test(name) : fieldOf(record, name)?.kind === 'addr';
};

const WORD_BITS = 64;

export interface Written {
  /** Which word of the record, and what it becomes. */
  readonly index: number;
  readonly value: bigint;
}

/** The word that holds the field, with the new value in it; why it does not fit. Fields of IHI 0070 do not cross words. */
export function withField(node: StructureNode, field: Field, value: bigint): Written | string {
  const [hi, lo] = field.bits;
  const shift = BigInt(lo % WORD_BITS);
  const width = BigInt(hi - lo + 1);
  const address = isAddress(node, field);
  const raw = address ? value >> shift : value;
  if (address && raw << shift !== value) return `${field.name} is an address of ${1n << shift} bytes' alignment`;
  if (raw < 0n || raw >> width !== 0n) return `${field.name} has ${width} bits`;
  const index = Math.floor(lo / WORD_BITS);
  const mask = ((1n << width) - 1n) << shift;
  return { index, value: (BigInt(`0x${node.words[index] ?? '0'}`) & ~mask) | (raw << shift) };
}

/** Bytes in memory order, as a `write` step takes them. */
export const bytesOf = (word: bigint): string => (word.toString(16).padStart(16, '0').match(/../g) ?? []).reverse().join('');

/** The step, or why there can be none. */
export function stepOf(node: StructureNode, { index, value }: Written, what: string): string | null {
  if (node.at === null || (node.at.space === 'ipa' && node.vm === null)) return null;
  const address = `0x${(BigInt(node.at.address) + BigInt(index * 8)).toString(16)}`;
  const place = node.at.space === 'pa' ? `pa: ${address}` : `vm: ${node.vm ?? ''}, ipa: ${address}`;
  return `- write: { ${place}, bytes: "${bytesOf(value)}" } # ${what}`;
}

/** A number as typed, or null. */
export const typedNumber = (text: string): bigint | null => (/^(?:0x[0-9a-f_]+|\d+)$/i.test(text.trim()) ? BigInt(text.trim().replace(/_/g, '')) : null);
