/** Where the fields of a record lie when it is drawn as rows of 32 bits. Bits are absolute over the record, as in IHI 0070. */
export interface BitField {
  readonly name: string;
  /** [hi, lo], absolute. */
  readonly bits: readonly [number, number];
  /** Why nobody looks at it. */
  readonly ignored?: string | undefined;
}

export interface BitSegment {
  /** Index into the fields, or null for bits no field names. */
  readonly field: number | null;
  readonly hi: number;
  readonly lo: number;
  readonly width: number;
  /** False where a part of the field lies in another row. */
  readonly whole: boolean;
}

export interface BitRow {
  /** Absolute number of the row's lowest bit. */
  readonly lo: number;
  readonly segments: readonly BitSegment[];
}

const ROW_BITS = 32;

/** Words as they are listed, the first one first, and of each its upper half above its lower one, as its digits are read; within a row, from the highest bit. */
export function layOut(fields: readonly BitField[], recordBits: number): readonly BitRow[] {
  const rows: BitRow[] = [];
  for (let word = 0; word < recordBits; word += 2 * ROW_BITS) {
    for (const lo of [word + ROW_BITS, word]) if (lo < recordBits) rows.push({ lo, segments: rowSegments(fields, lo) });
  }
  return rows;
}

function rowSegments(fields: readonly BitField[], rowLo: number): readonly BitSegment[] {
  const rowHi = rowLo + ROW_BITS - 1;
  const named = fields
    .map(({ bits: [hi, lo] }, field) => ({ field, hi: Math.min(hi, rowHi), lo: Math.max(lo, rowLo), whole: hi <= rowHi && lo >= rowLo }))
    .filter(({ hi, lo }) => hi >= lo)
    .sort((a, b) => b.hi - a.hi);
  const segments: BitSegment[] = [];
  let next = rowHi;
  for (const { field, hi, lo, whole } of named) {
    if (hi > next) continue;
    if (hi < next) segments.push(gap(next, hi + 1));
    segments.push({ field, hi, lo, width: hi - lo + 1, whole });
    next = lo - 1;
  }
  if (next >= rowLo) segments.push(gap(next, rowLo));
  return segments;
}

const gap = (hi: number, lo: number): BitSegment => ({ field: null, hi, lo, width: hi - lo + 1, whole: true });

/** Bits of a segment as digits, highest first. `words` are 16 hex digits each, word 0 first; one alone may have 8. */
export function digitsOf(words: readonly string[], hi: number, lo: number): string {
  let digits = '';
  for (let bit = hi; bit >= lo; bit--) digits += bitOf(words, bit);
  return digits;
}

function bitOf(words: readonly string[], bit: number): '0' | '1' {
  const word = words[Math.floor(bit / 64)] ?? '';
  const inWord = bit % 64;
  const nibble = parseInt(word.at(-1 - Math.floor(inWord / 4)) ?? '0', 16);
  return (nibble >> (inWord % 4)) & 1 ? '1' : '0';
}

/** For each of so many hex digits of a word, from the left: does it hold a bit of [hi, lo]? */
export function markedDigits(wordIndex: number, bits: readonly [number, number] | null, digits = 16): readonly boolean[] {
  return Array.from({ length: digits }, (_, digit) => {
    if (bits === null) return false;
    const lo = wordIndex * 64 + (digits - 1 - digit) * 4;
    return lo <= bits[0] && lo + 3 >= bits[1];
  });
}

/** The bits of a field as the specification prints them. */
export const bitRange = ([hi, lo]: readonly [number, number]): string => (hi === lo ? `[${hi}]` : `[${hi}:${lo}]`);
