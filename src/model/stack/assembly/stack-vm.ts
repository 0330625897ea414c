/** A VM: RAM, the VMM with its virtual SMMU, and the guest's kernel with its devices. */
import { fail, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { assert } from '../../base/assert.ts';
import { errnoText, isErrno } from '../errno.ts';
import { NO_FIRMWARE } from '../guest/firmware.ts';
import { GuestKernel } from '../guest/guest-kernel.ts';
import type { BoundDevice } from '../guest/guest-kernel.ts';
import type { StackJournal } from '../journal.ts';
import { UserSpace } from '../uapi/user-memory.ts';
import type { RamRange } from '../vmm/ram-range.ts';
import { msiFirmware } from '../vmm/rmr.ts';
import type { StackData, StackVmData } from './data.ts';
import type { HostKernel } from './host-kernel.ts';
import { IommufdProcess } from './iommufd-process.ts';
import { VfioProcess } from './vfio-process.ts';
import { VmRam } from './vm-ram.ts';
import type { RamRegion } from './vm-ram.ts';
import type { PassedDevice, VmmProcess } from './vmm-process.ts';

/** Where the VMM's own memory has the RAM: IPA 0 would be here. */
const VADDR = 0x5555_0000_0000n;
/** What the guest's kernel keeps for tables and queues, at the top of its first RAM. */
export const GUEST_HEAP = 4n << 20n;
const LOG2_COMMANDS = 8;
const LOG2_EVENTS = 7;

export interface StackVmOptions {
  readonly data: StackData;
  readonly vm: StackVmData;
  readonly regions: readonly RamRegion[];
  readonly host: HostKernel;
  readonly devices: readonly PassedDevice[];
  readonly journal: StackJournal;
}

export class StackVm {
  readonly data: StackVmData;
  readonly ram: VmRam;
  readonly vmm: VmmProcess;
  readonly kernel: GuestKernel;
  private readonly _devices: Map<string, BoundDevice>;

  private constructor(data: StackVmData, ram: VmRam, vmm: VmmProcess, kernel: GuestKernel, devices: Map<string, BoundDevice>) {
    this.data = data;
    this.ram = ram;
    this.vmm = vmm;
    this.kernel = kernel;
    this._devices = devices;
  }

  /** The VMM starts, then the guest boots and binds its devices. The error says who refused what. */
  static create(options: StackVmOptions): Result<StackVm> {
    const { host, regions, vm, journal } = options;
    const ram = new VmRam(vm.name, regions, host.memory, (pa, bytes) => host.wrote(pa, bytes));
    let kernel: GuestKernel | null = null;
    const vmm = startVmm(options, ram, (source) => kernel?.interrupt(source));
    if (!vmm.ok) return vmm;
    const first = regions[0]!;
    const { invalidation, rmr, rangeInvalidation, hitless, stalls, faults } = vm.driver;
    const booted = GuestKernel.boot({
      registers: vmm.value.smmu,
      memory: ram,
      heap: { base: first.ipa + first.size - GUEST_HEAP, size: GUEST_HEAP },
      vintage: { rangeInvalidation, hitless, stalls },
      faults,
      journal,
      defaultDomain: invalidation,
      firmware: rmr ? msiFirmware(options.devices.map(({ data }) => data.vSID)) : NO_FIRMWARE,
      cmdqShift: LOG2_COMMANDS,
      evtqShift: LOG2_EVENTS,
    });
    if (isErrno(booted)) return fail('no-guest', `the guest's SMMUv3 driver does not come up on the virtual SMMU: ${errnoText(booted)}`, { path: `guest.${vm.name}` });
    kernel = booted;
    const devices = new Map<string, BoundDevice>();
    for (const { data } of present(options)) {
      const bound = booted.addDevice({ name: data.name, streamId: data.vSID, canStall: data.canStall, ats: data.ats === true });
      if (isErrno(bound)) return fail('no-guest', `the guest cannot bind ${data.name}: ${errnoText(bound)}`, { path: `guest.${vm.name}` });
      devices.set(data.name, bound);
    }
    return ok(new StackVm(vm, ram, vmm.value, booted, devices));
  }

  /** Those that the guest has bound, by name. */
  get devices(): ReadonlyMap<string, BoundDevice> {
    return this._devices;
  }

  /** A device is added to the running VM, and its guest binds it. 0 or the negative errno of who refused. */
  plug(passed: PassedDevice): number {
    const { name, vSID, canStall, ats } = passed.data;
    const result = this.vmm.plug(passed);
    const bound = result === 0 ? this.kernel.addDevice({ name, streamId: vSID, canStall, ats: ats === true }) : result;
    if (isErrno(bound)) return bound;
    this._devices.set(name, bound);
    return 0;
  }

  deviceOf(name: string): BoundDevice {
    const bound = this.devices.get(name);
    assert(bound !== undefined, `the guest has ${name}`);
    return bound;
  }
}

/** Devices that the VM starts with. */
const present = ({ devices }: StackVmOptions): readonly PassedDevice[] => devices.filter(({ data }) => data.plugged);

const rangeOf = ({ ipa, size }: RamRegion): RamRange => ({ vaddr: VADDR + ipa, ipa, size });

export const ramRange = rangeOf;

function startVmm(options: StackVmOptions, memory: VmRam, onInterrupt: (source: 'EVENTQ' | 'PRIQ' | 'CMD_SYNC' | 'GERROR') => void): Result<VmmProcess> {
  const { data, vm, regions, host, journal } = options;
  const space = new UserSpace();
  for (const { ipa, pa, size } of regions) space.mapRam(VADDR + ipa, host.memory, pa, size);
  const common = { data, host, id: vm.vsmmu, space, ram: regions.map(rangeOf), memory, devices: present(options), shared: vm.containers === 'shared', journal, onInterrupt };
  return data.uapi === 'iommufd' ? IommufdProcess.create(common) : VfioProcess.create(common);
}
