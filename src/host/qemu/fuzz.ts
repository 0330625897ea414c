/** Random machines on a live QEMU and on the model, one after the other; what differs is made as small as it gets. */
import type { AskedCase } from '../../formats/qemu-cases/case.ts';
import { sameAnswer } from '../../formats/qemu-cases/difference.ts';
import type { Judged, ModelAnswers } from '../../formats/qemu-cases/difference.ts';
import { minimise } from '../../formats/qemu-cases/minimise.ts';
import { randomCase } from '../../formats/qemu-cases/random/random-case.ts';
import { SIDS } from '../../formats/qemu-cases/random/random-machine.ts';
import type { Answer } from '../../formats/qemu-cases/run-case.ts';
import type { Result } from '../../model/base/result.ts';
import type { QemuExecutable } from './executable.ts';
import { LiveMachine } from './live-machine.ts';

export interface Fuzzed {
  readonly one: AskedCase;
  readonly live: readonly Answer[];
  readonly judged: readonly Judged[];
  /** The smallest part that still differs without a reason, and QEMU's answers to it; null where nothing does. */
  readonly smallest: { readonly one: AskedCase; readonly live: readonly Answer[] } | null;
  /** What QEMU said as it died of the case; null: it lives. */
  readonly died: string | null;
}

/** The machine that random cases need, for any number of them. */
export const startForCases = (executable: QemuExecutable): Promise<Result<LiveMachine>> => LiveMachine.start(executable, Object.values(SIDS));

/** The cases of `count` seeds from `seed` on. A QEMU that dies is started again for the next. */
export async function* fuzz(executable: QemuExecutable, model: ModelAnswers, seed: number, count: number, signal: AbortSignal): AsyncGenerator<Fuzzed, void, void> {
  let live: LiveMachine | null = null;
  try {
    for (let next = seed; next < seed + count && !signal.aborted; next++) {
      if (live === null) {
        const started = await startForCases(executable);
        if (!started.ok) throw new Error(started.error.message);
        live = started.value;
      }
      const fuzzed = await fuzzOne(live, model, randomCase(next));
      if (fuzzed.died !== null) {
        await live.end();
        live = null;
      }
      yield fuzzed;
    }
  } finally {
    await live?.end();
  }
}

async function fuzzOne(machine: LiveMachine, model: ModelAnswers, one: AskedCase): Promise<Fuzzed> {
  try {
    const live = await machine.run(one);
    const judged = model.judge(one, live);
    const smallest = judged.some(({ verdict }) => verdict === 'finding') ? await smallestOf(machine, model, one) : null;
    return { one, live, judged, smallest, died: null };
  } catch (error) {
    return { one, live: [], judged: [], smallest: null, died: error instanceof Error ? error.message : String(error) };
  }
}

async function smallestOf(machine: LiveMachine, model: ModelAnswers, one: AskedCase): Promise<NonNullable<Fuzzed['smallest']>> {
  const smallest = await minimise(one, async (candidate) => {
    const live = await machine.run(candidate);
    const mine = model.asQemu(candidate);
    return live.some((answer, index) => !sameAnswer(answer, mine[index]!));
  });
  return { one: smallest, live: await machine.run(smallest) };
}
