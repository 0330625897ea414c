/**
 * A VFIO PCI device as far as nesting goes: the fault regions, the fault interrupt and the ioctls that find them (b.1).
 * A device whose domain is not nested has none of it.
 */
import { ERRNO } from '../../errno.ts';
import type { StackJournal } from '../../journal.ts';
import {
  VFIO_DEVICE_GET_IRQ_INFO,
  VFIO_DEVICE_GET_REGION_INFO,
  VFIO_DEVICE_SET_IRQS,
  VFIO_PCI_NUM_REGIONS,
} from '../../uapi/vfio-v16/device.ts';
import { encodeFault } from '../../uapi/vfio-v16/fault.ts';
import type { FaultReports } from '../core/fault-reports.ts';
import { iommuGetNesting } from '../core/nesting.ts';
import { iommuPageResponse } from '../core/page-response.ts';
import type { HostDevice } from '../driver/device.ts';
import type { IommuFault } from '../driver/types.ts';
import type { VfioContainer } from './container.ts';
import { FaultIrq } from './fault-irq.ts';
import { FaultRing } from './fault-ring.ts';
import { mapRegion, readRegion } from './region.ts';
import type { VfioRegion } from './region.ts';
import { irqInfo, regionInfo } from './info.ts';
import { ResponseRing } from './response-ring.ts';

export const FAULT_REGION_INDEX = VFIO_PCI_NUM_REGIONS;
export const RESPONSE_REGION_INDEX = VFIO_PCI_NUM_REGIONS + 1;

export interface VfioDeviceOptions {
  readonly device: HostDevice;
  readonly container: VfioContainer;
  readonly reports: FaultReports;
  readonly journal: StackJournal;
  /** eventfd_signal() on a file descriptor that SET_IRQS was given. */
  readonly signal: (fd: number) => void;
}

export class VfioDevice {
  private readonly options: VfioDeviceOptions;
  private readonly irq: FaultIrq;
  private ring: FaultRing | null = null;
  private responses: ResponseRing | null = null;

  constructor(options: VfioDeviceOptions) {
    this.options = options;
    this.irq = new FaultIrq(options.signal);
  }

  /** The fault region, then that of responses; none where the container does not nest. */
  get regions(): readonly VfioRegion[] {
    return this.ring === null || this.responses === null ? [] : [this.ring, this.responses];
  }

  /** The ring of page responses; null as with faults. */
  get responseRing(): ResponseRing | null {
    return this.responses;
  }

  /** The fault ring, or null: the device is not open or its domain not nested. */
  get faultRing(): FaultRing | null {
    return this.ring;
  }

  /** vfio_pci_open(): -EINVAL without a domain; with a nested one, faults of the device go into the ring from now on. */
  open(): number {
    const { container, device, reports, journal } = this.options;
    const entry = container.domainOf(device);
    if (entry === null) return this.#answer('open', -ERRNO.EINVAL);
    if (!iommuGetNesting(entry.driver, entry.domain)) return this.#answer('open', 0);
    const result = reports.registerHandler(device, (fault) => this.#fault(fault));
    if (result !== 0) return this.#answer('open', result);
    this.ring = new FaultRing();
    this.responses = new ResponseRing((bytes) => void iommuPageResponse(entry.driver, reports, device, bytes, journal));
    return this.#answer('open', 0);
  }

  /** vfio_pci_release(): requests nobody answered stay pending, and the handler with them (-EBUSY in the core). */
  close(): void {
    this.options.reports.unregisterHandler(this.options.device);
    this.ring = null;
    this.responses = null;
  }

  /** pread() on a region: the bytes, or -EINVAL. */
  readRegion(index: number, position: number, length: number): Uint8Array | number {
    const region = this.regions[index - VFIO_PCI_NUM_REGIONS];
    return region === undefined ? -ERRNO.EINVAL : readRegion(region, position, length);
  }

  /** pwrite() on a region: the bytes taken, or a negative errno. */
  writeRegion(index: number, position: number, data: Uint8Array): number {
    const region = this.regions[index - VFIO_PCI_NUM_REGIONS];
    const { device, journal } = this.options;
    const since = journal.mark();
    const result = region === undefined ? -ERRNO.EINVAL : region.write(position, data);
    journal.record('uapi', `write to region ${index}`, { device: device.name }, { result, since });
    return result;
  }

  /** mmap() on a region: its own bytes, shared; -EINVAL for the header page. */
  mapRegion(index: number, position: number, length: number): Uint8Array | number {
    const region = this.regions[index - VFIO_PCI_NUM_REGIONS];
    return region === undefined ? -ERRNO.EINVAL : mapRegion(region, position, length);
  }

  /** ioctl(device, cmd, user): 0 or a negative errno; answers are written into `user`. */
  ioctl(cmd: number, user: Uint8Array): number {
    switch (cmd) {
      case VFIO_DEVICE_GET_REGION_INFO:
        return this.#answer('VFIO_DEVICE_GET_REGION_INFO', regionInfo(this.regions, user));
      case VFIO_DEVICE_GET_IRQ_INFO:
        return this.#answer('VFIO_DEVICE_GET_IRQ_INFO', irqInfo(this.ring !== null, user));
      case VFIO_DEVICE_SET_IRQS:
        return this.#answer('VFIO_DEVICE_SET_IRQS', this.irq.set(this.ring !== null, user));
      default:
        return this.#answer(`ioctl 0x${cmd.toString(16)}`, -ERRNO.ENOTTY);
    }
  }

  /** vfio_pci_iommu_dev_fault_handler() */
  #fault(fault: IommuFault): number {
    const { device, journal } = this.options;
    const result = this.ring === null ? -ERRNO.EINVAL : this.ring.push(fault);
    const detail = { device: device.name, type: fault.type, head: this.ring?.head ?? null, tail: this.ring?.tail ?? null };
    const data = { type: 'iommu_fault', bytes: encodeFault(fault) };
    if (result !== 0) {
      journal.record('uapi', 'DMA FAULT region', detail, { result, data, fault: 'queued', dropped: 'the ring is full: 511 faults wait already' });
      return result;
    }
    journal.record('uapi', 'DMA FAULT region', detail, { result, data, fault: 'queued' });
    this.irq.fire();
    return 0;
  }

  #answer(action: string, result: number): number {
    const { device, journal } = this.options;
    journal.record('uapi', action, { device: device.name }, { result });
    return result;
  }
}
