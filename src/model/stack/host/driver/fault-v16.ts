/** arm_smmu_handle_evt() of v5.15 with patch 8 (a.8): an event becomes a struct iommu_fault, or why it does not. */
import { ERRNO } from '../../errno.ts';
import { EVENT } from './event.ts';
import type { DriverEvent } from './event.ts';
import type { As } from './choices.ts';
import { FAULT_PAGE_REQUEST, FAULT_PERM, FAULT_REASON, FAULT_TYPE, FAULT_UNRECOV } from './types.ts';
import type { IommuFault } from './types.ts';

export interface NoReport {
  readonly result: number;
  readonly why: string;
}

interface Row {
  readonly reason: number;
  readonly flags: number;
}

const { ADDR_VALID, FETCH_ADDR_VALID, PASID_VALID } = FAULT_UNRECOV;

/** What 5.15 knew. */
const TRANSLATION: Readonly<Record<number, Row>> = {
  [EVENT.F_TRANSLATION]: { reason: FAULT_REASON.PTE_FETCH, flags: ADDR_VALID },
  [EVENT.F_ADDR_SIZE]: { reason: FAULT_REASON.OOR_ADDRESS, flags: ADDR_VALID },
  [EVENT.F_ACCESS]: { reason: FAULT_REASON.ACCESS, flags: ADDR_VALID },
  [EVENT.F_PERMISSION]: { reason: FAULT_REASON.PERMISSION, flags: ADDR_VALID },
};

/** What patch 8 adds. As posted the switch before it returns first, so that these rows are never reached. */
const ADDED: Readonly<Record<number, Row>> = {
  [EVENT.C_BAD_SUBSTREAMID]: { reason: FAULT_REASON.PASID_INVALID, flags: 0 },
  [EVENT.F_CD_FETCH]: { reason: FAULT_REASON.PASID_FETCH, flags: FETCH_ADDR_VALID },
  [EVENT.C_BAD_CD]: { reason: FAULT_REASON.BAD_PASID_ENTRY, flags: 0 },
  [EVENT.F_WALK_EABT]: { reason: FAULT_REASON.WALK_EABT, flags: ADDR_VALID | FETCH_ADDR_VALID },
};

/** RnW, InD and PnU as IOMMU_FAULT_PERM_*. */
function permOf(event: DriverEvent): number {
  return (event.read ? FAULT_PERM.READ : FAULT_PERM.WRITE) | (event.instruction ? FAULT_PERM.EXEC : 0) | (event.privileged ? FAULT_PERM.PRIV : 0);
}

/** A stalled transaction, as both generations report it. */
export function pageRequestOf(event: DriverEvent): IommuFault {
  return {
    type: FAULT_TYPE.PAGE_REQ,
    flags: FAULT_PAGE_REQUEST.LAST_PAGE | (event.ssv ? FAULT_PAGE_REQUEST.PASID_VALID : 0),
    pasid: event.ssid,
    grpid: event.stag,
    perm: permOf(event),
    addr: event.iova,
  };
}

export const isReport = (value: IommuFault | NoReport): value is IommuFault => 'type' in value;

export function faultOf(event: DriverEvent, as: As): IommuFault | NoReport {
  const row = TRANSLATION[event.id] ?? (as === 'intended' ? ADDED[event.id] : undefined);
  if (row === undefined) return { result: -ERRNO.EOPNOTSUPP, why: 'this kind of event is not reported' };
  if (event.s2) return { result: -ERRNO.EFAULT, why: 'stage 2 is the host\'s: its pages are taken to be pinned' };
  if (event.stall) return pageRequestOf(event);
  const fetches = (row.flags & FETCH_ADDR_VALID) !== 0;
  return {
    type: FAULT_TYPE.DMA_UNRECOV,
    reason: row.reason,
    flags: row.flags | (event.ssv ? PASID_VALID : 0),
    pasid: event.ssid,
    perm: permOf(event),
    addr: event.iova,
    fetchAddr: fetches ? event.fetchAddr : 0n,
  };
}
