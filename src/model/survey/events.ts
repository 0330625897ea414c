/** Event records, of the event queue or of a log, each beside what memory says now: the structure that caused it, and whether it would fault still. */
import { fromWords } from '../base/address.ts';
import { walkerOf } from '../lab/inspect/walk.ts';
import type { Outcome, Smmu, Transaction } from '../smmu/smmu.ts';
import { caseOf, decode, EVENTS, fieldOf } from '../spec/index.ts';
import type { FieldValue } from '../spec/index.ts';
import { PURPOSE } from '../trace/record.ts';
import type { TraceRecord } from '../trace/record.ts';
import { queueOf } from './structures.ts';

/** A structure that decides. */
export interface Cause {
  readonly pa: bigint;
  /** `STE`, `CD`, `L1STD`, `L1CD`, `stage 1 level 3 descriptor`. */
  readonly what: string;
}

/** An event record beside the structures that caused it. */
export interface EventBeside {
  readonly words: Uint32Array;
  /** Such as `F_TRANSLATION`; null: no event of the architecture. */
  readonly name: string | null;
  /** The access that it tells of; null: it tells of none. One without an address is asked about at IOVA 0: only its configuration counts. */
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

/** One that lies in the event queue. */
export interface SurveyedEvent extends EventBeside {
  readonly slot: number;
  /** Software has not taken it yet. */
  readonly pending: boolean;
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
  const { kind, stage, level, address, purpose } = read;
  const table = purpose === PURPOSE.STE ? 'STE' : 'CD';
  if (kind === 'READ_STRUCT') return { pa: address - (address % STRUCTURE), what: table };
  return { pa: address, what: stage === 0 ? (purpose === PURPOSE.STE ? 'L1STD' : 'L1CD') : `stage ${stage} level ${level} descriptor` };
}

/** The access came as far as an address, past STE and CD. */
const tellsAddress = ({ fault }: Outcome): boolean => fault !== undefined && fieldOf(EVENTS.byName.get(fault.name)!, 'InputAddr') !== undefined;

/** Puts event records, wherever they were found, beside memory as it is: each access is walked anew, without caches or effects. */
export function besideMemory(smmu: Smmu): (words: Uint32Array) => EventBeside {
  const walk = walkerOf({ smmu, memory: smmu.memory });
  return (words) => {
    const record = caseOf(EVENTS, words, 0);
    if (record === null) return { words, name: null, access: null, hasAddress: false, now: null };
    const values = decode(record, words, 0);
    if (values['StreamID'] === undefined) return { words, name: record.id, access: null, hasAddress: false, now: null };
    const access = accessOf(values);
    const { outcome, records } = walk(access);
    const hasAddress = values['InputAddr'] !== undefined;
    const counted = hasAddress || !tellsAddress(outcome) ? records : records.filter(({ kind }) => kind === 'READ_STRUCT');
    const verdict = outcome.fault === undefined || counted !== records ? 'none' : outcome.fault.name === record.id ? 'same' : 'other';
    return { words, name: record.id, access, hasAddress, now: { verdict, outcome, cause: causeOf(counted) } };
  };
}

/** Records before PROD, newest first, as far as there are any: those that software took still lie there until the queue comes round. */
export function surveyEvents(smmu: Smmu, most: number): SurveyedEvent[] {
  const eventq = queueOf('EVENTQ', { registers: smmu.registers.image, features: smmu.features, memory: smmu.memory });
  const size = 2 ** eventq.log2Size;
  const waiting = eventq.consistent ? eventq.occupancy : 0;
  const beside = besideMemory(smmu);
  const found: SurveyedEvent[] = [];
  for (let back = 1; back <= size && found.length < most; back++) {
    const slot = (eventq.prod + size * 2 - back) % size;
    const bytes = smmu.memory.readBytes(fromWords(eventq.baseHi, eventq.slotLo(slot)), WORDS * 4);
    if (bytes === null || bytes.every((byte) => byte === 0)) break;
    found.push({ slot, pending: back <= waiting, ...beside(new Uint32Array(Uint8Array.from(bytes).buffer)) });
  }
  return found;
}
