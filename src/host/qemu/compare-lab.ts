/** A lab on a live QEMU and on the model: what each access came to, and why where they part. */
import type { LabCase } from '../../formats/qemu-cases/case-of-lab.ts';
import { otherIds } from '../../formats/qemu-cases/case-of-lab.ts';
import { ModelAnswers } from '../../formats/qemu-cases/difference.ts';
import type { Judged } from '../../formats/qemu-cases/difference.ts';
import { CASE_RAM } from '../../formats/qemu-cases/case.ts';
import type { AskedCase } from '../../formats/qemu-cases/case.ts';
import type { Answer } from '../../formats/qemu-cases/run-case.ts';
import { asWrites, writersOf } from '../../formats/qemu-cases/test-device.ts';
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { PhysicalMemory } from '../../model/memory/physical-memory.ts';
import type { LiveDevice } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { ReadOptions } from '../trace/record-source.ts';
import type { QemuExecutable } from './executable.ts';
import { LiveMachine } from './live-machine.ts';
import type { WantedMachine } from './live-machine.ts';
import { QemuGone } from './process.ts';

export interface LiveTransaction extends Judged {
  /** The step, from 0, and what it said. */
  readonly step: number;
  readonly text: string;
  readonly asked: AskedCase['tx'][number];
  readonly live: Answer;
}

export interface LiveComparison {
  readonly qemu: string;
  readonly transactions: readonly LiveTransaction[];
  /** Steps of which a DMA could not be tried, from 0, and why. */
  readonly untried: LabCase['untried'];
}

/** Puts QEMU's answers beside those of the model, wherever that runs. */
export type Judge = (made: LabCase, live: readonly Answer[]) => Promise<readonly Judged[]>;

export const machineOf = ({ one, ramBytes }: LabCase, device: LiveDevice): WantedMachine => ({ sids: [...new Set(one.tx.map(({ sid }) => sid))], testDevices: device === 'edu' ? [] : writersOf(one), ramBytes });

export const hasDevice = (executable: QemuExecutable, device: LiveDevice): Result<QemuExecutable> =>
  device === 'edu' || executable.hasTestDevice ? ok(executable) : fail('no-test-device', `QEMU ${executable.version} has no iommu-testdev: expected one of 11.1 or newer`, { file: executable.path });

/** The case with that device; the error says why it cannot be compared. */
export function caseFor(executable: QemuExecutable, made: LabCase, device: LiveDevice): Result<LabCase> {
  if (made.one.tx.length === 0) return fail('nothing-to-compare', 'the lab has no DMA that a device of QEMU can do');
  const has = hasDevice(executable, device);
  if (!has.ok) return has;
  return ok(device === 'edu' ? made : { ...made, one: asWrites(made.one, writersOf(made.one)) });
}

/** Starts the QEMU, drives it through the lab and ends it. An aborted `signal` ends it at once: throws an RpcError, `cancelled`. */
export async function compareWithLive(executable: QemuExecutable, given: LabCase, judge: Judge, device: LiveDevice, options: ReadOptions = {}): Promise<Result<LiveComparison>> {
  const made = caseFor(executable, given, device);
  if (!made.ok) return made;
  const answered = await answersOf(executable, made.value, device, options);
  if (!answered.ok) return answered;
  const judged = await judge(made.value, answered.value);
  const { one, steps, untried } = made.value;
  return ok({ qemu: executable.version, untried, transactions: answered.value.map((live, index) => ({ ...judged[index]!, step: steps[index]!.index, text: steps[index]!.text, asked: one.tx[index]!, live })) });
}

async function answersOf(executable: QemuExecutable, made: LabCase, device: LiveDevice, { signal, progress }: ReadOptions): Promise<Result<Answer[]>> {
  const { one } = made;
  const live: Answer[] = [];
  let machine: LiveMachine | null = null;
  try {
    const started = await LiveMachine.start(executable, machineOf(made, device), signal);
    if (!started.ok) return signal?.aborted === true ? cancelled(live, one) : started;
    machine = started.value;
    const [other] = otherIds(machine.id);
    if (other !== undefined) return fail('other-qemu', `${other} of this QEMU is 0x${machine.id[other].toString(16)}, which is not that of QEMU 9.2 to 11 with both stages`, { file: executable.path });
    await machine.act(one.setup);
    for (const tx of one.tx) {
      await machine.act(tx.pre);
      live.push(await machine.transact(tx));
      progress?.(live.length, one.tx.length);
    }
    return ok(live);
  } catch (error) {
    if (signal?.aborted === true) return cancelled(live, one);
    if (error instanceof QemuGone) return fail('qemu-died', `${error.message}, after ${live.length} of ${one.tx.length} transactions`, { file: executable.path });
    throw error;
  } finally {
    await machine?.end();
  }
}

function cancelled(live: readonly Answer[], { tx }: AskedCase): never {
  throw new RpcError({ code: RPC_CODES.cancelled, message: `the comparison with QEMU was cancelled after ${live.length} of ${tx.length} transactions` });
}

/** The judge of this thread; others of it are answered between the runs of the model. */
export const judgeHere: Judge = async ({ one, ramBytes }, live) => {
  const memory = new PhysicalMemory([{ base: CASE_RAM.base, size: ramBytes }]);
  try {
    const judging = new ModelAnswers(memory).judging(one, live);
    for (let next = judging.next(); ; next = judging.next()) {
      if (next.done === true) return next.value;
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    memory.release();
  }
};
