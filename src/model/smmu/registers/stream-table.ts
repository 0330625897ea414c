import type { Features } from '../../spec/features.ts';
import { addressHi, addressLo } from '../../spec/layout.ts';
import { registerField, registerOf, wordOf } from './register-field.ts';

/** The stream table as STRTAB_BASE and STRTAB_BASE_CFG describe it (IHI 0070 6.3.24, 6.3.25). */
export interface StreamTable {
  /** Signed words of the physical base, aligned. */
  readonly baseLo: number;
  readonly baseHi: number;
  readonly log2Size: number;
  readonly effective: number;
  readonly split: number;
  readonly twoLevel: boolean;
  /** Whether the base has bits set that the alignment takes as 0. */
  readonly misaligned: boolean;
}

const log2SizeOf = registerField('STRTAB_BASE_CFG', 'LOG2SIZE');
const splitOf = registerField('STRTAB_BASE_CFG', 'SPLIT');
const formatOf = registerField('STRTAB_BASE_CFG', 'FMT');
const BASE = wordOf('STRTAB_BASE');
const baseLoOf = addressLo(registerOf('STRTAB_BASE'), 'ADDR');
const baseHiOf = addressHi(registerOf('STRTAB_BASE'), 'ADDR');

const TWO_LEVEL = 1;
const LOG2_STE = 6;
const LOG2_L1STD = 3;

/** -2^n as a 32-bit mask; 0 for n above 31. */
const above = (n: number): number => (n <= 0 ? -1 : n >= 32 ? 0 : -(2 ** n) | 0);

/**
 * Decodes an image of the registers. The alignment goes by LOG2SIZE as written, lookups by `effective` (6.3.24). It is
 * never less than 64 bytes, as ADDR starts at bit 6.
 */
export function streamTableOf(words: Int32Array, features: Features): StreamTable {
  const log2Size = log2SizeOf(words);
  const twoLevel = features.twoLevelStreamTable && formatOf(words) === TWO_LEVEL;
  const split = splitOf(words) === 8 || splitOf(words) === 10 ? splitOf(words) : 6;
  const alignment = log2Size + (twoLevel ? LOG2_L1STD - split : LOG2_STE);
  const lo = baseLoOf(words, BASE) | 0;
  const hi = baseHiOf(words, BASE) | 0;
  const baseLo = lo & above(alignment);
  const baseHi = hi & above(alignment - 32);
  const effective = Math.min(log2Size, features.sidSize);
  return { baseLo, baseHi, log2Size, effective, split, twoLevel, misaligned: baseLo !== lo || baseHi !== hi };
}
