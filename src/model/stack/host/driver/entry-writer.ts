/**
 * arm_smmu_write_entry() of 6.9 and later (d.2): an STE or CD goes from one legal state to another so that the SMMU, which may
 * read any of its 64-bit words at any time, sees the old entry or the new one and nothing else. Where that cannot be, V goes first.
 */
import { ENTRY_QWORDS } from './entry.ts';
import type { Entry } from './entry.ts';

/** One kind of entry, and where the one that is being written lies. */
export interface EntryTarget {
  used(entry: Entry): Entry;
  safe(current: Entry, target: Entry): Entry;
  read(word: number): bigint;
  write(word: number, value: bigint): void;
  /** Makes the SMMU forget what it cached of the entry. */
  sync(): void;
}

/** How an update was done: no bit in use changed, without a gap, or through V = 0. */
export type UpdateKind = 'unused-only' | 'hitless' | 'breaking';

export interface UpdatePlan {
  readonly kind: UpdateKind;
  /** Words to store, in groups; each group that changes something is followed by a sync. */
  readonly steps: readonly (readonly (readonly [word: number, value: bigint])[])[];
}

const WORDS = Array.from({ length: ENTRY_QWORDS }, (_, i) => i);

/** The groups of stores that lead from `current` to `target`. */
function planUpdate(current: Entry, target: Entry, rules: Pick<EntryTarget, 'used' | 'safe'>): UpdatePlan {
  const usedNow = rules.used(current);
  const usedThen = rules.used(target);
  const safe = rules.safe(current, target);
  // A bit that is not in use now, or that may change at any time, takes its new value at once.
  const early = WORDS.map((i) => {
    const keep = usedNow[i]! & ~(safe[i]! & usedNow[i]! & usedThen[i]!);
    return (current[i]! & keep) | (target[i]! & ~keep);
  });
  const critical = WORDS.filter((i) => (early[i]! & usedThen[i]!) !== target[i]!);
  const to = (words: readonly number[], value: Entry) => words.map((i) => [i, value[i]!] as const);
  if (critical.length === 0) return { kind: 'unused-only', steps: [to(WORDS, target)] };
  if (critical.length > 1) return { kind: 'breaking', steps: [[[0, 0n]], to(WORDS.slice(1), target), to([0], target)] };
  const others = WORDS.filter((i) => i !== critical[0]);
  return { kind: 'hitless', steps: [to(others, early), to(critical, target), to(WORDS, target)] };
}

/** Carries the update out; gives how it was done. */
export function writeEntry(entry: EntryTarget, target: Entry): UpdateKind {
  const plan = planUpdate(WORDS.map((i) => entry.read(i)), target, entry);
  for (const step of plan.steps) {
    const changes = step.filter(([word, value]) => entry.read(word) !== value);
    for (const [word, value] of changes) entry.write(word, value);
    if (changes.length > 0) entry.sync();
  }
  return plan.kind;
}
