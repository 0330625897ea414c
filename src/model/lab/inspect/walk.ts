/**
 * What memory says of an access, without any cache: a second SMMU with the same registers walks, so that nothing of the first
 * one moves. Its queues are off; a flag that it updated in a descriptor is put back.
 */
import { fromWords, hex } from '../../base/address.ts';
import { NO_CACHES } from '../../smmu/options.ts';
import { Smmu } from '../../smmu/smmu.ts';
import type { Outcome, Transaction } from '../../smmu/smmu.ts';
import { REGISTERS } from '../../spec/index.ts';
import { decodeRecord, payload64, RECORD_WORDS } from '../../trace/record.ts';
import type { TraceRecord } from '../../trace/record.ts';
import { Recorder } from '../../trace/recorder.ts';
import { TraceBuffer } from '../../trace/sink.ts';
import { stepOf } from '../../trace/steps.ts';
import type { WalkInput } from '../access-data.ts';
import type { Detail } from '../verbs/verb.ts';
import { rows } from './view.ts';
import type { Shown, View } from './view.ts';

/** What decides a translation; CR0 with SMMUEN alone. */
const DECIDING = ['CR1', 'CR2', 'GBPA', 'STRTAB_BASE', 'STRTAB_BASE_CFG'] as const;
const SMMUEN = 1;

function twinOf({ smmu, memory }: Pick<View, 'smmu' | 'memory'>): Smmu {
  const { features, core } = smmu;
  const twin = new Smmu({ id: features.id, memory, caches: NO_CACHES, choices: core.choices, deviates: core.deviates });
  for (const name of DECIDING) {
    const { offset, bits } = REGISTERS.get(name)!;
    if (bits === 64) twin.write64(offset, fromWords(smmu.registers.peek(offset + 4), smmu.registers.peek(offset)));
    else twin.write32(offset, name === 'GBPA' ? smmu.registers.peek(offset) | UPDATE : smmu.registers.peek(offset));
  }
  const cr0 = REGISTERS.get('CR0')!.offset;
  twin.write32(cr0, smmu.registers.peek(cr0) & SMMUEN);
  return twin;
}

/** GBPA.Update: the write takes effect (6.3.14). */
const UPDATE = 1 << 31;

interface Walked {
  readonly outcome: Outcome;
  readonly records: readonly TraceRecord[];
  /** The same as words. */
  readonly words: Int32Array;
}

/** Walks one access after the other, as long as the registers stay as they are. */
export function walkerOf(view: Pick<View, 'smmu' | 'memory'>): (transaction: Transaction) => Walked {
  const { memory } = view;
  const twin = twinOf(view);
  return (transaction) => {
    const { observer } = memory;
    memory.observer = null;
    const buffer = new TraceBuffer();
    twin.setRecorder(new Recorder(buffer));
    const outcome = twin.translate(transaction);
    // Nobody resumes what stalls: the next access is no part of it.
    twin.stalls.clear();
    const taken = buffer.taken();
    const records = Array.from({ length: buffer.count }, (_, at) => decodeRecord(taken, at * RECORD_WORDS));
    for (const record of [...records].reverse()) if (record.kind === 'UPDATE') memory.write64(record.address, payload64(record, 0));
    memory.observer = observer;
    return { outcome, records, words: taken };
  };
}

export const walk = (view: Pick<View, 'smmu' | 'memory'>, transaction: Transaction): Walked => walkerOf(view)(transaction);

export function inspectWalk(view: View, { device, iova, access, privileged, ssid }: WalkInput): Shown {
  const { sid } = view.stream(device);
  const { outcome, records } = walk(view, { sid, iova, access, privileged, ...(ssid === null ? {} : { ssid }) });
  const who = privileged ? `${access}, privileged,` : access;
  const details = records.map(stepOf).map(({ kind, text, rule, section }): Detail => ({ name: kind, value: rule === null ? text : `${text} [${rule}, IHI 0070 ${section ?? ''}]` }));
  const result = outcome.pa === undefined ? (outcome.fault?.name ?? outcome.status) : `PA ${hex(outcome.pa)}`;
  const fields: Record<string, bigint> = { reads: BigInt(outcome.reads) };
  if (outcome.pa !== undefined) fields['pa'] = outcome.pa;
  if (outcome.pageSize !== undefined) fields['pageSize'] = outcome.pageSize;
  return { text: `what memory says of ${who} ${hex(iova)} by ${device}: ${outcome.status}, ${result}`, details: rows(details), fields };
}
