import { hex } from '../../model/base/address.ts';
import { NO_DEVIATIONS } from '../../model/spec/index.ts';
import type { Profile } from '../../model/spec/index.ts';
import type { PhysicalMemory } from '../../model/memory/physical-memory.ts';
import { NO_CACHES } from '../../model/smmu/options.ts';
import { isCacheProbe, titleOf } from './case.ts';
import type { Case } from './case.ts';
import { freshness } from './freshness.ts';
import { judge, judgeAsQemu } from './judge.ts';
import type { Judgement, Verdict } from './judge.ts';
import { CaseMachine } from './machine.ts';
import type { Answer } from './run-case.ts';

/** How many answers have each verdict, and what there is to say about single ones. */
export class Tally {
  readonly verdicts: Record<Verdict, number> = { exact: 0, masked: 0, explained: 0, failure: 0 };
  /** Answers that repeat what QEMU is known to get wrong. */
  knownErrorsRepeated = 0;
  /** One line for each failure, and for each answer that more than the case itself explains. */
  readonly remarks: string[] = [];
  readonly #fresh: CaseMachine;
  readonly #profile: Profile;

  /** `profile`: whose answers these are. */
  constructor(memory: PhysicalMemory, profile: Profile) {
    this.#profile = profile;
    this.#fresh = new CaseMachine(memory, NO_DEVIATIONS, NO_CACHES);
  }

  /** Judges the answers to all transactions of a case. Leaves memory as it likes. */
  add(one: Case, answers: readonly Answer[]): void {
    if (this.#profile === 'qemu-11') return answers.forEach((answer, index) => this.#count(one, index, judgeAsQemu(one, index, answer)));
    const required = isCacheProbe(one) ? freshness(this.#fresh, one) : [];
    answers.forEach((answer, index) => this.#count(one, index, judge(one, index, answer, required[index] ?? null)));
  }

  #count(one: Case, index: number, { verdict, why, knownError }: Judgement): void {
    this.verdicts[verdict]++;
    if (knownError) this.knownErrorsRepeated++;
    if (why === null) return;
    const { sid, iova, op } = one.tx[index]!;
    this.remarks.push(`${verdict}: ${titleOf(one)}, transaction ${index} (${op} StreamID ${hex(sid)} IOVA ${hex(iova)}): ${why}`);
  }
}
