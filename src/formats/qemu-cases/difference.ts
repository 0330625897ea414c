/** Answers of a QEMU put beside those of the model: equal, explained by a named deviation, or a finding. */
import { hexBytes } from '../../model/base/address.ts';
import type { PhysicalMemory } from '../../model/memory/physical-memory.ts';
import { QEMU_CACHES } from '../../model/smmu/options.ts';
import { DEVIATIONS, deviationsOf, NO_DEVIATIONS, QEMU_11_DEVIATIONS } from '../../model/spec/index.ts';
import type { DeviationId, Deviations } from '../../model/spec/index.ts';
import { CASE_RAM } from './case.ts';
import type { AskedCase } from './case.ts';
import { CaseMachine } from './machine.ts';
import { runCase } from './run-case.ts';
import type { Answer } from './run-case.ts';

export type Verdict = 'equal' | 'explained' | 'finding';

export interface Judged {
  readonly verdict: Verdict;
  /** Deviations each of which alone changes the architecture's answer, or without each of which QEMU's would be another. */
  readonly because: readonly DeviationId[];
  /** What the architecture wants, on an SMMU with QEMU's ID registers. */
  readonly here: Answer;
}

const ALL = DEVIATIONS.map(({ id }) => id);

/** Where the machine has RAM, if anything: PCI is below and above. */
const RAM_END = 1n << 38n;
const isRam = (pa: bigint | null): boolean => pa !== null && pa >= CASE_RAM.base && pa < RAM_END;
const dataOf = ({ data, pa }: Answer): string => (data === null || !isRam(pa) ? '' : hexBytes(data));

/** Status, address and event records, and what a read gave where there is memory: elsewhere each machine has its own. */
export const sameAnswer = (a: Answer, b: Answer): boolean =>
  a.status === b.status && a.pa === b.pa && a.events.join() === b.events.join() && dataOf(a) === dataOf(b);

/** Runs cases on the model with whatever deviations; one memory serves all runs. `release` it when done. */
export class ModelAnswers {
  readonly #memory: PhysicalMemory;

  constructor(memory: PhysicalMemory) {
    this.#memory = memory;
  }

  /** As QEMU 11's profile answers. */
  asQemu(one: AskedCase): Answer[] {
    return this.#run(one, QEMU_11_DEVIATIONS);
  }

  /** As the architecture wants it. */
  plain(one: AskedCase): Answer[] {
    return this.#run(one, NO_DEVIATIONS);
  }

  /** The verdict on each transaction of a case that a QEMU has answered. */
  judge(one: AskedCase, live: readonly Answer[]): Judged[] {
    const judging = this.judging(one, live);
    for (let next = judging.next(); ; next = judging.next()) if (next.done === true) return next.value;
  }

  /** The same, with a rest after each run of the case. */
  *judging(one: AskedCase, live: readonly Answer[]): Generator<void, Judged[], void> {
    const qemu = this.asQemu(one);
    yield;
    const plain = this.plain(one);
    yield;
    const parted = live.flatMap((answer, index) => (sameAnswer(answer, qemu[index]!) && !sameAnswer(answer, plain[index]!) ? [index] : []));
    const reasons = yield* this.#reasons(one, parted, plain, qemu);
    return live.map((answer, index) => {
      const here = plain[index]!;
      if (!sameAnswer(answer, qemu[index]!)) return { verdict: 'finding', because: [], here };
      return { verdict: sameAnswer(answer, here) ? 'equal' : 'explained', because: reasons.get(index) ?? [], here };
    });
  }

  *#reasons(one: AskedCase, parted: readonly number[], plain: readonly Answer[], qemu: readonly Answer[]): Generator<void, Map<number, DeviationId[]>, void> {
    const reasons = new Map(parted.map((index): [number, DeviationId[]] => [index, []]));
    if (parted.length === 0) return reasons;
    for (const id of ALL) {
      const alone = this.#run(one, deviationsOf([id]));
      for (const index of parted) if (!sameAnswer(alone[index]!, plain[index]!)) reasons.get(index)!.push(id);
      yield;
    }
    const unknown = parted.filter((index) => reasons.get(index)!.length === 0);
    for (const id of unknown.length === 0 ? [] : ALL) {
      const without = this.#run(one, deviationsOf(ALL.filter((other) => other !== id)));
      for (const index of unknown) if (!sameAnswer(without[index]!, qemu[index]!)) reasons.get(index)!.push(id);
      yield;
    }
    return reasons;
  }

  #run(one: AskedCase, deviates: Deviations): Answer[] {
    return runCase(new CaseMachine(this.#memory, deviates, QEMU_CACHES), one);
  }
}
