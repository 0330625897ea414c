/** A transaction that faulted and waits for software (IHI 0070 3.12.2): what arrived, and why it waits. */
import { EVENTS } from '../../spec/events.ts';
import { ruleOf } from '../../spec/rules/registry.ts';
import { WRITTEN } from '../queues/event-queue.ts';
import type { Outcome } from '../outcome.ts';
import type { Txn } from '../txn.ts';
import type { HELD_NAMES } from './held.ts';

/** What becomes of a stalled transaction: CMD_RESUME with Ac, Ab, or neither. */
export const RETRY = 0;
export const TERMINATE_ABORT = 1;
export const TERMINATE_RAZ_WI = 2;

const NO_STAG = -1;

/** One object a stalled transaction, through every retry, until it ends. */
export class Stalled {
  /** Number of the transaction that stalled last: a retry is a new transaction. */
  transaction = 0;
  sid = 0;
  /** As Txn.ssidKey and Txn.arrived: the retry starts from what the device sent. */
  ssidKey = 0;
  arrived = 0;
  inHi = 0;
  inLo = 0;
  bytes = 0;
  /** PnU, InD and RnW of its event record, as Txn.arrived. */
  reported = 0;
  event = 0;
  rule = 0;
  faultStage = 0;
  /** -1: none, as too many are outstanding. */
  stag = NO_STAG;
  /** WRITTEN once its event record is in the queue, else why not. */
  held: keyof typeof HELD_NAMES = WRITTEN;
  /** The stalled transaction whose record tells of this one. */
  leader: Stalled | null = null;
  /** Called with the outcome of each retry, and of its end. */
  told: ((outcome: Outcome) => void) | null = null;

  /** Takes over what `txn`, which just faulted, is. */
  take(txn: Txn): void {
    this.transaction = txn.number;
    this.sid = txn.sid;
    this.ssidKey = txn.ssidKey;
    this.arrived = txn.arrived;
    this.inHi = txn.inHi;
    this.inLo = txn.inLo;
    this.bytes = txn.bytes;
    this.reported = txn.rnw | (txn.ind << 1) | (txn.pnu << 2);
    this.event = txn.event;
    this.rule = txn.rule;
    this.faultStage = txn.faultStage;
  }

  /** 3.12.2.1: same stream, substream, page and kind of access. */
  resembles(other: Stalled): boolean {
    const alike = this.sid === other.sid && this.ssidKey === other.ssidKey && this.reported === other.reported;
    return alike && this.inHi === other.inHi && this.inLo >>> 12 === other.inLo >>> 12;
  }

  /** How it ends when software terminates it. */
  terminated(action: number): Outcome {
    const rule = ruleOf(this.rule).id;
    const name = EVENTS.byNumber.get(this.event)!.id;
    return {
      status: 'fault',
      response: action === TERMINATE_RAZ_WI ? 'raz-wi' : 'abort',
      rule,
      events: [],
      reads: 0,
      updates: 0,
      stale: [],
      transaction: this.transaction,
      fault: { event: this.event, name, rule, stage: this.faultStage as 1 | 2, recorded: this.held === WRITTEN },
    };
  }
}
