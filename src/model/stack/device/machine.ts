import type { Result } from '../../base/result.ts';
import { fail, ok } from '../../base/result.ts';
import { PhysicalMemory } from '../../memory/physical-memory.ts';
import { Smmu } from '../../smmu/smmu.ts';
import { PROFILES } from '../../spec/deviations.ts';
import type { Profile } from '../../spec/deviations.ts';
import { PRESETS } from '../../spec/features.ts';
import { directBusMaster, smmuBusMaster } from './bus-master.ts';
import { Ecam } from './ecam.ts';
import { EduDevice } from './edu.ts';
import { createHostBridge } from './host-bridge.ts';
import { IommuTestDevice } from './iommu-testdev.ts';
import type { Mmio } from './mmio.ts';
import { PciBus } from './pci-bus.ts';
import type { PciFunction } from './pci-function.ts';
import { RootPort } from './root-port.ts';
import type { BusRange } from './system-bus.ts';
import { SystemBus } from './system-bus.ts';

/** Physical addresses of the parts of QEMU's `virt` machine that are here. */
export const VIRT = {
  SMMU: 0x0905_0000n,
  PCI_MMIO: 0x1000_0000n,
  PCI_MMIO_SIZE: 0x2eff_0000n,
  RAM: 0x4000_0000n,
  ECAM: 0x40_1000_0000n,
} as const;

/** Shared peripheral interrupts: the four of the SMMU, and the four PCI wires. */
const SMMU_INTERRUPTS = { EVENTQ: 74, PRIQ: 75, CMD_SYNC: 76, GERROR: 77 } as const;
const PCI_INTERRUPT = 3;

/** RAM ends where the configuration space begins. */
export const MAX_MEMORY_BYTES = VIRT.ECAM - VIRT.RAM;

export const DEVICE_MODELS = ['iommu-testdev', 'edu', 'pcie-root-port'] as const;
export type DeviceModel = (typeof DEVICE_MODELS)[number];

/** One device to plug in. */
export interface DeviceRequest {
  readonly model: DeviceModel;
  /** For a root port also the name of the bus behind it. */
  readonly id?: string;
  /** `pcie.0` (the root bus, default) or the id of a root port named before. */
  readonly bus?: string;
  /** Slot << 3 | function; default: the first free slot. */
  readonly devfn?: number;
  readonly multifunction?: boolean;
  /** Address bits the device drives: `edu` only. */
  readonly dmaMask?: bigint;
}

export interface MachineOptions {
  /** Bytes of RAM, a multiple of 4096. */
  readonly memoryBytes: bigint;
  /** True: an SMMUv3 stands between PCI and memory. */
  readonly smmu: boolean;
  /** Whose behaviour it has; without it the architecture's. */
  readonly profile?: Profile;
  readonly devices: readonly DeviceRequest[];
  /** A shared peripheral interrupt changed level. The SMMU's are pulses: true, then false at once. */
  readonly onInterrupt: (number: number, level: boolean) => void;
}

export interface Machine {
  readonly bus: SystemBus;
  readonly memory: PhysicalMemory;
  readonly smmu: Smmu | null;
}

/**
 * A machine laid out as QEMU's `virt`: RAM, an SMMUv3 with the ID registers of QEMU 11, and a PCI Express host with
 * the devices asked for. Everything else reads 0. StreamID = PCI requester id.
 */
export function createMachine(options: MachineOptions): Result<Machine> {
  const memory = new PhysicalMemory([{ base: VIRT.RAM, size: options.memoryBytes }]);
  const smmu = options.smmu ? createSmmu(memory, options.profile, options.onInterrupt) : null;
  const root = new PciBus({
    number: () => 0,
    masters: smmu === null ? directBusMaster(memory) : smmuBusMaster(smmu),
    interrupts: (pin, level) => options.onInterrupt(PCI_INTERRUPT + pin, level),
    firstFreeSlot: 1,
  });
  root.plug(0, createHostBridge());
  const plugged = plugAll(root, memory, options.devices);
  if (!plugged.ok) return plugged;
  const ranges = [range(VIRT.ECAM, new Ecam(root)), pciWindow(root)];
  if (smmu !== null) ranges.push(range(VIRT.SMMU, smmuRegisters(smmu)));
  return ok({ bus: new SystemBus(memory, ranges), memory, smmu });
}

function createSmmu(memory: PhysicalMemory, profile: Profile | undefined, onInterrupt: MachineOptions['onInterrupt']): Smmu {
  return new Smmu({
    id: PRESETS['qemu-11'].id,
    memory,
    deviates: PROFILES[profile ?? 'arch'],
    onInterrupt(source) {
      onInterrupt(SMMU_INTERRUPTS[source], true);
      onInterrupt(SMMU_INTERRUPTS[source], false);
    },
  });
}

/** Pages 0 and 1 of the SMMU: 32-bit accesses and 64-bit ones (IHI 0070 6.2). */
function smmuRegisters(smmu: Smmu): Mmio {
  return {
    size: 0x2_0000,
    narrowest: 4,
    widest: 8,
    read: (offset, width) => (width === 8 ? smmu.read64(offset) : BigInt(smmu.read32(offset) >>> 0)),
    write(offset, width, value) {
      if (width === 8) smmu.write64(offset, value);
      else smmu.write32(offset, Number(value));
    },
  };
}

function range(base: bigint, mmio: Mmio): BusRange {
  return { base, size: BigInt(mmio.size), decode: (offset) => ({ mmio, offset }) };
}

function pciWindow(root: PciBus): BusRange {
  return { base: VIRT.PCI_MMIO, size: VIRT.PCI_MMIO_SIZE, decode: (offset) => root.decode(Number(VIRT.PCI_MMIO) + offset) };
}

function plugAll(root: PciBus, memory: PhysicalMemory, requests: readonly DeviceRequest[]): Result<null> {
  const buses = new Map([['pcie.0', root]]);
  const ids = new Set<string>();
  for (const request of requests) {
    const { id } = request;
    if (id !== undefined && ids.has(id)) return fail('duplicate-id', `device id "${id}" is used twice`);
    if (id !== undefined) ids.add(id);
    const bus = buses.get(request.bus ?? 'pcie.0');
    if (bus === undefined) {
      return fail('no-bus', `${request.model}: no bus "${request.bus}" (expected one of ${[...buses.keys()].join(', ')})`);
    }
    const devfn = request.devfn ?? bus.freeDevfn();
    if (devfn === null || bus.at(devfn) !== undefined) {
      return fail(
        'slot-in-use',
        `${request.model}: ${devfn === null ? 'the bus is full' : `slot ${devfn >>> 3} function ${devfn & 7} is taken`}`,
      );
    }
    const fn = createFunction(request, bus, memory);
    bus.plug(devfn, fn);
    if (fn instanceof RootPort && id !== undefined) buses.set(id, fn.secondary);
  }
  return ok(null);
}

function createFunction(request: DeviceRequest, bus: PciBus, memory: PhysicalMemory): PciFunction {
  switch (request.model) {
    case 'iommu-testdev':
      return new IommuTestDevice(memory, request.multifunction);
    case 'edu':
      return new EduDevice(request.dmaMask, request.multifunction);
    case 'pcie-root-port':
      return new RootPort(bus.masters, request.multifunction);
  }
}
