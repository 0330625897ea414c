import { sharedWords } from '../../memory/shared-words.ts';
import { WALK_WORDS } from '../tlb/walk-cache.ts';

/** Which cache, which word index, and the entry that was there. */
const WORDS = 2 + WALK_WORDS;
/** One table of stage 2 for each of four stage 1 descriptors and the final IPA, and one of stage 1. */
const MOST = 6;

/**
 * What the unrolled walk overwrote in the walk caches. When it gives up everything is put back: the generic walk then
 * finds, reads and fills what it would have without it, recorded or not.
 */
export interface Undo {
  /** Forgets what was noted: a walk begins. */
  begin(): void;
  /** The entry at word `at` of the walk cache of `stage` is about to be filled. */
  note(stage: number, at: number): void;
  putBack(): void;
}

export function createUndo(s1Words: Int32Array, s2Words: Int32Array): Undo {
  const kept = sharedWords(MOST * WORDS);
  let count = 0;
  return {
    begin: () => void (count = 0),
    note: (stage, at) => {
      const from = stage === 1 ? s1Words : s2Words;
      const base = count++ * WORDS;
      kept[base] = stage;
      kept[base + 1] = at;
      for (let i = 0; i < WALK_WORDS; i++) kept[base + 2 + i] = from[at + i]!;
    },
    putBack: () => {
      while (count > 0) {
        const base = --count * WORDS;
        const to = kept[base] === 1 ? s1Words : s2Words;
        for (let i = 0; i < WALK_WORDS; i++) to[kept[base + 1]! + i] = kept[base + 2 + i]!;
      }
    },
  };
}
