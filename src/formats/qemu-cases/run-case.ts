import type { StaleHit } from '../../model/smmu/coherence/stale-hit.ts';
import type { Outcome } from '../../model/smmu/smmu.ts';
import type { Asked, AskedCase } from './case.ts';
import type { CaseMachine } from './machine.ts';

/** The answer to one transaction. */
export interface Answer {
  readonly status: Outcome['status'];
  /** null where nothing was translated. */
  readonly pa: bigint | null;
  /** Records in the event queue after it, each 64 hex digits: its bytes in memory. */
  readonly events: readonly string[];
  /** What a read gave: zeros where it was aborted. */
  readonly data: Uint8Array | null;
  /** Cache entries that answered otherwise than memory would, where the machine checks. */
  readonly stale: readonly StaleHit[];
}

/** The recorder's device moves four bytes at a time, and each is a transaction of its own when it meets an abort. */
const BEAT = 4;

/** One beat: translated, then really stored or loaded. What lies outside memory reads as zero. */
function beat(machine: CaseMachine, tx: Asked, at: number, data: Uint8Array): Outcome {
  const length = Math.min(BEAT, tx.len - at);
  const outcome = machine.smmu.translate({ sid: tx.sid, iova: tx.iova + BigInt(at), access: tx.op === 'R' ? 'read' : 'write', privileged: tx.privileged ?? true });
  if (outcome.pa === undefined || outcome.response !== 'ok') return outcome;
  if (tx.op === 'W') machine.memory.writeBytes(outcome.pa, data.subarray(at, at + length));
  else data.set(machine.memory.readBytes(outcome.pa, length) ?? new Uint8Array(length), at);
  return outcome;
}

/** Does what comes before a transaction, then the transaction, and empties the event queue as the recorder did. */
export function runTransaction(machine: CaseMachine, tx: Asked): Answer {
  machine.act(tx.pre);
  const data = new Uint8Array(tx.len);
  if (tx.op === 'W' && tx.wdata != null) data.set(tx.wdata.subarray(0, tx.len));
  const first = beat(machine, tx, 0, data);
  let { status } = first;
  for (let at = BEAT; at < tx.len; at += BEAT) {
    const next = beat(machine, tx, at, data);
    if (status === 'success') status = next.status;
  }
  const pa = status === 'success' || status === 'bypass' ? (first.pa ?? null) : null;
  return { status, pa, events: machine.drainEvents(), data: tx.op === 'R' ? data : null, stale: first.stale };
}

/** Runs a case from reset. */
export function runCase(machine: CaseMachine, one: AskedCase): Answer[] {
  machine.reset();
  machine.act(one.setup);
  return one.tx.map((tx) => runTransaction(machine, tx));
}
