/** Event records that lie in the event queue, each beside what memory says now: the structure that caused it, and whether it would fault still. */
import { fromWords } from '../base/address.ts';
import { walkerOf } from '../lab/inspect/walk.ts';
import type { Outcome, Smmu, Transaction } from '../smmu/smmu.ts';
import { caseOf, decode, EVENTS } from '../spec/index.ts';
import type { FieldValue } from '../spec/index.ts';
import type { TraceRecord } from '../trace/record.ts';
import { queueOf } from './structures.ts';

/** A structure that decides: its PA; of a descriptor its level and stage. */
export interface Cause {
  readonly pa: bigint;
  /** null: an STE or a CD. */
  readonly level: number | null;
  readonly stage: number;
}

export interface SurveyedEvent {
  readonly slot: number;
  /** Software has not taken it yet. */
  readonly pending: boolean;
  readonly words: Uint32Array;
  /** Such as `F_TRANSLATION`; null: no event of the architecture. */
  readonly name: string | null;
  /** The access that it tells of; null: it tells of none. One without an address is asked about at IOVA 0. */
  readonly access: Transaction | null;
  readonly hasAddress: boolean;
  /** What the access does with memory as it is; null: there is none to ask about. */
  readonly now: {
    /** `same`: the same event; `other`: another one; `none`: no fault. */
    readonly verdict: 'same' | 'other' | 'none';
    readonly outcome: Outcome;
    readonly cause: Cause | null;
  } | null;
}

const WORDS = 8;

function accessOf(values: Readonly<Record<string, FieldValue>>): Transaction {
  const is = (name: string): boolean => values[name] === true || values[name] === 1n || values[name] === 1;
  const read = values['RnW'] === undefined || is('RnW');
  return {
    sid: Number(values['StreamID'] ?? 0),
    iova: BigInt(values['InputAddr'] ?? 0),
    access: is('InD') ? 'execute' : read ? 'read' : 'write',
    privileged: is('PnU'),
    ...(is('SSV') ? { ssid: Number(values['SubstreamID'] ?? 0) } : {}),
  };
}

/** STEs and CDs are read in halves. */
const STRUCTURE = 64n;

/** The structure that the walk ended with. */
export function causeOf(records: readonly TraceRecord[]): Cause | null {
  const read = [...records].reverse().find(({ kind }) => kind === 'READ' || kind === 'READ_STRUCT');
  if (read === undefined) return null;
  return read.kind === 'READ' ? { pa: read.address, level: read.level, stage: read.stage } : { pa: read.address - (read.address % STRUCTURE), level: null, stage: read.stage };
}

/** An access walked anew, without caches or effects, beside the event that told of it. */
function askAgain(walk: ReturnType<typeof walkerOf>, words: Uint32Array): Pick<SurveyedEvent, 'name' | 'access' | 'hasAddress' | 'now'> {
  const record = caseOf(EVENTS, words, 0);
  if (record === null) return { name: null, access: null, hasAddress: false, now: null };
  const values = decode(record, words, 0);
  if (values['StreamID'] === undefined) return { name: record.id, access: null, hasAddress: false, now: null };
  const access = accessOf(values);
  const { outcome, records } = walk(access);
  const verdict = outcome.fault === undefined ? 'none' : outcome.fault.name === record.id ? 'same' : 'other';
  return { name: record.id, access, hasAddress: values['InputAddr'] !== undefined, now: { verdict, outcome, cause: causeOf(records) } };
}

/** Records before PROD, newest first, as far as there are any: those that software took still lie there until the queue comes round. `registers`: as they were when it was looked at. */
export function surveyEvents(smmu: Smmu, most: number, registers: Int32Array = smmu.registers.image): SurveyedEvent[] {
  const eventq = queueOf('EVENTQ', { registers, features: smmu.features, memory: smmu.memory });
  const size = 2 ** eventq.log2Size;
  const waiting = eventq.consistent ? eventq.occupancy : 0;
  const walk = walkerOf({ smmu, memory: smmu.memory });
  const found: SurveyedEvent[] = [];
  for (let back = 1; back <= size && found.length < most; back++) {
    const slot = (eventq.prod + size * 2 - back) % size;
    const bytes = smmu.memory.readBytes(fromWords(eventq.baseHi, eventq.slotLo(slot)), WORDS * 4);
    if (bytes === null || bytes.every((byte) => byte === 0)) break;
    const words = new Uint32Array(Uint8Array.from(bytes).buffer);
    found.push({ slot, pending: back <= waiting, words, ...askAgain(walk, words) });
  }
  return found;
}
