import type { Core } from '../core.ts';
import type { Outcome } from '../outcome.ts';
import type { EventQueue } from '../queues/event-queue.ts';
import { WRITTEN } from '../queues/event-queue.ts';
import { CAUSE } from '../../trace/record.ts';
import type { Recorder } from '../../trace/recorder.ts';
import { DUPLICATE, NO_STAG_FREE } from './held.ts';
import { RETRY, Stalled, TERMINATE_ABORT } from './stalled.ts';

/** STAG has 16 bits (IHI 0070 7.3.13). */
const STAGS = 0x1_0000;
/** In D1 of a record: bits [15:0] STAG, bit 31 Stall. */
const D1 = 2;
const STALL = 1 << 31;

/** What was decided about a stalled transaction and is yet to be done. */
interface Decision {
  readonly stalled: Stalled;
  readonly stag: number;
  readonly action: number;
  readonly cause: number;
}

/** What the stall model asks of the SMMU around it. */
export interface StallHost {
  readonly core: Core;
  readonly queue: EventQueue;
  /** IDR5.STALL_MAX: recorded stalls that may be outstanding. */
  readonly stallMax: number;
  /** Whether a stall like one that is recorded already goes without a record of its own (3.12.2.1). */
  readonly suppressesDuplicates: () => boolean;
  readonly recorder: () => Recorder | null;
  /** Puts the transaction through again from the first step, with the configuration of now. */
  retry(stalled: Stalled): Outcome;
}

/**
 * The stalled transactions (IHI 0070 3.12.2). Each waits until CMD_RESUME, CMD_STALL_TERM or SMMUEN = 0 decides about
 * it. A decision counts when the command is consumed; it is carried out when no transaction is under way. One that
 * could not be told of, as the event queue was not writable or STALL_MAX were outstanding, is retried when it can be:
 * so its record is never one of an old configuration (3.5.3), and is not lost.
 */
export class Stalls {
  private readonly host: StallHost;
  /** Oldest first. */
  private _entries: Stalled[] = [];
  private decisions: Decision[] = [];
  private readonly stags = new Set<number>();
  private nextStag = 0;
  private retried: Stalled | null = null;
  private settling = false;

  constructor(host: StallHost) {
    this.host = host;
  }

  /** What waits, oldest first. */
  entries(): readonly Stalled[] {
    return this._entries;
  }

  /**
   * The current transaction, which faulted, stalls: gives it a STAG, puts both into its event record and writes that.
   * True: there is a record, in the queue or to be written when there is room.
   */
  hold(record: Int32Array, made: ((record: Int32Array) => void) | null): boolean {
    const { core, queue, suppressesDuplicates } = this.host;
    const stalled = this.retried ?? new Stalled();
    stalled.take(core.txn);
    if (!this._entries.includes(stalled)) this._entries.push(stalled);
    this.retried = null;
    stalled.leader = suppressesDuplicates() ? this.#leaderOf(stalled) : null;
    if (stalled.leader !== null) stalled.held = DUPLICATE;
    else if (!this.#name(stalled)) stalled.held = NO_STAG_FREE;
    else {
      record[D1] = stalled.stag | STALL;
      made?.(record);
      stalled.held = queue.recordStall(record) as Stalled['held'];
    }
    this.host.recorder()?.stall(stalled.stag, stalled.held, stalled.leader?.transaction ?? 0);
    return stalled.leader === null && stalled.stag >= 0;
  }

  /** CMD_RESUME (4.7.1): `action` is RETRY or a way to terminate. A STAG that the stream does not have is no error. */
  resume(sid: number, stag: number, action: number): void {
    const stalled = this._entries.find((one) => one.stag === stag && one.sid === sid && one.held === WRITTEN);
    if (stalled === undefined) this.host.recorder()?.resume(0, sid, 0, stag, action, CAUSE.NOTHING);
    else this.#decide(stalled, action, CAUSE.RESUME);
  }

  /** CMD_STALL_TERM (4.7.2): everything that waits of a stream, told of or not. */
  terminate(sid: number): void {
    this.#abort((one) => one.sid === sid, CAUSE.STALL_TERM);
  }

  /** SMMUEN became 0 (6.3.9.6). */
  terminateAll(): void {
    this.#abort(() => true, CAUSE.DISABLED);
  }

  /** Calls `told` with the outcome of each retry of the stalled transaction, the last of which is its end. */
  follow(transaction: number, told: (outcome: Outcome) => void): void {
    // An interrupt handler may have decided already; it is carried out later.
    const all = [...this._entries, ...this.decisions.map(({ stalled }) => stalled)];
    const stalled = all.find((one) => one.transaction === transaction);
    if (stalled !== undefined) stalled.told = told;
  }

  /** Forgets what waits: nobody will decide about it. */
  clear(): void {
    this._entries = [];
    this.decisions = [];
    this.stags.clear();
    this.nextStag = 0;
  }

  /** Carries out what was decided, and tells of what could not be told of yet. Nothing while a transaction is under way. */
  settle(): void {
    if (this.settling || this.host.core.txn.inFlight) return;
    if (this.decisions.length === 0 && this._entries.length === 0) return;
    this.settling = true;
    while (this.#settleOne()) continue;
    this.settling = false;
  }

  #settleOne(): boolean {
    const decision = this.decisions.shift();
    if (decision !== undefined) {
      this.#carryOut(decision);
      return true;
    }
    const held = this._entries.find((one) => one.held !== WRITTEN && one.leader === null && (one.stag >= 0 || this.#stagFree));
    if (held === undefined || this.host.queue.obstacle() !== WRITTEN) return false;
    this.#name(held);
    this.#trace(held, held.stag, RETRY, CAUSE.ROOM);
    this.#again(held);
    return true;
  }

  #carryOut({ stalled, stag, action, cause }: Decision): void {
    this.#trace(stalled, stag, action, cause);
    if (action === RETRY) this.#again(stalled);
    else stalled.told?.(stalled.terminated(action));
  }

  /** A retry that stalls again goes on waiting; any other end is one. */
  #again(stalled: Stalled): void {
    this.retried = stalled;
    const outcome = this.host.retry(stalled);
    this.retried = null;
    if (outcome.status !== 'stalled') this.#remove(stalled);
    stalled.told?.(outcome);
  }

  #decide(stalled: Stalled, action: number, cause: number): void {
    const { stag } = stalled;
    this.#remove(stalled);
    this.decisions.push({ stalled, stag, action, cause });
    // 3.12.2.1: what went without a record is retried with the one that was recorded, however that ends.
    for (const one of this._entries.filter(({ leader }) => leader === stalled)) this.#decide(one, RETRY, CAUSE.DUPLICATE);
  }

  #abort(which: (stalled: Stalled) => boolean, cause: number): void {
    for (const one of this._entries.filter(which)) {
      const { stag } = one;
      this.#remove(one);
      this.decisions.push({ stalled: one, stag, action: TERMINATE_ABORT, cause });
    }
  }

  /** The STAG is free from here on. */
  #remove(stalled: Stalled): void {
    this._entries = this._entries.filter((one) => one !== stalled);
    this.stags.delete(stalled.stag);
    stalled.stag = -1;
    stalled.leader = null;
  }

  get #stagFree(): boolean {
    return this.stags.size < this.host.stallMax;
  }

  /** Gives it a STAG, unless it has one; false: STALL_MAX are in use. They go round, so that an old one rarely names a new stall. */
  #name(stalled: Stalled): boolean {
    if (stalled.stag >= 0) return true;
    if (!this.#stagFree) return false;
    while (this.stags.has(this.nextStag)) this.nextStag = (this.nextStag + 1) % STAGS;
    stalled.stag = this.nextStag;
    this.stags.add(stalled.stag);
    this.nextStag = (this.nextStag + 1) % STAGS;
    return true;
  }

  #leaderOf(stalled: Stalled): Stalled | null {
    return this._entries.find((one) => one !== stalled && one.leader === null && one.held === WRITTEN && one.resembles(stalled)) ?? null;
  }

  #trace(stalled: Stalled, stag: number, action: number, cause: number): void {
    this.host.recorder()?.resume(stalled.transaction, stalled.sid, stalled.ssidKey, stag, action, cause);
  }
}
