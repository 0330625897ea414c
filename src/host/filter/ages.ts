/** Ages of the transactions of a trace that grows: it is read for what a filter counts from, as far as the filter looks. */
import { RECORD_WORDS } from '../../model/trace/record.ts';
import { Marks } from '../../query/index.ts';
import type { AgeOf, Ages } from '../../query/index.ts';
import type { Listed } from './elements.ts';

/** Records read at once. */
const PIECE = 4096;

export function agesOf(log: Listed): Ages {
  const known = new Map<string, AgeOf>();
  return (landmark) => {
    const key = `${landmark.kind} ${landmark.tag}`;
    let ageOf = known.get(key);
    if (ageOf === undefined) known.set(key, (ageOf = agesIn(log, new Marks(landmark))));
    return ageOf;
  };
}

function agesIn(log: Listed, marks: Marks): AgeOf {
  let passed = 0;
  return (txn) => {
    while (marks.begun < txn && passed < log.records) {
      // A copy: a scan may be under way, whose records are in use.
      const words = log.read(passed, Math.min(PIECE, log.records - passed));
      for (let at = 0; at < words.length; at += RECORD_WORDS) marks.pass(words, at);
      passed += words.length / RECORD_WORDS;
    }
    return marks.ageOf(txn);
  };
}
