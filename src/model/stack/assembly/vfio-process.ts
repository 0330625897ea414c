/** A VMM on the v16 uAPI: containers with a nested domain each, fault regions behind an eventfd. */
import type { Result } from '../../base/result.ts';
import { assert } from '../../base/assert.ts';
import { fail, ok } from '../../base/result.ts';
import { ERRNO, errnoText } from '../errno.ts';
import type { IommufdObject } from '../host/iommufd/objects.ts';
import type { FaultRing } from '../host/vfio/fault-ring.ts';
import type { ResponseRing } from '../host/vfio/response-ring.ts';
import { PAGE_SIZE } from '../host/vfio/region.ts';
import type { UserSpace } from '../uapi/user-memory.ts';
import { VfioContainer } from '../host/vfio/container.ts';
import { VfioDevice } from '../host/vfio/device.ts';
import type { Domain } from '../host/driver/objects.ts';
import { encodeStruct } from '../uapi/bytes.ts';
import { VFIO_DMA_UNMAP, VFIO_IOMMU_TYPE, VFIO_IOMMU_UNMAP_DMA } from '../uapi/vfio-v16/container.ts';
import type { RamRange } from '../vmm/ram-range.ts';
import { mapRam } from '../vmm/vfio/container-calls.ts';
import { isDeviceIoctl } from '../uapi/vfio-v16/device.ts';
import { findFaultRegion, findResponseRegion, signalFaults } from '../vmm/vfio/fault-region.ts';
import { IDEAL, QEMU_V10 } from '../vmm/vfio/policy.ts';
import { answerFault } from '../vmm/vfio/vfio-device.ts';
import type { AssignedDevice, FaultAnswer } from '../vmm/vfio/vfio-device.ts';
import { VfioHost } from '../vmm/vfio/vfio-host.ts';
import { VirtualSmmu } from '../vmm/virtual-smmu.ts';
import type { FaultQueueView, KernelQueue, PassedDevice, VmmOptions, VmmProcess } from './vmm-process.ts';

interface Held {
  readonly passed: PassedDevice;
  readonly container: VfioContainer;
  readonly file: VfioDevice;
}

/** The first eventfd; each device has its own. */
const EVENTFD = 10;

/** Which call the host refused, and how. */
interface Refused {
  readonly what: string;
  readonly errno: number;
}

const assignedOf = ({ passed, container, file }: Held): AssignedDevice => ({
  name: passed.data.name, vSid: passed.data.vSID, container, regions: file, faultRegion: findFaultRegion(file), responseRegion: findResponseRegion(file),
});

export class VfioProcess implements VmmProcess {
  readonly smmu: VirtualSmmu;
  readonly space: UserSpace;
  private readonly options: VmmOptions;
  private readonly held: Held[];
  /** The same devices as the virtual SMMU has them. */
  private readonly assigned: AssignedDevice[];
  private readonly signalled: Set<number>;

  private constructor(options: VmmOptions, smmu: VirtualSmmu, held: Held[], assigned: AssignedDevice[], signalled: Set<number>) {
    this.options = options;
    this.smmu = smmu;
    this.space = options.space;
    this.held = held;
    this.assigned = assigned;
    this.signalled = signalled;
  }

  static create(options: VmmOptions): Result<VfioProcess> {
    const held: Held[] = [];
    const signalled = new Set<number>();
    for (const passed of options.devices) {
      const made = assign(options, passed, held, signalled);
      if ('errno' in made) return fail('refused', `${made.what} for ${passed.data.name}: ${errnoText(made.errno)}`, { path: 'host.devices' });
      held.push(made);
    }
    const policy = options.data.vmm === 'ideal' ? IDEAL : QEMU_V10;
    const devices = held.map(assignedOf);
    const { id, memory, journal, onInterrupt } = options;
    const smmu = new VirtualSmmu({ id, memory, journal, whenFull: policy.whenFull, onInterrupt }, (guest) => new VfioHost(guest, devices, policy));
    return ok(new VfioProcess(options, smmu, held, devices, signalled));
  }

  ioctl(device: string, cmd: number, bytes: Uint8Array): number {
    const { container, file } = this.#of(device);
    return isDeviceIoctl(cmd) ? file.ioctl(cmd, bytes) : container.ioctl(cmd, bytes);
  }

  deviceIoctl(device: string, cmd: number, bytes: Uint8Array): number {
    return this.#of(device).file.ioctl(cmd, bytes);
  }

  readRegion(device: string, region: number, position: number, length: number): Uint8Array | number {
    return this.#of(device).file.readRegion(region, position, length);
  }

  writeRegion(device: string, region: number, position: number, data: Uint8Array, mapped: boolean): number {
    const { file } = this.#of(device);
    if (!mapped) return file.writeRegion(region, position, data);
    const page = position - (position % PAGE_SIZE);
    const pages = file.mapRegion(region, page, Math.ceil((position + data.length - page) / PAGE_SIZE) * PAGE_SIZE);
    if (typeof pages === 'number') return pages;
    pages.set(data, position - page);
    return data.length;
  }

  /** There is no event queue with a file. */
  readFile(): number {
    return -ERRNO.EBADF;
  }

  writeFile(): number {
    return -ERRNO.EBADF;
  }

  answerFault(device: string, answer: FaultAnswer): number {
    const { file } = this.#of(device);
    return answerFault({ regions: file, responseRegion: findResponseRegion(file) }, answer);
  }

  faultRing(device: string): FaultRing | null {
    return this.#of(device).file.faultRing;
  }

  objects(): readonly IommufdObject[] {
    return [];
  }

  unmapRam(ipa: bigint, size: bigint): number {
    return this.#each((container) => container.ioctl(VFIO_IOMMU_UNMAP_DMA, encodeStruct(VFIO_DMA_UNMAP, { argsz: VFIO_DMA_UNMAP.bytes, iova: ipa, size })));
  }

  mapRam(range: RamRange): number {
    return this.#each((container) => mapRam(container, range));
  }

  plug(passed: PassedDevice): number {
    const made = assign(this.options, passed, this.held, this.signalled);
    if ('errno' in made) return made.errno;
    this.held.push(made);
    this.assigned.push(assignedOf(made));
    return 0;
  }

  /** Rings are looked at when an eventfd fires. */
  poll(): boolean {
    if (this.signalled.size === 0) return this.smmu.host.tellStalls();
    this.signalled.clear();
    return this.smmu.hostEvents();
  }

  domainOf(device: string): Domain | null {
    const held = this.#find(device);
    return held?.container.domainOf(held.passed.host)?.domain ?? null;
  }

  pending(device: string): number {
    return this.faultQueues().find((queue) => queue.device === device)?.waiting ?? 0;
  }

  faultQueues(): readonly FaultQueueView[] {
    return this.held.flatMap(({ passed, file }) => {
      const { faultRing, responseRing } = file;
      if (faultRing === null || responseRing === null) return [];
      const { name } = passed.data;
      return [ringView(name, 'DMA FAULT region', 'iommu_fault', faultRing), ringView(name, 'RESPONSE region', 'iommu_page_response', responseRing)];
    });
  }

  kernelQueues(): readonly KernelQueue[] {
    return this.held.flatMap(({ passed, file }) =>
      file.regions.map(({ bytes }, index): KernelQueue => ({ kind: index === 0 ? 'fault-region' : 'fault-response-region', device: passed.data.name, bytes: bytes.length })),
    );
  }

  #each(call: (container: VfioContainer) => number): number {
    const results = [...new Set(this.held.map(({ container }) => container))].map(call);
    return results.find((result) => result !== 0) ?? 0;
  }

  #find(device: string): Held | undefined {
    return this.held.find(({ passed }) => passed.data.name === device);
  }

  #of(device: string): Held {
    const found = this.#find(device);
    assert(found !== undefined, `the VMM holds ${device}`);
    return found;
  }
}

/** A device into its container, RAM into the container, the fault interrupt to an eventfd. */
function assign(options: VmmOptions, passed: PassedDevice, held: readonly Held[], signalled: Set<number>): Held | Refused {
  const { host, journal, space } = options;
  const shared = options.shared ? (held[0]?.container ?? null) : null;
  const container = shared ?? new VfioContainer({ memory: space, journal });
  const added = container.addGroup({ driver: host.driver, devices: [passed.host] });
  if (added !== 0) return { what: 'VFIO_GROUP_SET_CONTAINER', errno: added };
  if (shared === null) {
    const typed = container.setIommu(VFIO_IOMMU_TYPE.VFIO_TYPE1_NESTING_IOMMU);
    if (typed !== 0) return { what: 'VFIO_SET_IOMMU', errno: typed };
    for (const range of options.ram) {
      const mapped = mapRam(container, range);
      if (mapped !== 0) return { what: 'VFIO_IOMMU_MAP_DMA', errno: mapped };
    }
  }
  const file = new VfioDevice({ device: passed.host, container, reports: host.reports, journal, signal: (fd) => signalled.add(fd) });
  const opened = file.open();
  if (opened !== 0) return { what: 'open', errno: opened };
  const wired = signalFaults(file, EVENTFD + held.length);
  return wired === null || wired === 0 ? { passed, container, file } : { what: 'VFIO_DEVICE_SET_IRQS', errno: wired };
}

function ringView(device: string, kind: FaultQueueView['kind'], type: FaultQueueView['type'], ring: FaultRing | ResponseRing): FaultQueueView {
  const { head, tail, size } = ring;
  return { kind, device, size, head, tail, waiting: (head - tail + size) % size, lost: false, type, entry: (slot) => ring.entry(slot) };
}
