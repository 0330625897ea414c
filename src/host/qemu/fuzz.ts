/** Random machines on a live QEMU and on the model, one after the other; what differs is made as small as it gets. */
import type { AskedCase } from '../../formats/qemu-cases/case.ts';
import { sameAnswer } from '../../formats/qemu-cases/difference.ts';
import type { Judged, ModelAnswers } from '../../formats/qemu-cases/difference.ts';
import { minimise } from '../../formats/qemu-cases/minimise.ts';
import { randomCase } from '../../formats/qemu-cases/random/random-case.ts';
import { SIDS } from '../../formats/qemu-cases/random/random-machine.ts';
import type { Answer } from '../../formats/qemu-cases/run-case.ts';
import { asWrites } from '../../formats/qemu-cases/test-device.ts';
import type { LiveDevice } from '../../protocol/contract.ts';
import type { QemuExecutable } from './executable.ts';
import { LiveMachine } from './live-machine.ts';
import { QemuGone } from './process.ts';

export interface Fuzzed {
  readonly one: AskedCase;
  readonly live: readonly Answer[];
  readonly judged: readonly Judged[];
  /** The smallest part that still differs without a reason, and QEMU's answers to it; null where nothing does. */
  readonly smallest: { readonly one: AskedCase; readonly live: readonly Answer[] } | null;
  /** What QEMU said as it died of the case; null: it lives. */
  readonly died: string | null;
}

export interface Wanted {
  /** Of the first case. */
  readonly seed: number;
  readonly count: number;
  /** `iommu-testdev`: every access is a write of its pattern. */
  readonly device: LiveDevice;
}

const EVERY_SID = Object.values(SIDS);

/** The cases of `count` seeds from `seed` on. A QEMU that dies is started again for the next; an aborted `signal` ends it at once, and the cases with it. */
export async function* fuzz(executable: QemuExecutable, model: ModelAnswers, { seed, count, device }: Wanted, signal: AbortSignal): AsyncGenerator<Fuzzed, void, void> {
  let live: LiveMachine | null = null;
  try {
    for (let next = seed; next < seed + count; next++) {
      live ??= await startForCases(executable, device, signal);
      const fuzzed = live === null ? null : await fuzzOne(live, model, device === 'edu' ? randomCase(next) : asWrites(randomCase(next), EVERY_SID), signal);
      if (fuzzed === null) return;
      if (fuzzed.died !== null) {
        await live?.end();
        live = null;
      }
      yield fuzzed;
    }
  } finally {
    await live?.end();
  }
}

/** The machine that random cases need, for any number of them; null: it was cancelled. */
async function startForCases(executable: QemuExecutable, device: LiveDevice, signal: AbortSignal): Promise<LiveMachine | null> {
  const started = await LiveMachine.start(executable, { sids: EVERY_SID, testDevices: device === 'edu' ? [] : EVERY_SID }, signal);
  if (started.ok) return started.value;
  if (signal.aborted) return null;
  throw new Error(started.error.message);
}

/** Null: it was cancelled before there was an answer. */
async function fuzzOne(machine: LiveMachine, model: ModelAnswers, one: AskedCase, signal: AbortSignal): Promise<Fuzzed | null> {
  try {
    const live = await machine.run(one);
    const judged = model.judge(one, live);
    const smallest = judged.some(({ verdict }) => verdict === 'finding') ? await smallestOf(machine, model, { one, live }) : null;
    return { one, live, judged, smallest, died: null };
  } catch (error) {
    return signal.aborted ? null : { one, live: [], judged: [], smallest: null, died: error instanceof Error ? error.message : String(error) };
  }
}

/** What is smallest by the time that QEMU ends, if it does. */
async function smallestOf(machine: LiveMachine, model: ModelAnswers, found: NonNullable<Fuzzed['smallest']>): Promise<NonNullable<Fuzzed['smallest']>> {
  let smallest = found;
  const shows = async (candidate: AskedCase): Promise<boolean> => {
    const live = await machine.run(candidate);
    const mine = model.asQemu(candidate);
    const differs = live.some((answer, index) => !sameAnswer(answer, mine[index]!));
    if (differs) smallest = { one: candidate, live };
    return differs;
  };
  await minimise(found.one, shows).catch((error: unknown) => {
    if (!(error instanceof QemuGone)) throw error;
  });
  return smallest;
}
