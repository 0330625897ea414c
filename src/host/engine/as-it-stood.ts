/** A capture is asked what an access would do, and stays as it stood: queues, registers and flags of descriptors with it. */
import { fromWords } from '../../model/base/address.ts';
import type { CaptureMachine } from '../../formats/capture/machine.ts';
import { walk } from '../../model/lab/inspect/walk.ts';
import type { Outcome, Transaction } from '../../model/smmu/smmu.ts';
import { payload64 } from '../../model/trace/record.ts';

const EVENT_BYTES = 32;

/** Translates, then puts back the slot of the event queue, the registers, and what hardware updated; nobody resumes what stalls. */
export function translateAsItStood({ smmu, memory }: CaptureMachine, request: Transaction): Outcome {
  const { eventq } = smmu.registers;
  const slot = fromWords(eventq.baseHi, eventq.slotLo(eventq.prod));
  const record = memory.readBytes(slot, EVENT_BYTES);
  const registers = Int32Array.from(smmu.registers.image);
  const updates = walk({ smmu, memory }, request).records.filter(({ kind }) => kind === 'UPDATE');
  const outcome = smmu.translate(request);
  smmu.stalls.clear();
  smmu.registers.restore(registers);
  const { observer } = memory;
  memory.observer = null;
  if (record !== null) memory.writeBytes(slot, record);
  for (const update of [...updates].reverse()) memory.write64(update.address, payload64(update, 0));
  memory.observer = observer;
  return outcome;
}
