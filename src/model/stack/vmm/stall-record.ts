/** A page request of the host as the guest's event record of a stall. */
import { encode, EVENTS } from '../../spec/index.ts';
import { FAULT_PAGE_REQUEST, FAULT_PERM } from '../host/driver/types.ts';
import type { PageRequestFault } from '../host/driver/types.ts';

/** What happened at the input address itself. */
const CLASS_IN = 2;

/** What the record of a stall had that a page request does not tell: which of the four faults it was. The record says F_TRANSLATION. */
export const LOST_OF_STALL = 'the kind of fault';

/** RnW, PnU, InD and the SubstreamID of an access, from what the host says of it. */
export const accessFields = (perm: number, pasid: number | null) => ({
  SSV: pasid !== null,
  SubstreamID: (pasid ?? 0) & 0xfffff,
  RnW: (perm & FAULT_PERM.WRITE) === 0,
  InD: (perm & FAULT_PERM.EXEC) !== 0,
  PnU: (perm & FAULT_PERM.PRIV) !== 0,
  Class: CLASS_IN,
});

type Request = Pick<PageRequestFault, 'flags' | 'pasid' | 'grpid' | 'perm' | 'addr'>;

/** The group of the request is the STAG: who answers either names the other. */
export function stallRecord(vSid: number, { flags, pasid, grpid, perm, addr }: Request): Int32Array {
  const words = new Int32Array(8);
  const access = accessFields(perm, (flags & FAULT_PAGE_REQUEST.PASID_VALID) === 0 ? null : pasid);
  encode(EVENTS.byName.get('F_TRANSLATION')!, { StreamID: vSid, STAG: grpid & 0xffff, Stall: true, InputAddr: addr, ...access }, words, 0);
  return words;
}
