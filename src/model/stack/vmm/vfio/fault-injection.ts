/** A fault as the host reports it, as an event record of the guest (b.4). */
import { FAULT_REASON, FAULT_UNRECOV } from '../../host/driver/types.ts';
import type { UnrecoverableFault } from '../../host/driver/types.ts';
import { encode, EVENTS, fieldOf } from '../../../spec/index.ts';
import type { FieldValues } from '../../../spec/index.ts';
import { assert } from '../../../base/assert.ts';
import { accessFields } from '../stall-record.ts';
import type { VfioPolicy } from './policy.ts';

const EVENT_OF_REASON: Readonly<Record<number, string>> = {
  [FAULT_REASON.PASID_INVALID]: 'C_BAD_SUBSTREAMID',
  [FAULT_REASON.PASID_FETCH]: 'F_CD_FETCH',
  [FAULT_REASON.BAD_PASID_ENTRY]: 'C_BAD_CD',
  [FAULT_REASON.WALK_EABT]: 'F_WALK_EABT',
  [FAULT_REASON.PTE_FETCH]: 'F_TRANSLATION',
  [FAULT_REASON.OOR_ADDRESS]: 'F_ADDR_SIZE',
  [FAULT_REASON.ACCESS]: 'F_ACCESS',
  [FAULT_REASON.PERMISSION]: 'F_PERMISSION',
};

/** Bits of FetchAddr. */
const FETCH_MASK = 0x000f_ffff_ffff_fff8n;

export type Injection =
  { readonly name: string; readonly words: Int32Array; readonly lost: readonly string[] } | { readonly dropped: string };

/** The event record for the stream `vSid`, or why there is none. */
export function injectionOf(fault: UnrecoverableFault, vSid: number, policy: VfioPolicy): Injection {
  const name = EVENT_OF_REASON[fault.reason];
  if (name === undefined) return { dropped: `no event for reason ${fault.reason}` };
  const all = everything(fault, name);
  const told = policy.fault === 'all' ? all : addressOnly(fault, name);
  const lost = Object.keys(all).filter((field) => Number(all[field]) !== 0 && !(field in told));
  return { name, words: record(name, { StreamID: vSid, ...told }), lost };
}

/** b.4: QEMU fills in what it can without looking at `perm`, `pasid` and `flags`. */
function addressOnly(fault: UnrecoverableFault, name: string): FieldValues {
  if (name === 'F_WALK_EABT') return { InputAddr: fault.addr, FetchAddr: fault.fetchAddr & FETCH_MASK };
  return hasField(name, 'InputAddr') ? { InputAddr: fault.addr } : {};
}

/** What the record of this event has a field for. */
function everything(fault: UnrecoverableFault, name: string): FieldValues {
  const { perm, flags, pasid } = fault;
  const values: FieldValues = {
    // What the host reports happened at the input address: a fault of stage 1 on the way to a table is F_WALK_EABT.
    ...accessFields(perm, (flags & FAULT_UNRECOV.PASID_VALID) === 0 ? null : pasid),
    InputAddr: fault.addr,
    FetchAddr: (flags & FAULT_UNRECOV.FETCH_ADDR_VALID) === 0 ? 0n : fault.fetchAddr & FETCH_MASK,
  };
  return Object.fromEntries(Object.entries(values).filter(([field]) => hasField(name, field)));
}

function eventRecord(name: string) {
  const found = EVENTS.byName.get(name);
  assert(found !== undefined, `there is an event ${name}`);
  return found;
}

const hasField = (name: string, field: string): boolean => fieldOf(eventRecord(name), field) !== undefined;

function record(name: string, values: FieldValues): Int32Array {
  const words = new Int32Array(8);
  encode(eventRecord(name), values, words, 0);
  return words;
}
