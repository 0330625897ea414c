/** A VMM on iommufd: one stage 2 for all devices of the VM, a vIOMMU on it, a vDEVICE for each device (c.9). */
import { assert } from '../../base/assert.ts';
import { fail, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { decodeFeatures } from '../../spec/index.ts';
import { ERRNO, errnoText, isErrno } from '../errno.ts';
import type { OrErrno } from '../errno.ts';
import { wordsData } from '../host/driver/words-data.ts';
import type { FaultQueue } from '../host/iommufd/fault-queue.ts';
import type { IommufdObject } from '../host/iommufd/objects.ts';
import type { UserSpace } from '../uapi/user-memory.ts';
import { Iommufd } from '../host/iommufd/iommufd.ts';
import type { Veventq } from '../host/iommufd/veventq.ts';
import { VfioCdev } from '../host/iommufd/vfio-cdev.ts';
import type { Domain } from '../host/driver/objects.ts';
import { decodeStruct, encodeStruct } from '../uapi/bytes.ts';
import { STRUCT_IOAS_UNMAP } from '../uapi/iommufd/ioas.ts';
import { IOMMU_IOAS_UNMAP } from '../uapi/iommufd/ioctls.ts';
import { STRUCT_HWPT_PGFAULT, STRUCT_VEVENT_ARM_SMMUV3, STRUCT_VEVENT_HEADER } from '../uapi/iommufd/events.ts';
import { STRUCT_BIND_IOMMUFD, VFIO_DEVICE_BIND_IOMMUFD } from '../uapi/iommufd/vfio-cdev.ts';
import { isDeviceIoctl } from '../uapi/vfio-v16/device.ts';
import { AccelHost } from '../vmm/accel/accel-host.ts';
import { IommufdCalls } from '../vmm/accel/iommufd-calls.ts';
import { brokenPromises, Vsmmu } from '../vmm/accel/vsmmu.ts';
import type { AccelDevice } from '../vmm/accel/vsmmu.ts';
import type { RamRange } from '../vmm/ram-range.ts';
import { VirtualSmmu } from '../vmm/virtual-smmu.ts';
import type { FaultQueueView, KernelQueue, PassedDevice, VmmOptions, VmmProcess } from './vmm-process.ts';

/** The descriptor of /dev/iommu in the process. */
const IOMMUFD = 9;
/** The most commands that a VMM which batches puts into one HWPT_INVALIDATE. */
const BATCH = 64;

const refused = (what: string, result: number, why = ''): Result<never> => fail('refused', `${what}: ${errnoText(result)}${why}`, { path: 'host.devices' });

export class IommufdProcess implements VmmProcess {
  readonly smmu: VirtualSmmu;
  readonly space: UserSpace;
  private readonly options: VmmOptions;
  private readonly file: Iommufd;
  private readonly vsmmu: Vsmmu;
  private readonly calls: IommufdCalls;
  private readonly ioas: number;
  private readonly parent: number;

  private constructor(options: VmmOptions, smmu: VirtualSmmu, file: Iommufd, vsmmu: Vsmmu, calls: IommufdCalls, ioas: number, parent: number) {
    this.smmu = smmu;
    this.space = options.space;
    this.file = file;
    this.options = options;
    this.vsmmu = vsmmu;
    this.calls = calls;
    this.ioas = ioas;
    this.parent = parent;
  }

  static create(options: VmmOptions): Result<IommufdProcess> {
    const { host, id, space, journal, memory, onInterrupt } = options;
    const file = new Iommufd({ memory: space, reports: host.reports, journal });
    const calls = new IommufdCalls(file, space);
    const devices = bindAll(options, file);
    if (!devices.ok) return devices;
    const broken = brokenPromises(calls, devices.value[0]!, id);
    if (isErrno(broken)) return refused('IOMMU_GET_HW_INFO', broken);
    if (broken.length > 0) return fail('incompatible-smmu', `the virtual SMMU promises what the host's does not have: ${broken.join(', ')}`, { path: 'host.smmu' });
    const ioas = calls.ioasAlloc();
    if (ioas < 0) return refused('IOMMU_IOAS_ALLOC', ioas);
    for (const range of options.ram) {
      const mapped = calls.ioasMap(ioas, range);
      if (mapped !== 0) return refused('IOMMU_IOAS_MAP', mapped);
    }
    const parent = calls.parentAlloc(devices.value[0]!.devId, ioas);
    if (parent < 0) return refused('IOMMU_HWPT_ALLOC with NEST_PARENT', parent);
    // QEMU has no page faults of its guests (c.9).
    const stalls = options.data.vmm === 'ideal' && decodeFeatures(id).stallModel !== 1;
    const vsmmu = Vsmmu.create(calls, devices.value, parent, stalls);
    if (isErrno(vsmmu)) return refused('IOMMU_VIOMMU_ALLOC', vsmmu, `; ${host.driver.viommuSize(options.devices[0]!.host).why}`);
    const commandsPerIoctl = options.data.vmm === 'ideal' ? BATCH : 1;
    const smmu = new VirtualSmmu({ id, memory, journal, whenFull: 'OVFLG', onInterrupt }, (guest) => new AccelHost(guest, { calls, vsmmu, commandsPerIoctl }));
    return ok(new IommufdProcess(options, smmu, file, vsmmu, calls, ioas, parent));
  }

  /** All devices of the VM share /dev/iommu; each has a file of its own. */
  ioctl(device: string, cmd: number, bytes: Uint8Array): number {
    const file = this.vsmmu.devices.find(({ name }) => name === device)?.file;
    return isDeviceIoctl(cmd) && file !== undefined ? file.ioctl(cmd, bytes) : this.file.ioctl(cmd, bytes);
  }

  deviceIoctl(device: string, cmd: number, bytes: Uint8Array): number {
    return this.vsmmu.devices.find(({ name }) => name === device)?.file.ioctl(cmd, bytes) ?? -ERRNO.EBADF;
  }

  /** A device of iommufd has no regions of nesting. */
  readRegion(): number {
    return -ERRNO.EINVAL;
  }

  writeRegion(): number {
    return -ERRNO.EINVAL;
  }

  readFile(fd: number, length: number): Uint8Array | number {
    return this.file.readFile(fd, length);
  }

  writeFile(fd: number, data: Uint8Array): number {
    return this.file.writeFile(fd, data);
  }

  answerFault(): number {
    return -ERRNO.EINVAL;
  }

  faultRing(): null {
    return null;
  }

  objects(): readonly IommufdObject[] {
    return [...this.file.objects.all()];
  }

  unmapRam(ipa: bigint, size: bigint): number {
    const { bytes } = STRUCT_IOAS_UNMAP;
    return this.file.ioctl(IOMMU_IOAS_UNMAP, encodeStruct(STRUCT_IOAS_UNMAP, { size: bytes, ioas_id: this.ioas, iova: ipa, length: size }));
  }

  mapRam(range: RamRange): number {
    return this.calls.ioasMap(this.ioas, range);
  }

  plug(passed: PassedDevice): number {
    const device = bind(this.options, passed, this.file);
    return isErrno(device) ? device : this.vsmmu.add(device);
  }

  /** The threads that read the vEVENTQ and the fault queue. */
  poll(): boolean {
    return this.smmu.hostEvents();
  }

  domainOf(): Domain | null {
    const parent = this.file.objects.get(this.parent, 'hwpt-paging');
    assert(!isErrno(parent), 'the parent lives as long as the VMM');
    return parent.domain;
  }

  faultQueues(): readonly FaultQueueView[] {
    const queues: FaultQueueView[] = [];
    for (const one of this.file.objects.all()) {
      if (one.type === 'veventq') queues.push(veventqView(one.queue));
      if (one.type === 'fault') queues.push(faultQueueView(one.queue));
    }
    return queues;
  }

  kernelQueues(): readonly KernelQueue[] {
    const queues: KernelQueue[] = [];
    for (const one of this.file.objects.all()) {
      if (one.type === 'veventq') queues.push({ kind: 'veventq', device: null, bytes: one.queue.depth * VEVENT_BYTES });
      if (one.type === 'fault') queues.push({ kind: 'fault-queue', device: null, bytes: one.queue.entries().length * STRUCT_HWPT_PGFAULT.bytes });
    }
    return queues;
  }

  /** Events are read as soon as the event loop runs. */
  pending(): number {
    return 0;
  }
}

/** The device's file, bound to /dev/iommu; a negative errno. */
function bind({ host, journal }: VmmOptions, { data, host: device }: PassedDevice, iommufd: Iommufd): OrErrno<AccelDevice> {
  const file = new VfioCdev({ driver: host.driver, device, journal, iommufdOf: (fd) => (fd === IOMMUFD ? iommufd : null) });
  const bytes = encodeStruct(STRUCT_BIND_IOMMUFD, { argsz: STRUCT_BIND_IOMMUFD.bytes, iommufd: IOMMUFD });
  const result = file.ioctl(VFIO_DEVICE_BIND_IOMMUFD, bytes);
  return result !== 0 ? result : { name: data.name, vSid: data.vSID, devId: decodeStruct(STRUCT_BIND_IOMMUFD, bytes).out_devid, file, canStall: data.canStall };
}

function bindAll(options: VmmOptions, iommufd: Iommufd): Result<AccelDevice[]> {
  const bound: AccelDevice[] = [];
  for (const passed of options.devices) {
    const device = bind(options, passed, iommufd);
    if (isErrno(device)) return refused(`VFIO_DEVICE_BIND_IOMMUFD of ${passed.data.name}`, device);
    bound.push(device);
  }
  return ok(bound);
}

/** An event and the header before it. */
const VEVENT_BYTES = STRUCT_VEVENT_HEADER.bytes + STRUCT_VEVENT_ARM_SMMUV3.bytes;

const NO_DEVICE = { device: null, tail: 0 } as const;

function veventqView(queue: Veventq): FaultQueueView {
  const { depth, length, waiting } = queue;
  const entry = (slot: number): Uint8Array | null => {
    const words = waiting[slot]?.words ?? null;
    return words === null ? null : wordsData('event', words).bytes;
  };
  return { ...NO_DEVICE, kind: 'vEVENTQ', size: depth, head: length, waiting: length, lost: waiting.at(-1)?.words === null, type: 'event', entry };
}

/** Page faults that were read and wait for an answer, then those that nobody has read; how many fit is only limited by memory. */
function faultQueueView(queue: FaultQueue): FaultQueueView {
  const entries = queue.entries();
  const waiting = entries.filter(({ isRead }) => !isRead).length;
  return { ...NO_DEVICE, kind: 'FAULT_QUEUE', size: entries.length, head: entries.length, tail: entries.length - waiting, waiting, lost: false, type: 'iommu_hwpt_pgfault', entry: (slot) => entries[slot]?.bytes ?? null };
}
