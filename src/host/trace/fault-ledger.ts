/**
 * What became of each event on its way up: the physical event queue, the queue between host and VMM, the guest's event queue, the guest's
 * handler. Each queue is first in, first out for a device, so counting what enters and leaves tells which event a hop is about.
 */
import { FAULT_STEP, HOPS } from '../../model/trace/hop.ts';
import { KIND, PAYLOAD, RECORD_WORDS } from '../../model/trace/record.ts';

const DROPPED = 1;
const HOST_DRIVER = HOPS.indexOf('host-driver');

/** Positions of the records that say what became of an event at each level; null: nothing yet. */
export interface FaultPlace {
  readonly middle: number | null;
  readonly guest: number | null;
  readonly handler: number | null;
}

interface Levels {
  middle: number | null;
  guest: number | null;
  handler: number | null;
}

/** The ledger as it stood behind some records. */
export interface LedgerMark {
  readonly records: number;
  readonly events: number;
  readonly physical: number;
  readonly taken: number;
  readonly queued: { readonly record: number; readonly dropped: boolean } | null;
  readonly toVmm: Queues;
  readonly toGuest: Queues;
}

type Queues = ReadonlyMap<number, readonly number[]>;

export class FaultLedger {
  readonly #events: Levels[] = [];
  /** Events in the physical queue, in order, from `#taken` on. */
  readonly #physical: number[] = [];
  #taken = 0;
  /** What the queue to the VMM said of the event that the host's driver works on. */
  #queued: { readonly record: number; readonly dropped: boolean } | null = null;
  #toVmm = new Map<number, number[]>();
  #toGuest = new Map<number, number[]>();

  /** `position` is that of the first of these records. */
  add(words: Int32Array, position: number): void {
    for (let at = 0, record = position; at < words.length; at += RECORD_WORDS, record++) {
      const kind = words[at]! & 0xff;
      const verdict = (words[at]! >>> 16) & 15;
      if (kind === KIND.EVENT) this.#event(verdict === 0);
      else if (kind === KIND.HOP && words[at + PAYLOAD + 6] !== 0) this.#hop(record, words, at + PAYLOAD, verdict === DROPPED);
    }
  }

  mark(records: number): LedgerMark {
    return { records, events: this.#events.length, physical: this.#physical.length, taken: this.#taken, queued: this.#queued, toVmm: copyOf(this.#toVmm), toGuest: copyOf(this.#toGuest) };
  }

  /** As it was at a mark, which stays good. */
  backTo({ records, events, physical, taken, queued, toVmm, toGuest }: LedgerMark): void {
    this.#events.length = events;
    for (const levels of this.#events) for (const level of ['middle', 'guest', 'handler'] as const) if ((levels[level] ?? 0) >= records) levels[level] = null;
    this.#physical.length = physical;
    this.#taken = taken;
    this.#queued = queued;
    this.#toVmm = copyOf(toVmm);
    this.#toGuest = copyOf(toGuest);
  }

  /** `event` counts from 0. */
  at(event: number): FaultPlace | undefined {
    return this.#events[event];
  }

  #event(written: boolean): void {
    if (written) this.#physical.push(this.#events.length);
    this.#events.push({ middle: null, guest: null, handler: null });
  }

  #hop(record: number, words: Int32Array, payload: number, dropped: boolean): void {
    const [hop, step, device] = [words[payload]!, words[payload + 6]!, words[payload + 7]!];
    if (step === FAULT_STEP.queued) this.#queued = { record, dropped };
    else if (step === FAULT_STEP.injected) this.#injected(record, device, dropped);
    else if (hop === HOST_DRIVER) this.#handledByHost(record, device);
    else this.#set(take(this.#toGuest, device), 'handler', record);
  }

  #handledByHost(record: number, device: number): void {
    const event = this.#physical[this.#taken++];
    const queued = this.#queued;
    this.#queued = null;
    this.#set(event, 'middle', queued?.record ?? record);
    if (event !== undefined && queued !== null && !queued.dropped) put(this.#toVmm, device, event);
  }

  #injected(record: number, device: number, dropped: boolean): void {
    const event = take(this.#toVmm, device);
    this.#set(event, 'guest', record);
    if (event !== undefined && !dropped) put(this.#toGuest, device, event);
  }

  #set(event: number | undefined, level: keyof Levels, record: number): void {
    const levels = event === undefined ? undefined : this.#events[event];
    if (levels !== undefined) levels[level] = record;
  }
}

const copyOf = (queues: Queues): Map<number, number[]> => new Map([...queues].map(([device, events]) => [device, [...events]]));

function put(queues: Map<number, number[]>, device: number, event: number): void {
  const queue = queues.get(device);
  if (queue === undefined) queues.set(device, [event]);
  else queue.push(event);
}

const take = (queues: Map<number, number[]>, device: number): number | undefined => queues.get(device)?.shift();
