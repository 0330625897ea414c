import type { Txn } from '../txn.ts';
import { FLAG } from './slot.ts';

/** STE.PRIVCFG, STE.INSTCFG (IHI 0070 5.2): 2 and 3 force, 0 and 1 take what came in. */
const FORCE = 2;

/**
 * Makes the transaction what its STE says it is. It comes before everything that can fail after the STE, the fetch of
 * the CD through stage 2 too: events report PnU and InD as overridden (7.3). Doing it twice is doing it once.
 */
export function override(txn: Txn, flags: number): void {
  if ((flags & FLAG.OVERRIDES) === 0) return;
  const priv = (flags >>> FLAG.PRIVCFG_SHIFT) & 3;
  const inst = (flags >>> FLAG.INSTCFG_SHIFT) & 3;
  if (priv >= FORCE) txn.pnu = priv & 1;
  // INSTCFG acts on reads only: writes are data always.
  if (inst >= FORCE && txn.rnw === 1) txn.ind = inst & 1;
}
