/** The few fields of an event record that answers are compared by; the record as its 32 bytes in hex. */
import { fromWords } from '../../model/base/address.ts';
import { EVENTS } from '../../model/spec/index.ts';

const CLASSES = ['CD', 'TT', 'IN', 'reserved'] as const;
/** D1 of a record. */
const PNU = 1n << 33n;
const RNW = 1n << 35n;
const S2 = 1n << 39n;
const CLASS_SHIFT = 40n;

export interface EventSummary {
  readonly type: string;
  readonly s2: boolean;
  readonly cls: (typeof CLASSES)[number];
  readonly words: readonly [bigint, bigint, bigint, bigint];
}

/** Events whose record has CLASS and S2. */
const WITH_CLASS = new Set([0x0b, 0x10, 0x11, 0x12, 0x13]);
/** Events whose record has PnU. */
const WITH_PNU = new Set([...WITH_CLASS, 0x01, 0x20]);

function wordsOf(raw: string): [bigint, bigint, bigint, bigint] {
  const bytes = Uint8Array.from({ length: 32 }, (_, at) => parseInt(raw.slice(at * 2, at * 2 + 2), 16));
  const view = new DataView(bytes.buffer);
  const word = (at: number): bigint => fromWords(view.getUint32(at * 8 + 4, true), view.getUint32(at * 8, true));
  return [word(0), word(1), word(2), word(3)];
}

const numberOf = (words: readonly bigint[]): number => Number(words[0]! & 0xffn);

export function summarise(raw: string): EventSummary {
  const words = wordsOf(raw);
  const number = numberOf(words);
  return {
    type: EVENTS.byNumber.get(number)?.id ?? `0x${number.toString(16)}`,
    s2: WITH_CLASS.has(number) && (words[1] & S2) !== 0n,
    cls: CLASSES[Number((words[1] >> CLASS_SHIFT) & 3n)]!,
    words,
  };
}

/**
 * The record with the bits cleared in which QEMU is known to differ everywhere: [11:0] of the last dword of a stage-2
 * fault, RnW of a CLASS=CD or TT record, PnU.
 */
export function masked(raw: string): string {
  const { words, s2, cls } = summarise(raw);
  const number = numberOf(words);
  let [, d1, , d3] = words;
  if (WITH_PNU.has(number)) d1 &= ~PNU;
  if (WITH_CLASS.has(number) && (cls === 'CD' || cls === 'TT')) d1 &= ~RNW;
  if (s2) d3 &= ~0xfffn;
  return [words[0], d1, words[2], d3].map((word) => word.toString(16).padStart(16, '0')).join('');
}
