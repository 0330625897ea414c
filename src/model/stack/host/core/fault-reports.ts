/**
 * Faults between the driver that decodes them and whoever registered for the device (VFIO, iommufd): the core's half
 * of a.8 and c.6. Page requests stay pending here until they are answered.
 */
import { ERRNO } from '../../errno.ts';
import type { StackJournal } from '../../journal.ts';
import type { HostDevice } from '../driver/device.ts';
import type { Viommu } from '../driver/objects.ts';
import { FAULT_PAGE_REQUEST, FAULT_TYPE, PAGE_RESPONSE } from '../driver/types.ts';
import type { EventWords, FaultCore, IommuFault, PageRequestFault } from '../driver/types.ts';

/** 0, or a negative errno that goes back to the driver, which then prints the event. */
export type FaultHandler = (fault: IommuFault) => number;
export type VeventHandler = (words: EventWords) => number;

interface Registration {
  readonly handler: FaultHandler;
  readonly pending: PageRequestFault[];
}

const isLast = (fault: IommuFault): fault is PageRequestFault =>
  fault.type === FAULT_TYPE.PAGE_REQ && (fault.flags & FAULT_PAGE_REQUEST.LAST_PAGE) !== 0;

export class FaultReports implements FaultCore {
  private readonly devices = new Map<HostDevice, Registration>();
  private readonly viommus = new Map<Viommu, VeventHandler>();
  private readonly journal: StackJournal;

  constructor(journal: StackJournal) {
    this.journal = journal;
  }

  /** iommu_register_device_fault_handler(): -EBUSY when there is one. */
  registerHandler(device: HostDevice, handler: FaultHandler): number {
    if (this.devices.has(device)) return -ERRNO.EBUSY;
    this.devices.set(device, { handler, pending: [] });
    return 0;
  }

  /** iommu_unregister_device_fault_handler(): -EINVAL when there is none, -EBUSY while a page request waits for its answer. */
  unregisterHandler(device: HostDevice): number {
    const registration = this.devices.get(device);
    if (registration === undefined) return -ERRNO.EINVAL;
    if (registration.pending.length > 0) return -ERRNO.EBUSY;
    this.devices.delete(device);
    return 0;
  }

  /** Page requests of the device that wait for an answer, or null when nobody registered. */
  pending(device: HostDevice): readonly PageRequestFault[] | null {
    return this.devices.get(device)?.pending ?? null;
  }

  /** Takes an answered page request off the list. */
  answered(device: HostDevice, request: PageRequestFault): void {
    const pending = this.devices.get(device)?.pending;
    const at = pending?.indexOf(request) ?? -1;
    if (at >= 0) pending?.splice(at, 1);
  }

  reportDeviceFault(device: HostDevice, fault: IommuFault, respond?: (code: number) => void): number {
    const registration = this.devices.get(device);
    const detail = { device: device.name, type: fault.type, flags: fault.flags, addr: fault.addr };
    const since = this.journal.mark();
    if (registration === undefined) {
      // iopf_error_response(): since 6.11 the core retires what nobody can handle.
      if (fault.type === FAULT_TYPE.PAGE_REQ) this.#answer('iopf_error_response', device, fault, PAGE_RESPONSE.INVALID, respond);
      return this.#refuse('iommu_report_device_fault', detail, -ERRNO.EINVAL, 'nobody registered a fault handler for the device', since);
    }
    if (isLast(fault)) registration.pending.push(fault);
    const result = registration.handler(fault);
    if (result === 0) {
      this.journal.record('host-core', 'iommu_report_device_fault', detail, { result, since });
      return 0;
    }
    if (!isLast(fault)) return this.#refuse('iommu_report_device_fault', detail, result, 'the fault handler refused it', since);
    this.answered(device, fault);
    this.#answer('iopf_group_response', device, fault, PAGE_RESPONSE.FAILURE, respond);
    this.#refuse('iommu_report_device_fault', detail, result, 'the fault handler refused it', since);
    return respond === undefined ? result : 0;
  }

  /** What a current core does with a page request that nobody will answer. */
  #answer(action: string, device: HostDevice, { grpid }: PageRequestFault, code: number, respond: ((code: number) => void) | undefined): void {
    if (respond === undefined) return;
    this.journal.record('host-core', action, { device: device.name, grpid, code });
    respond(code);
  }

  /** Where the events of a vIOMMU go, or nowhere with null. */
  setVeventHandler(viommu: Viommu, handler: VeventHandler | null): void {
    if (handler === null) this.viommus.delete(viommu);
    else this.viommus.set(viommu, handler);
  }

  reportVevent(viommu: Viommu, words: EventWords): number {
    const handler = this.viommus.get(viommu);
    const detail = { vmid: viommu.vmid, event: Number(words[0] & 0xffn), vsid: Number(words[0] >> 32n) };
    if (handler === undefined) return this.#refuse('iommufd_viommu_report_event', detail, -ERRNO.EOPNOTSUPP, 'the vIOMMU has no vEVENTQ');
    const since = this.journal.mark();
    const result = handler(words);
    this.journal.record('host-core', 'iommufd_viommu_report_event', detail, { result, since });
    return result;
  }

  #refuse(action: string, detail: Readonly<Record<string, string | number | bigint>>, result: number, dropped: string, since = this.journal.mark()): number {
    this.journal.record('host-core', action, detail, { result, dropped, since });
    return result;
  }
}
