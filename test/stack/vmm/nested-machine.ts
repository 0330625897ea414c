/** The whole path: a guest's kernel on a virtual SMMU, a VMM, the uAPI, the host's kernel, and a physical SMMU with a device. */
import { GuestRam } from '../../../src/model/lab/guest-ram.ts';
import { PhysicalMemory } from '../../../src/model/memory/physical-memory.ts';
import { dma } from '../../../src/model/smmu/dma.ts';
import type { DmaResult } from '../../../src/model/smmu/dma.ts';
import { Smmu } from '../../../src/model/smmu/smmu.ts';
import { accessor, CD, PRESETS, setField, STE, wide } from '../../../src/model/spec/index.ts';
import type { FieldValue, IdRegisters } from '../../../src/model/spec/index.ts';
import { GuestKernel } from '../../../src/model/stack/guest/guest-kernel.ts';
import type { BoundDevice, GuestKernelOptions } from '../../../src/model/stack/guest/guest-kernel.ts';
import { VINTAGES } from '../../../src/model/stack/guest/vintage.ts';
import { FaultReports } from '../../../src/model/stack/host/core/fault-reports.ts';
import { cfgiCd, cfgiSte } from '../../../src/model/stack/host/driver/commands.ts';
import { SmmuDriver } from '../../../src/model/stack/host/driver/driver.ts';
import { KernelLog } from '../../../src/model/stack/host/driver/kernel-log.ts';
import { PageAllocator } from '../../../src/model/stack/host/driver/page-allocator.ts';
import type { As, Generation } from '../../../src/model/stack/host/driver/choices.ts';
import type { HostDevice } from '../../../src/model/stack/host/driver/types.ts';
import { Iommufd } from '../../../src/model/stack/host/iommufd/iommufd.ts';
import { VfioCdev } from '../../../src/model/stack/host/iommufd/vfio-cdev.ts';
import { VfioContainer } from '../../../src/model/stack/host/vfio/container.ts';
import { VfioDevice } from '../../../src/model/stack/host/vfio/device.ts';
import { StackJournal } from '../../../src/model/stack/journal.ts';
import { decodeStruct, encodeStruct } from '../../../src/model/stack/uapi/bytes.ts';
import { STRUCT_BIND_IOMMUFD, VFIO_DEVICE_BIND_IOMMUFD } from '../../../src/model/stack/uapi/iommufd/vfio-cdev.ts';
import { UserSpace } from '../../../src/model/stack/uapi/user-memory.ts';
import { VFIO_IOMMU_TYPE } from '../../../src/model/stack/uapi/vfio-v16/container.ts';
import { AccelHost } from '../../../src/model/stack/vmm/accel/accel-host.ts';
import { IommufdCalls } from '../../../src/model/stack/vmm/accel/iommufd-calls.ts';
import { brokenPromises, Vsmmu } from '../../../src/model/stack/vmm/accel/vsmmu.ts';
import type { WhenFull } from '../../../src/model/stack/vmm/event-ring.ts';
import { readWords, writeWords } from '../../../src/model/stack/vmm/guest-memory.ts';
import type { GuestSide, HostSide } from '../../../src/model/stack/vmm/guest-side.ts';
import { QEMU_V10_ID } from '../../../src/model/stack/vmm/id-registers.ts';
import { mapRam } from '../../../src/model/stack/vmm/vfio/container-calls.ts';
import { findFaultRegion, findResponseRegion, signalFaults } from '../../../src/model/stack/vmm/vfio/fault-region.ts';
import type { VfioPolicy } from '../../../src/model/stack/vmm/vfio/policy.ts';
import type { AssignedDevice } from '../../../src/model/stack/vmm/vfio/vfio-device.ts';
import { VfioHost } from '../../../src/model/stack/vmm/vfio/vfio-host.ts';
import { VirtualSmmu } from '../../../src/model/stack/vmm/virtual-smmu.ts';

const HOST_RAM = 0x8000_0000n;
const HOST_HEAP = 16n << 20n;
export const VM_PA = HOST_RAM + HOST_HEAP;
const VM_IPA = 0x4000_0000n;
const VM_SIZE = 16n << 20n;
const VM_VADDR = 0x7000_0000_0000n;
const GUEST_HEAP = VM_SIZE / 2n;
/** Guest memory that is not the kernel's. */
export const BUFFER = VM_IPA + GUEST_HEAP;
const EVENTFD = 40;

/** Physical and virtual StreamIDs differ, so that one in the other's place shows. */
const PHYSICAL = 0x20;
const VIRTUAL = 0x8;

export type Path =
  | { readonly uapi: 'vfio-v16'; readonly as: As; readonly policy: VfioPolicy }
  | { readonly uapi: 'iommufd'; readonly commandsPerIoctl: number };

export interface MachineOptions {
  readonly path: Path;
  readonly devices?: number;
  /** Of the physical and of the virtual SMMU. */
  readonly id?: IdRegisters;
  readonly virtualId?: IdRegisters;
  readonly guest?: Partial<GuestKernelOptions>;
}

function must<T>(value: T | number, what: string): T {
  if (typeof value === 'number' && value < 0) throw new Error(`${what}: ${value}`);
  return value as T;
}

export class NestedMachine {
  readonly memory = new PhysicalMemory([{ base: HOST_RAM, size: HOST_HEAP + VM_SIZE }]);
  readonly ram = new GuestRam(this.memory);
  readonly journal = new StackJournal();
  readonly hostLog = new KernelLog();
  readonly space = new UserSpace();
  readonly reports = new FaultReports(this.journal);
  readonly smmu: Smmu;
  readonly host: SmmuDriver;
  readonly hostDevices: readonly HostDevice[];
  readonly virtual: VirtualSmmu;
  readonly kernel: GuestKernel;
  readonly bound: readonly BoundDevice[];
  readonly #options: MachineOptions;

  constructor(options: MachineOptions) {
    this.#options = options;
    this.ram.back(VM_IPA, VM_PA, VM_SIZE);
    this.space.mapRam(VM_VADDR, this.memory, VM_PA, VM_SIZE);
    this.smmu = new Smmu({
      id: options.id ?? PRESETS['qemu-11'].id,
      memory: this.memory,
      onInterrupt: (source) => this.host?.interrupt(source),
    });
    this.host = this.#probeHost(options.path.uapi === 'iommufd' ? 'modern' : 'v16');
    this.hostDevices = Array.from({ length: options.devices ?? 1 }, (_, i) => this.#hostDevice(i));
    this.virtual = this.#vmm();
    this.kernel = must(GuestKernel.boot(this.#guestOptions()), 'guest');
    this.bound = this.hostDevices.map((_, i) =>
      must(this.kernel.addDevice({ name: `0000:00:0${i + 1}.0`, streamId: VIRTUAL + i }), 'device'),
    );
  }

  /** DMA of a device. What the SMMU raises goes all the way up before this returns. */
  dma(iova: bigint, access: 'read' | 'write', data: Uint8Array = new Uint8Array(8), device = 0): DmaResult {
    const result = dma(this.smmu, { sid: PHYSICAL + device, iova, access }, data.length, data);
    // The vEVENTQ's file becomes readable.
    if (this.#options.path.uapi === 'iommufd') this.virtual.hostEvents();
    return result;
  }

  /** Changes a field of a device's CD in guest memory, and says so with CFGI_CD. */
  changeCd(field: 'V' | 'TTB0', value: FieldValue, device = 0): void {
    const at = wide(STE, 'S1ContextPtr')(this.#vSte(device), 0);
    const words = readWords(this.ram, at, 16)!;
    setField(CD, field, value, words, 0);
    writeWords(this.ram, at, words);
    this.kernel.driver.smmu.cmdq.issueSync(cfgiCd(VIRTUAL + device, 0));
  }

  /** Writes the first word of a device's STE in guest memory, and says so with CFGI_STE. */
  writeSte(word0: bigint, device = 0): void {
    this.ram.write64(this.kernel.driver.smmu.strtab.steOf(VIRTUAL + device), word0);
    this.kernel.driver.smmu.cmdq.issueSync(cfgiSte(VIRTUAL + device));
  }

  ste0(device = 0): bigint {
    return this.ram.read64(this.kernel.driver.smmu.strtab.steOf(VIRTUAL + device))!;
  }

  /** Config of the physical STE. */
  physicalConfig(device = 0): number {
    return accessor(STE, 'Config')(readWords(this.memory, this.host.smmu.strtab.steOf(PHYSICAL + device), 16)!, 0);
  }

  #vSte(device: number): Int32Array {
    return readWords(this.ram, this.kernel.driver.smmu.strtab.steOf(VIRTUAL + device), 16)!;
  }

  /** Journal records that say something was dropped, as `hop action: why`, since the last call. */
  dropped(): string[] {
    const records = this.journal.records.slice(this.#mark).filter((record) => record.dropped !== undefined);
    this.#mark = this.journal.records.length;
    return records.map((record) => `${record.hop} ${record.action}: ${record.dropped}`);
  }

  /** Names of commands that a driver has issued since the last `dropped()`. */
  commands(hop: 'guest' | 'host-driver'): string[] {
    return this.journal.records
      .slice(this.#mark)
      .filter((record) => record.hop === hop && record.action.startsWith('CMD_'))
      .map((record) => record.action);
  }

  #mark = 0;

  #probeHost(generation: Generation): SmmuDriver {
    const { path } = this.#options;
    const driver = SmmuDriver.probe({
      name: '9050000.smmuv3',
      generation,
      as: path.uapi === 'vfio-v16' ? path.as : 'posted',
      registers: this.smmu,
      memory: this.memory,
      pages: new PageAllocator(HOST_RAM, HOST_HEAP, (address, length) => this.memory.fill(address, length, 0)),
      journal: this.journal,
      log: this.hostLog,
      core: this.reports,
      cmdqShift: 10,
      evtqShift: 7,
    });
    return must(driver, 'host');
  }

  #hostDevice(index: number): HostDevice {
    const device: HostDevice = {
      name: `0000:0${index + 1}:00.0`,
      streamIds: [PHYSICAL + index],
      ssidBits: 0,
      canStall: false,
      ats: false,
      canWbs: true,
      svaEnabled: false,
      reservedRegions: [],
    };
    must(this.host.probeDevice(device), 'probe');
    return device;
  }

  #guestOptions(): GuestKernelOptions {
    return {
      registers: this.virtual,
      memory: this.ram,
      heap: { base: VM_IPA, size: GUEST_HEAP },
      vintage: VINTAGES['5.15'],
      journal: this.journal,
      cmdqShift: 8,
      evtqShift: 5,
      ...this.#options.guest,
    };
  }

  #vmm(): VirtualSmmu {
    const { path } = this.#options;
    return path.uapi === 'vfio-v16' ? this.#vfio(path.policy) : this.#accelerated(path.commandsPerIoctl);
  }

  #virtual(connect: (guest: GuestSide) => HostSide, whenFull: WhenFull): VirtualSmmu {
    const { journal, ram } = this;
    return new VirtualSmmu(
      {
        id: this.#options.virtualId ?? QEMU_V10_ID,
        memory: ram,
        journal,
        whenFull,
        onInterrupt: (source) => this.kernel?.interrupt(source),
      },
      connect,
    );
  }

  #vfio(policy: VfioPolicy): VirtualSmmu {
    const assigned = this.hostDevices.map((device, i): AssignedDevice => {
      const container = new VfioContainer({ memory: this.space, journal: this.journal });
      must(container.addGroup({ driver: this.host, devices: [device] }), 'group');
      must(container.setIommu(VFIO_IOMMU_TYPE.VFIO_TYPE1_NESTING_IOMMU), 'type');
      must(mapRam(container, { vaddr: VM_VADDR, ipa: VM_IPA, size: VM_SIZE }), 'RAM');
      const file = new VfioDevice({
        device,
        container,
        reports: this.reports,
        journal: this.journal,
        signal: () => this.virtual?.hostEvents(),
      });
      must(file.open(), 'open');
      must(signalFaults(file, EVENTFD) ?? -1, 'fault interrupt');
      return { name: device.name, vSid: VIRTUAL + i, container, regions: file, faultRegion: findFaultRegion(file), responseRegion: findResponseRegion(file) };
    });
    return this.#virtual((guest) => new VfioHost(guest, assigned, policy), policy.whenFull);
  }

  #accelerated(commandsPerIoctl: number): VirtualSmmu {
    const iommufd = new Iommufd({ memory: this.space, reports: this.reports, journal: this.journal });
    const calls = new IommufdCalls(iommufd, this.space);
    const devices = this.hostDevices.map((device, i) => {
      const file = new VfioCdev({ driver: this.host, device, journal: this.journal, iommufdOf: () => iommufd });
      const bytes = encodeStruct(STRUCT_BIND_IOMMUFD, { argsz: STRUCT_BIND_IOMMUFD.bytes, iommufd: 3 });
      must(file.ioctl(VFIO_DEVICE_BIND_IOMMUFD, bytes), 'bind');
      return { name: device.name, vSid: VIRTUAL + i, devId: decodeStruct(STRUCT_BIND_IOMMUFD, bytes).out_devid, file, canStall: false };
    });
    const lacking = must(brokenPromises(calls, devices[0]!, this.#options.virtualId ?? QEMU_V10_ID), 'hardware info') as readonly string[];
    if (lacking.length > 0) throw new Error(`the host lacks ${lacking.join(', ')}`);
    const ioas = must(calls.ioasAlloc(), 'IOAS');
    must(calls.ioasMap(ioas, { vaddr: VM_VADDR, ipa: VM_IPA, size: VM_SIZE }), 'RAM');
    const parent = must(calls.parentAlloc(devices[0]!.devId, ioas), 'parent');
    const vsmmu = must(Vsmmu.create(calls, devices, parent, false), 'vSMMU') as Vsmmu;
    return this.#virtual((guest) => new AccelHost(guest, { calls, vsmmu, commandsPerIoctl }), 'OVFLG');
  }
}
