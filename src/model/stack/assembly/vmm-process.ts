/** A VMM as the lab sees it, whichever uAPI it is on: the virtual SMMU, and the files of the host that it holds. */
import type { IdRegisters } from '../../spec/index.ts';
import type { GuestMemory } from '../vmm/guest-memory.ts';
import type { RamRange } from '../vmm/ram-range.ts';
import type { FaultAnswer } from '../vmm/vfio/vfio-device.ts';
import type { VirtualSmmu } from '../vmm/virtual-smmu.ts';
import type { UserSpace } from '../uapi/user-memory.ts';
import type { InterruptSource } from '../../smmu/registers/interrupt.ts';
import type { HostDevice } from '../host/driver/device.ts';
import type { IommufdObject } from '../host/iommufd/objects.ts';
import type { FaultRing } from '../host/vfio/fault-ring.ts';
import type { Domain } from '../host/driver/objects.ts';
import type { StackJournal } from '../journal.ts';
import type { StackData, StackDeviceData } from './data.ts';
import type { HostKernel } from './host-kernel.ts';

export interface PassedDevice {
  readonly data: StackDeviceData;
  readonly host: HostDevice;
}

export interface VmmOptions {
  readonly data: StackData;
  /** ID registers of the virtual SMMU. */
  readonly id: IdRegisters;
  readonly host: HostKernel;
  readonly space: UserSpace;
  readonly ram: readonly RamRange[];
  readonly memory: GuestMemory;
  readonly devices: readonly PassedDevice[];
  readonly shared: boolean;
  readonly journal: StackJournal;
  readonly onInterrupt: (source: InterruptSource) => void;
}

/** A queue of the uAPI: the DMA FAULT region of a device is a ring; a vEVENTQ is a list of what waits, a FAULT_QUEUE of what is not answered. */
export interface FaultQueueView {
  readonly kind: 'DMA FAULT region' | 'RESPONSE region' | 'vEVENTQ' | 'FAULT_QUEUE';
  /** Whose ring it is; null: of all devices of the VM. */
  readonly device: string | null;
  /** Entries that fit. */
  readonly size: number;
  /** Slots of the next entry written and read; the same: nothing waits. */
  readonly head: number;
  readonly tail: number;
  readonly waiting: number;
  /** LOST_EVENTS stands at the end. */
  readonly lost: boolean;
  /** What an entry is: the uAPI's structure, or an event record. */
  readonly type: 'iommu_fault' | 'iommu_page_response' | 'iommu_hwpt_pgfault' | 'event';
  entry(slot: number): Uint8Array | null;
}

/** What the host's kernel keeps for a VMM, in memory of its own: the SMMU reads none of it. */
export interface KernelQueue {
  readonly kind: 'fault-region' | 'fault-response-region' | 'veventq' | 'fault-queue';
  /** Null: of all devices of the VM. */
  readonly device: string | null;
  readonly bytes: number;
}

export interface VmmProcess {
  readonly smmu: VirtualSmmu;
  /** ioctl() on the file that takes the call for a device: its container, /dev/iommu, or the device's own. */
  ioctl(device: string, cmd: number, bytes: Uint8Array): number;
  /** ioctl() on the device's own file, whatever the number. */
  deviceIoctl(device: string, cmd: number, bytes: Uint8Array): number;
  /** Its memory: where pointers of calls point to. */
  readonly space: UserSpace;
  /** pread() of a region of a device: bytes, or a negative errno. */
  readRegion(device: string, region: number, position: number, length: number): Uint8Array | number;
  /** pwrite(), or with `mapped` a store into the pages that can be mapped: bytes taken, or a negative errno. */
  writeRegion(device: string, region: number, position: number, data: Uint8Array, mapped: boolean): number;
  /** read() and write() of the file of an event queue: bytes, or a negative errno. */
  readFile(fd: number, length: number): Uint8Array | number;
  writeFile(fd: number, data: Uint8Array): number;
  /** Answers a page request through the response region of a device: bytes taken, or a negative errno. */
  answerFault(device: string, answer: FaultAnswer): number;
  /** The ring of faults of a device; null: it has none. */
  faultRing(device: string): FaultRing | null;
  /** Objects of the process in /dev/iommu. */
  objects(): readonly IommufdObject[];
  /** Takes RAM from the devices of the VM, or gives it back. 0 or the first negative errno. */
  unmapRam(ipa: bigint, size: bigint): number;
  mapRam(range: RamRange): number;
  /** device_add: one device more, while the guest runs. 0 or a negative errno, and then the VMM does not have it. */
  plug(passed: PassedDevice): number;
  /** The event loop runs: what the host signalled is fetched. False: there was nothing. */
  poll(): boolean;
  /** The domain that holds stage 2 of a device; null: the VMM does not have the device. */
  domainOf(device: string): Domain | null;
  /** The queues between host and VMM, for people: looking changes nothing. */
  faultQueues(): readonly FaultQueueView[];
  /** The same, and regions that only the VMM writes to, as structures in the memory of the host's kernel. */
  kernelQueues(): readonly KernelQueue[];
  /** Faults that wait in the file of a device: the fault region, or the vEVENTQ. */
  pending(device: string): number;
}
