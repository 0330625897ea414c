/** What a guest's drivers do with faults of their devices, once the guest's SMMU driver reports them. */
import { ERRNO } from '../errno.ts';
import type { StackJournal } from '../journal.ts';
import type { FaultCore, HostDevice, IommuFault, PageResponse } from '../host/driver/types.ts';
import { FAULT_TYPE, PAGE_RESPONSE } from '../host/driver/types.ts';

export interface FaultPolicy {
  /** Nobody registered, so the kernel prints the event; or a driver takes it. */
  readonly unrecoverable: 'print' | 'take';
  /** Nobody registered, which ends the stall with an abort; or a driver answers. */
  readonly pageRequest: 'none' | keyof typeof PAGE_RESPONSE;
}

export const PRINT_FAULTS: FaultPolicy = { unrecoverable: 'print', pageRequest: 'none' };

export interface TakenFault {
  readonly device: HostDevice;
  readonly fault: IommuFault;
}

/** The fault handler of a guest's device drivers. `respond` is the driver's page_response. */
export class GuestFaults implements FaultCore {
  readonly taken: TakenFault[] = [];
  readonly #policy: FaultPolicy;
  readonly #journal: StackJournal;
  readonly #respond: (device: HostDevice, response: PageResponse) => number;

  constructor(policy: FaultPolicy, journal: StackJournal, respond: (device: HostDevice, response: PageResponse) => number) {
    this.#policy = policy;
    this.#journal = journal;
    this.#respond = respond;
  }

  reportDeviceFault(device: HostDevice, fault: IommuFault): number {
    const { unrecoverable, pageRequest } = this.#policy;
    const detail = { device: device.name, addr: fault.addr, perm: fault.perm };
    const unwanted = fault.type === FAULT_TYPE.PAGE_REQ ? pageRequest === 'none' : unrecoverable === 'print';
    if (unwanted) {
      this.#journal.record('guest', 'fault', detail, {
        result: -ERRNO.EINVAL,
        dropped: 'no driver of the guest handles faults of the device',
      });
      return -ERRNO.EINVAL;
    }
    this.taken.push({ device, fault });
    this.#journal.record('guest', 'fault', detail, { result: 0 });
    if (fault.type !== FAULT_TYPE.PAGE_REQ || pageRequest === 'none') return 0;
    return this.#respond(device, { flags: 0, pasid: 0, grpid: fault.grpid, code: PAGE_RESPONSE[pageRequest] });
  }

  /** A guest has no guest. */
  reportVevent(): number {
    return -ERRNO.EOPNOTSUPP;
  }
}
