/** A lab on a live QEMU and on the model: what each access came to, and why where they part. */
import { caseOfLab, otherIds } from '../../formats/qemu-cases/case-of-lab.ts';
import { ModelAnswers } from '../../formats/qemu-cases/difference.ts';
import type { Judged } from '../../formats/qemu-cases/difference.ts';
import { CASE_RAM } from '../../formats/qemu-cases/case.ts';
import type { Answer } from '../../formats/qemu-cases/run-case.ts';
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import type { LabData } from '../../model/lab/index.ts';
import { PhysicalMemory } from '../../model/memory/physical-memory.ts';
import type { QemuExecutable } from './executable.ts';
import { LiveMachine } from './live-machine.ts';

export interface LiveTransaction extends Judged {
  /** The step, from 0, and what it said. */
  readonly step: number;
  readonly text: string;
  readonly live: Answer;
}

export interface LiveComparison {
  readonly qemu: string;
  readonly transactions: readonly LiveTransaction[];
  /** Steps of which a DMA could not be tried, from 0, and why. */
  readonly untried: readonly { readonly index: number; readonly why: string }[];
}

/** `progress` hears of transactions that are done; an aborted `signal` rejects with its reason once QEMU is gone. */
export interface LiveOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

/** Starts the QEMU, drives it through the lab and ends it. The error says what of the lab no QEMU can have. */
export async function compareLabWithQemu(executable: QemuExecutable, lab: LabData, { signal, progress }: LiveOptions = {}): Promise<Result<LiveComparison>> {
  const made = caseOfLab(lab);
  if (!made.ok) return made;
  const { one, steps, untried, ramBytes } = made.value;
  if (one.tx.length === 0) return fail('nothing-to-compare', 'the lab has no DMA that a device of QEMU can do');
  const started = await LiveMachine.start(executable, [...new Set(one.tx.map(({ sid }) => sid))], ramBytes);
  if (!started.ok) return started;
  const machine = started.value;
  const memory = new PhysicalMemory([{ base: CASE_RAM.base, size: ramBytes }]);
  try {
    const [other] = otherIds(machine.id);
    if (other !== undefined) return fail('other-qemu', `${other} of this QEMU is 0x${machine.id[other].toString(16)}, which is not that of QEMU 9.2 to 11 with both stages`, { file: executable.path });
    const live: Answer[] = [];
    await machine.act(one.setup);
    for (const tx of one.tx) {
      signal?.throwIfAborted();
      await machine.act(tx.pre);
      live.push(await machine.transact(tx));
      progress?.(live.length, one.tx.length);
    }
    const judged = new ModelAnswers(memory).judge(one, live);
    return ok({ qemu: executable.version, untried, transactions: live.map((answer, index) => ({ ...judged[index]!, step: steps[index]!.index, text: steps[index]!.text, live: answer })) });
  } finally {
    memory.release();
    await machine.end();
  }
}
