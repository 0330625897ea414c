/**
 * The whole stack as one machine: device, physical SMMU, the host's driver, the uAPI, a VMM with its virtual SMMU for each
 * VM, and the guests' drivers. Everything goes through the real parts; the journal says what every hop did.
 */
import { hex } from '../../base/address.ts';
import { assert } from '../../base/assert.ts';
import { fail, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { Endpoint } from '../../endpoint/endpoint.ts';
import { AddressSpace } from '../../lab/address-space.ts';
import type { CacheOptions } from '../../smmu/options.ts';
import type { Choices, Deviations, IdRegisters, Misuse } from '../../spec/index.ts';
import type { Recorder } from '../../trace/recorder.ts';
import { errnoText } from '../errno.ts';
import type { HostDevice } from '../host/driver/device.ts';
import { StackJournal } from '../journal.ts';
import type { StackData, StackDeviceData, StackVmData } from './data.ts';
import { HEAP_BYTES, HostKernel } from './host-kernel.ts';
import { StackVm } from './stack-vm.ts';
import type { RamRegion } from './vm-ram.ts';

export interface StackMachineOptions {
  readonly stack: StackData;
  readonly id: IdRegisters;
  readonly memory: readonly { readonly base: bigint; readonly size: bigint }[];
  readonly caches: CacheOptions;
  /** What the architecture leaves open to the physical SMMU, where not the model's pick. */
  readonly choices?: Partial<Choices>;
  /** Where the physical SMMU answers as QEMU does. */
  readonly deviates?: Deviations;
  readonly commandQueue: number;
  readonly eventQueue: number;
  readonly recorder: Recorder | null;
  /** Software misused the physical SMMU. */
  readonly onMisuse?: (misuse: Misuse) => void;
}

const BLOCK = 2n << 20n;

/** Rounds of the event loops that one action may take. */
const MOST_ROUNDS = 16;

/** What a device that uses ATS has of it: no page requests, which the kernel does not take (d.6). */
const ATC = { entries: 32, answers: true, credits: null } as const;

export class StackMachine {
  readonly data: StackData;
  readonly host: HostKernel;
  readonly journal: StackJournal;
  readonly vms: ReadonlyMap<string, StackVm>;

  private constructor(data: StackData, host: HostKernel, journal: StackJournal, vms: ReadonlyMap<string, StackVm>) {
    this.data = data;
    this.host = host;
    this.journal = journal;
    this.vms = vms;
  }

  static create(options: StackMachineOptions): Result<StackMachine> {
    const { stack, commandQueue, eventQueue, ...rest } = options;
    const journal = new StackJournal();
    journal.recordInto(options.recorder);
    const host = HostKernel.boot({ ...rest, kernel: stack.kernel, uapi: stack.uapi, cmdqShift: commandQueue, evtqShift: eventQueue, journal });
    if (!host.ok) return host;
    const vms = startVms(options, host.value, journal);
    if (!vms.ok) {
      host.value.memory.release();
      return vms;
    }
    host.value.startRecording();
    journal.booted();
    return ok(new StackMachine(stack, host.value, journal, vms.value));
  }

  release(): void {
    this.host.memory.release();
  }

  device(name: string): StackDeviceData {
    const found = this.data.devices.find((one) => one.name === name);
    assert(found !== undefined, `the lab has a device ${name}`);
    return found;
  }

  vm(name: string): StackVm {
    const vm = this.vms.get(name);
    assert(vm !== undefined, `the lab has a VM ${name}`);
    return vm;
  }

  /** The VM that a device is passed to. */
  vmOf(device: string): StackVm {
    return this.vm(this.device(device).vm);
  }

  /** device_add of a device that its VM does not start with; 0 or a negative errno. */
  plug(name: string): number {
    return this.vmOf(name).plug({ data: this.device(name), host: this.hostDevice(name) });
  }

  /** The kernel's object of a device. */
  hostDevice(name: string): HostDevice {
    const found = [...this.host.driver.smmu.masters.keys()].find((one) => one.name === name);
    assert(found !== undefined, `the host's driver has ${name}`);
    return found;
  }

  /**
   * Somebody acts: a guest, a VMM, the host, a device. Then event loops run until nothing more is signalled; all of it is one
   * path in the journal. A stall that is resumed without repair stalls again, for ever: then the loops stop here, with a word.
   */
  act<T>(cause: () => T): T {
    return this.journal.path(() => {
      const result = cause();
      let rounds = 0;
      while (rounds < MOST_ROUNDS && this.#poll()) rounds++;
      const dropped = 'what is answered comes back: the event loops stop until somebody acts again';
      if (rounds === MOST_ROUNDS) this.journal.record('vmm', 'event loop', { rounds }, { dropped });
      return result;
    });
  }

  /** Every event loop once; false: nothing was signalled. */
  #poll(): boolean {
    return [...this.vms.values()].map((vm) => vm.vmm.poll()).includes(true);
  }
}

const hostDevice = ({ name, StreamID, canWbs, canStall, ats = false, hardwareMsi }: StackDeviceData): HostDevice => ({
  name,
  streamIds: [StreamID],
  ssidBits: 0,
  canStall,
  ats,
  canWbs,
  svaEnabled: false,
  reservedRegions: hardwareMsi === null ? [] : [{ type: 'msi', start: hardwareMsi.base, length: hardwareMsi.size }],
});

function startVms(options: StackMachineOptions, host: HostKernel, journal: StackJournal): Result<ReadonlyMap<string, StackVm>> {
  const { stack, memory } = options;
  const free = new AddressSpace(memory);
  free.reserve(memory[0]!.base, HEAP_BYTES);
  for (const vm of stack.vms) for (const { pa, size } of vm.ram) if (pa !== null) free.reserve(pa, size);
  const dead = new AddressSpace([behind(memory)]);
  const vms = new Map<string, StackVm>();
  for (const [i, vm] of stack.vms.entries()) {
    const regions = placeRam(vm, free, dead, i);
    if (!regions.ok) return regions;
    for (const { StreamID: sid, ats, vm: of } of stack.devices) if (of === vm.name && ats === true) host.endpoints.add(new Endpoint(host.smmu, { sid, ...ATC }));
    const passed = stack.devices.filter((one) => one.vm === vm.name).map((data) => ({ data, host: hostDevice(data) }));
    for (const { data, host: device } of passed) {
      const result = host.driver.probeDevice(device);
      if (result !== 0) return fail('refused', `the host's driver refuses ${data.name}: ${errnoText(result)}`, { path: `host.devices[${stack.devices.indexOf(data)}].StreamID` });
    }
    const made = StackVm.create({ data: stack, vm, regions: regions.value, host, devices: passed, journal });
    if (!made.ok) return made;
    vms.set(vm.name, made.value);
  }
  return ok(vms);
}

/** PAs where nothing answers: failed memory is as good as none. */
function behind(memory: StackMachineOptions['memory']): { readonly base: bigint; readonly size: bigint } {
  const end = memory.reduce((most, { base, size }) => (base + size > most ? base + size : most), 0n);
  return { base: (end + BLOCK - 1n) & -BLOCK, size: 1n << 30n };
}

function placeRam(vm: StackVmData, free: AddressSpace, dead: AddressSpace, index: number): Result<RamRegion[]> {
  const regions: RamRegion[] = [];
  for (const [i, { ipa, size, pa, poisoned }] of vm.ram.entries()) {
    const from = poisoned ? dead : free;
    const at = pa ?? from.allocate(size, { align: BLOCK, offset: ipa % BLOCK, avoid: ipa });
    if (at === null) {
      const message = `memory has no free ${hex(size)} bytes for ${vm.name} at IPA ${hex(ipa)}; enlarge host.memory or shrink the RAM`;
      return fail('memory-full', message, { path: `host.vms[${index}].ram[${i}].size` });
    }
    regions.push({ ipa, pa: at, size });
  }
  return ok(regions);
}
