import { fromWords } from '../../model/base/address.ts';
import type { Outcome } from '../../model/smmu/smmu.ts';
import type { KnownFault } from './known-answers.ts';
import { outcomeText } from './outcome-text.ts';

const S2 = 1n << 39n;
const F_PERMISSION = 0x13;
/** IPA[11:0], which QEMU fills and the architecture leaves 0. */
const PAGE_OFFSET = 0xfffn;

const wordsText = (words: readonly bigint[]): string => words.map((word) => word.toString(16).padStart(16, '0')).join(' ');

const wordsOf = (record: Uint32Array): bigint[] => [0, 2, 4, 6].map((at) => fromWords(record[at + 1]!, record[at]!));

/** The record without the bits in which QEMU is known to differ: IPA[11:0], and the whole IPA of a stage-2 permission fault that its TLB found. */
function comparable(words: readonly bigint[], ipaUnknown: boolean): bigint[] {
  if ((words[1]! & S2) === 0n) return [...words];
  return [words[0]!, words[1]!, words[2]!, ipaUnknown ? 0n : words[3]! & ~PAGE_OFFSET];
}

/** Compares the record that the model makes with the captured one; null when they agree. */
export function faultDifference(known: KnownFault, outcome: Outcome): { expected: string; got: string } | null {
  const expected = `fault, ${known.event}, record ${wordsText(known.raw)}`;
  const [record] = outcome.events;
  if (record === undefined) return { expected, got: outcomeText(outcome) };
  const words = wordsOf(record);
  const ipaUnknown = Number(known.raw[0]! & 0xffn) === F_PERMISSION && known.raw[3] === 0n;
  const same = wordsText(comparable(words, ipaUnknown)) === wordsText(comparable(known.raw, ipaUnknown));
  return same && outcome.fault?.name === known.event ? null : { expected, got: `${outcomeText(outcome)}, record ${wordsText(words)}` };
}
