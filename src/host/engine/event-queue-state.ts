import { hex } from '../../model/base/address.ts';
import { assert } from '../../model/base/assert.ts';
import type { Smmu } from '../../model/smmu/smmu.ts';
import { REGISTERS } from '../../model/spec/index.ts';
import type { QueueState } from '../../protocol/contract.ts';

function offsetOf(name: string): number {
  const register = REGISTERS.get(name);
  assert(register !== undefined, `no register ${name}`);
  return register.offset;
}
const PROD = offsetOf('EVENTQ_PROD');
const CONS = offsetOf('EVENTQ_CONS');

/** The event queue for people: looking changes nothing. */
export function eventQueueState(smmu: Smmu): QueueState {
  const { base, log2Size, pending, overflowed } = smmu.eventQueue.view();
  const [prod, cons] = [smmu.registers.peek(PROD) >>> 0, smmu.registers.peek(CONS) >>> 0];
  return { base: hex(base), log2size: log2Size, prod, cons, overflow: overflowed, entries: pending };
}
