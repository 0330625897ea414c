/** What a guest's drivers do with faults of their devices, once the guest's SMMU driver reports them. */
import { ERRNO } from '../errno.ts';
import type { StackJournal } from '../journal.ts';
import type { FaultCore, HostDevice, IommuFault, PageRequestFault, PageResponse } from '../host/driver/types.ts';
import { FAULT_TYPE, PAGE_RESPONSE } from '../host/driver/types.ts';

/** What a driver does with a page request; `none`: nobody registered, which ends the stall with an abort. */
export const PAGE_REQUEST_POLICIES = ['none', 'wait', 'map', 'SUCCESS', 'INVALID', 'FAILURE'] as const;

export interface FaultPolicy {
  /** Nobody registered, so the kernel prints the event; or a driver takes it. */
  readonly unrecoverable: 'print' | 'take';
  /** Takes it and waits for somebody to answer; maps a page and answers SUCCESS; or answers at once, repaired or not. */
  readonly pageRequest: (typeof PAGE_REQUEST_POLICIES)[number];
}

export const PRINT_FAULTS: FaultPolicy = { unrecoverable: 'print', pageRequest: 'none' };

export interface TakenFault {
  readonly device: HostDevice;
  readonly fault: IommuFault;
}

/** A page request that a driver of the guest has yet to answer. */
export interface WaitingFault {
  readonly device: HostDevice;
  readonly fault: PageRequestFault;
}

/** What the fault handler asks of the kernel around it. */
export interface FaultActions {
  /** The SMMU driver's page_response. */
  respond(device: HostDevice, response: PageResponse): number;
  /** Maps a page of the kernel's memory where the device asked; 0 or a negative errno. */
  populate(device: HostDevice, addr: bigint): number;
}

/** The fault handler of a guest's device drivers. */
export class GuestFaults implements FaultCore {
  readonly taken: TakenFault[] = [];
  private readonly policy: FaultPolicy;
  private readonly journal: StackJournal;
  private readonly actions: FaultActions;
  private _waiting: WaitingFault[] = [];

  constructor(policy: FaultPolicy, journal: StackJournal, actions: FaultActions) {
    this.policy = policy;
    this.journal = journal;
    this.actions = actions;
  }

  /** Page requests that wait for `answer`, oldest first. */
  get waiting(): readonly WaitingFault[] {
    return this._waiting;
  }

  reportDeviceFault(device: HostDevice, fault: IommuFault, respond?: (code: number) => void): number {
    const { unrecoverable, pageRequest } = this.policy;
    const request = fault.type === FAULT_TYPE.PAGE_REQ;
    const detail = { device: device.name, addr: fault.addr, perm: fault.perm, ...(request ? { grpid: fault.grpid, handler: pageRequest } : {}) };
    if (request ? pageRequest === 'none' : unrecoverable === 'print') {
      const dropped = 'no driver of the guest handles faults of the device';
      this.journal.record('guest', 'fault', detail, { result: -ERRNO.EINVAL, dropped });
      // A current kernel's core ends what nobody handles; in an older one the SMMU driver does.
      if (request) respond?.(PAGE_RESPONSE.INVALID);
      return -ERRNO.EINVAL;
    }
    this.taken.push({ device, fault });
    this.journal.record('guest', 'fault', detail, { result: 0 });
    if (!request || pageRequest === 'none') return 0;
    const waiting = { device, fault };
    this._waiting.push(waiting);
    if (pageRequest === 'wait') return 0;
    return this.answer(waiting, pageRequest === 'map' ? this.#populate(waiting) : PAGE_RESPONSE[pageRequest]);
  }

  /** A driver answers a page request that it took: 0 or a negative errno. */
  answer(waiting: WaitingFault, code: number): number {
    this._waiting = this._waiting.filter((one) => one !== waiting);
    return this.actions.respond(waiting.device, { flags: 0, pasid: 0, grpid: waiting.fault.grpid, code });
  }

  /** A guest has no guest. */
  reportVevent(): number {
    return -ERRNO.EOPNOTSUPP;
  }

  #populate({ device, fault }: WaitingFault): number {
    return this.actions.populate(device, fault.addr) === 0 ? PAGE_RESPONSE.SUCCESS : PAGE_RESPONSE.INVALID;
  }
}
