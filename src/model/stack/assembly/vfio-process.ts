/** A VMM on the v16 uAPI: containers with a nested domain each, fault regions behind an eventfd. */
import type { Result } from '../../base/result.ts';
import { assert } from '../../base/assert.ts';
import { fail, ok } from '../../base/result.ts';
import { errnoText } from '../errno.ts';
import { VfioContainer } from '../host/vfio/container.ts';
import { VfioDevice } from '../host/vfio/device.ts';
import type { Domain } from '../host/driver/objects.ts';
import { encodeStruct } from '../uapi/bytes.ts';
import { VFIO_DMA_UNMAP, VFIO_IOMMU_TYPE, VFIO_IOMMU_UNMAP_DMA } from '../uapi/vfio-v16/container.ts';
import type { RamRange } from '../vmm/ram-range.ts';
import { mapRam } from '../vmm/vfio/container-calls.ts';
import { isDeviceIoctl } from '../uapi/vfio-v16/device.ts';
import { findFaultRegion, signalFaults } from '../vmm/vfio/fault-region.ts';
import { IDEAL, QEMU_V10 } from '../vmm/vfio/policy.ts';
import type { AssignedDevice } from '../vmm/vfio/vfio-device.ts';
import { VfioHost } from '../vmm/vfio/vfio-host.ts';
import { VirtualSmmu } from '../vmm/virtual-smmu.ts';
import type { PassedDevice, VmmOptions, VmmProcess } from './vmm-process.ts';

interface Held {
  readonly passed: PassedDevice;
  readonly container: VfioContainer;
  readonly file: VfioDevice;
}

/** The first eventfd; each device has its own. */
const EVENTFD = 10;

const refused = (what: string, device: string, result: number): Result<never> =>
  fail('refused', `${what} for ${device}: ${errnoText(result)}`, { path: 'host.devices' });

export class VfioProcess implements VmmProcess {
  readonly smmu: VirtualSmmu;
  readonly #held: readonly Held[];
  readonly #signalled: Set<number>;

  private constructor(smmu: VirtualSmmu, held: readonly Held[], signalled: Set<number>) {
    this.smmu = smmu;
    this.#held = held;
    this.#signalled = signalled;
  }

  static create(options: VmmOptions): Result<VfioProcess> {
    const held: Held[] = [];
    const signalled = new Set<number>();
    for (const [i, passed] of options.devices.entries()) {
      const container = options.shared ? (held[0]?.container ?? null) : null;
      const made = assign(options, passed, container, EVENTFD + i, signalled);
      if (!made.ok) return made;
      held.push(made.value);
    }
    const policy = options.data.vmm === 'ideal' ? IDEAL : QEMU_V10;
    const devices = held.map(({ passed, container, file }): AssignedDevice => ({
      name: passed.data.name, vSid: passed.data.vSID, container, regions: file, faultRegion: findFaultRegion(file),
    }));
    const { id, memory, journal, onInterrupt } = options;
    const smmu = new VirtualSmmu({ id, memory, journal, whenFull: policy.whenFull, onInterrupt }, (guest) => new VfioHost(guest, devices, policy));
    return ok(new VfioProcess(smmu, held, signalled));
  }

  ioctl(device: string, cmd: number, bytes: Uint8Array): number {
    const { container, file } = this.#of(device);
    return isDeviceIoctl(cmd) ? file.ioctl(cmd, bytes) : container.ioctl(cmd, bytes);
  }

  unmapRam(ipa: bigint, size: bigint): number {
    return this.#each((container) => container.ioctl(VFIO_IOMMU_UNMAP_DMA, encodeStruct(VFIO_DMA_UNMAP, { argsz: VFIO_DMA_UNMAP.bytes, iova: ipa, size })));
  }

  mapRam(range: RamRange): number {
    return this.#each((container) => mapRam(container, range));
  }

  poll(): void {
    if (this.#signalled.size === 0) return;
    this.#signalled.clear();
    this.smmu.hostEvents();
  }

  domainOf(device: string): Domain | null {
    const { container, passed } = this.#of(device);
    return container.domainOf(passed.host)?.domain ?? null;
  }

  pending(device: string): number {
    const ring = this.#of(device).file.faultRing;
    return ring === null ? 0 : (ring.head - ring.tail + 512) % 512;
  }

  #each(call: (container: VfioContainer) => number): number {
    const results = [...new Set(this.#held.map(({ container }) => container))].map(call);
    return results.find((result) => result !== 0) ?? 0;
  }

  #of(device: string): Held {
    const found = this.#held.find(({ passed }) => passed.data.name === device);
    assert(found !== undefined, `the VMM holds ${device}`);
    return found;
  }
}

/** A device into its container, RAM into the container, the fault interrupt to an eventfd. */
function assign(options: VmmOptions, passed: PassedDevice, shared: VfioContainer | null, eventfd: number, signalled: Set<number>): Result<Held> {
  const { host, journal, space } = options;
  const { name } = passed.data;
  const container = shared ?? new VfioContainer({ memory: space, journal });
  const added = container.addGroup({ driver: host.driver, devices: [passed.host] });
  if (added !== 0) return refused('VFIO_GROUP_SET_CONTAINER', name, added);
  if (shared === null) {
    const typed = container.setIommu(VFIO_IOMMU_TYPE.VFIO_TYPE1_NESTING_IOMMU);
    if (typed !== 0) return refused('VFIO_SET_IOMMU', name, typed);
    for (const range of options.ram) {
      const mapped = mapRam(container, range);
      if (mapped !== 0) return refused('VFIO_IOMMU_MAP_DMA', name, mapped);
    }
  }
  const file = new VfioDevice({ device: passed.host, container, reports: host.reports, journal, signal: (fd) => signalled.add(fd) });
  const opened = file.open();
  if (opened !== 0) return refused('open', name, opened);
  const wired = signalFaults(file, eventfd);
  return wired === null || wired === 0 ? ok({ passed, container, file }) : refused('VFIO_DEVICE_SET_IRQS', name, wired);
}
