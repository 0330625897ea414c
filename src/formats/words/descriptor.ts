import { descriptorKind, descriptorRecord, PRESETS, decodeFeatures } from '../../model/spec/index.ts';
import type { DescriptorKind, Granule } from '../../model/spec/index.ts';
import { decodeFields, reservedBits, toWords32, wordText } from './decoded.ts';
import type { DecodedRecord } from './decoded.ts';

/** What a descriptor's own bits do not say. */
export interface DescriptorPlace {
  readonly stage?: 1 | 2;
  readonly granule?: Granule;
  readonly level?: number;
  /** What its addresses are, where that is known: of stage 1 it is as the stream is configured. */
  readonly stage1?: 'ipa' | 'pa' | undefined;
}

const TITLES: Readonly<Record<DescriptorKind, string>> = { invalid: 'Invalid', reserved: 'Reserved', table: 'Table', block: 'Block', page: 'Page' };
const AF = 1n << 10n;
const FEATURES = decodeFeatures(PRESETS['v3.2'].id);

/** Without a level a table is told from a page by the access flag, which a table's descriptor does not have. */
function kindOf(word: bigint, granule: Granule, level: number | undefined): DescriptorKind {
  const low = Number(word & 3n);
  if (level !== undefined) return descriptorKind(granule, level, low, FEATURES);
  if (low === 3) return (word & AF) === 0n ? 'table' : 'page';
  return low === 1 ? 'block' : 'invalid';
}

/** Decodes a translation table descriptor; what is not given of its place is assumed, and said so. */
export function decodeDescriptor(word: bigint, place: DescriptorPlace = {}): DecodedRecord {
  const { stage = 1, granule = '4K', level } = place;
  const kind = kindOf(word, granule, level);
  const record = descriptorRecord(stage, granule, kind);
  const assumed = [
    ...(place.stage === undefined ? ['stage 1'] : []),
    ...(place.granule === undefined ? ['4K granule'] : []),
    ...(level === undefined && kind !== 'invalid' && kind !== 'block' ? [`a ${kind}, by its access flag`] : []),
  ];
  const words = toWords32([word]);
  const reserved = record === null ? [] : reservedBits(record, words);
  const notes = [
    ...(assumed.length === 0 ? [] : [`assumed: ${assumed.join(', ')}`]),
    ...(reserved.length === 0 ? [] : [`reserved bits are not 0: ${reserved.join(' ')}`]),
  ];
  return {
    kind: 'pte',
    type: TITLES[kind],
    title: record?.title ?? `${TITLES[kind]} descriptor`,
    section: record?.section ?? '3.3.5',
    words: [wordText(word)],
    fields: record === null ? [] : decodeFields(record, words, place.stage1 === undefined ? {} : { stage1: place.stage1 }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}
