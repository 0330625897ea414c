import { GRANT, REQUEST } from '../../trace/record.ts';
import { FLAG } from '../config/slot.ts';
import type { Txn } from '../txn.ts';
import { PRIV_EXECUTE, PRIV_READ, PRIV_WRITE } from '../walk/permissions.ts';

/** From the privileged bits of walk/permissions.ts to the unprivileged ones. */
const UNPRIVILEGED = 3;
/** STE.INSTCFG. */
const DATA = 2;
const INSTRUCTION = 3;

const instcfg = (flags: number): number => (flags >>> FLAG.INSTCFG_SHIFT) & 3;

/**
 * The permissions of which a request needs one at least, or its completion grants nothing (IHI 0070 13.7.1): read and write at its effective
 * privilege. Execution is granted together with reading only. INSTCFG = Instruction makes reading what is execution otherwise. A request
 * with NW does not ask for writing, and so makes nothing dirty (3.13).
 */
export function wantedBits(txn: Txn, flags: number): number {
  const read = instcfg(flags) === INSTRUCTION ? PRIV_EXECUTE : PRIV_READ;
  const write = (txn.request & REQUEST.NW) === 0 ? PRIV_WRITE : 0;
  return (read | write) << (txn.pnu === 1 ? 0 : UNPRIVILEGED);
}

/** GRANT bits of the completion from the permissions of both stages (13.7.1). */
export function grantOf(txn: Txn, flags: number): number {
  const bits = (txn.permissions >>> (txn.pnu === 1 ? 0 : UNPRIVILEGED)) & 7;
  const kind = instcfg(flags);
  const read = (bits & (kind === INSTRUCTION ? PRIV_EXECUTE : PRIV_READ)) !== 0;
  const executable = kind === DATA || (bits & PRIV_EXECUTE) !== 0;
  const execute = read && executable && (txn.request & REQUEST.EXE) !== 0;
  return (
    (read ? GRANT.R : 0) |
    ((bits & PRIV_WRITE) !== 0 ? GRANT.W : 0) |
    (execute ? GRANT.EXE : 0) |
    ((txn.request & REQUEST.PRIV) !== 0 ? GRANT.PRIV : 0)
  );
}
