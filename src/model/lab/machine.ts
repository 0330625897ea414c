/**
 * The machine of a lab: physical memory, the SMMU, and everything its owners put in memory. Stage-2 tables first, then
 * what the guests write through them, then STEs; registers last, in the architecture's order.
 */
import { ok } from '../base/result.ts';
import type { LabError, Result } from '../base/result.ts';
import { PhysicalMemory } from '../memory/physical-memory.ts';
import { Smmu } from '../smmu/smmu.ts';
import { deviationsIn, STE } from '../spec/index.ts';
import type { Recorder } from '../trace/recorder.ts';
import { recordBytes, steFields } from './configuration.ts';
import type { ContextData, DeviceData, LabData } from './data.ts';
import { HostCommandQueue } from './host-command-queue.ts';
import type { Located, Structure } from './layout.ts';
import { HostMemory, store } from './owned-memory.ts';
import type { System } from './owned-memory.ts';
import { idRegisters, planHost } from './plan.ts';
import type { Plan } from './plan.ts';
import { programSmmu } from './program-smmu.ts';
import { RegisterPort } from '../smmu/register-port.ts';
import { Stage1 } from './stream.ts';
import type { Stream } from './stream.ts';
import { StreamTable } from './stream-table.ts';
import { Vm } from './vm.ts';
import { WaitingTransfers } from './waiting.ts';

export interface MachineOptions {
  readonly recorder?: Recorder | null;
}

/** Puts the place of a document before an error that has none. */
const placed = <T>(result: Result<T>, path: string): Result<T> =>
  result.ok || result.error.at !== undefined ? result : { ok: false, error: { ...result.error, at: { path } } satisfies LabError };

const contextPath = (device: DeviceData, data: LabData): string =>
  device.Config === 's1' ? `host.devices[${data.host.devices.indexOf(device)}]` : `guest.${device.vm}.devices.${device.name}`;

const contextOf = (device: DeviceData, data: LabData): ContextData | null =>
  device.context ?? data.guests.find((guest) => guest.vm === device.vm)?.devices.find((one) => one.name === device.name)?.context ?? null;

export class Machine {
  readonly data: LabData;
  readonly plan: Plan;
  readonly memory: PhysicalMemory;
  readonly smmu: Smmu;
  readonly registers: RegisterPort;
  readonly commands: HostCommandQueue;
  readonly hostMemory: HostMemory;
  readonly system: System;
  readonly vms = new Map<string, Vm>();
  readonly streams = new Map<string, Stream>();
  readonly waiting = new WaitingTransfers();
  readonly #layout: Structure[] = [];
  #recording = false;

  private constructor(data: LabData, plan: Plan, smmu: Smmu) {
    this.data = data;
    this.plan = plan;
    this.memory = smmu.memory;
    this.smmu = smmu;
    this.system = { memory: smmu.memory, free: plan.free, layout: this.#layout, wrote: (pa, bytes) => this.#wrote(pa, bytes) };
    this.hostMemory = new HostMemory(this.system);
    this.registers = new RegisterPort(smmu);
    this.commands = new HostCommandQueue(plan.commandQueue.base, data.host.smmu.commandQueue.log2size, this.registers, smmu.memory);
  }

  /** Builds the whole machine in fresh memory. */
  static create(data: LabData, options: MachineOptions = {}): Result<Machine> {
    const plan = planHost(data.host);
    if (!plan.ok) return plan;
    const id = idRegisters(data.host.smmu);
    if (!id.ok) return id;
    const memory = new PhysicalMemory(data.host.memory);
    const { caches, choices, profile, deviations } = data.host.smmu;
    const smmu = new Smmu({ id: id.value, memory, caches, choices, deviates: deviationsIn(profile, deviations), recorder: options.recorder ?? null });
    const machine = new Machine(data, plan.value, smmu);
    const built = machine.#build();
    if (!built.ok) {
      memory.release();
      return built;
    }
    machine.#recording = true;
    return ok(machine);
  }

  /** Gives the memory back to the thread; the machine must not be used any more. */
  release(): void {
    this.memory.release();
  }

  /** Everything that was placed, by physical address, and the RAM of the VMs. */
  structures(): readonly Located[] {
    const placed = this.#layout.map((one): Located => ({ ...one, pa: one.space === 'pa' ? one.address : (this.vms.get(one.vm ?? '')?.ram.toPa(one.address) ?? null) }));
    const ram = [...this.vms.values()].flatMap((vm) =>
      vm.ram.backings.map(({ ipa, pa, size }): Located => ({ kind: 'vm-ram', owner: 'guest', vm: vm.data.name, device: null, level: null, address: ipa, space: 'ipa', pa, size })),
    );
    return [...placed, ...ram].sort((a, b) => Number((a.pa ?? -1n) - (b.pa ?? -1n)) || Number(b.size - a.size));
  }

  /** The device whose transactions carry a StreamID, or null. */
  deviceOf(sid: number): DeviceData | null {
    return this.data.host.devices.find((device) => device.StreamID === sid) ?? null;
  }

  #build(): Result<void> {
    this.#place();
    for (const [i, vm] of this.data.host.vms.entries()) {
      const made = placed(Vm.create(vm, this.plan.ram.get(vm.name) ?? [], this.#buffersOf(vm.name), this.system), `host.vms[${i}].stage2`);
      if (!made.ok) return made;
      this.vms.set(vm.name, made.value);
    }
    const table = new StreamTable(this.plan.streamTable.base, this.data.host.smmu.streamTable, this.hostMemory);
    for (const [i, device] of this.data.host.devices.entries()) {
      const made = placed(this.#addStream(device, i, table), `host.devices[${i}]`);
      if (!made.ok) return made;
    }
    return placed(programSmmu(this.registers, this.commands, this.plan, this.data.host.smmu), 'host.smmu');
  }

  #place(): void {
    const host = { owner: 'host', vm: null, device: null, level: null, space: 'pa' } as const;
    for (const [kind, { base, size }] of [
      ['stream-table', this.plan.streamTable],
      ['command-queue', this.plan.commandQueue],
      ['event-queue', this.plan.eventQueue],
    ] as const) {
      this.#layout.push({ ...host, kind, address: base, size });
    }
  }

  /** IPAs that the devices of a VM are mapped to. */
  #buffersOf(vm: string): { base: bigint; size: bigint }[] {
    const guest = this.data.guests.find((one) => one.vm === vm);
    return (guest?.devices ?? []).flatMap((device) => device.context.stage1.map.map(({ output, size }) => ({ base: output, size })));
  }

  #addStream(device: DeviceData, index: number, table: StreamTable): Result<void> {
    const stage1 = this.#stage1Of(device, index + 1);
    if (!stage1.ok) return placed(stage1, contextPath(device, this.data));
    const entry = table.entryOf(device.StreamID);
    if (!entry.ok) return entry;
    const vm = this.vms.get(device.vm ?? '') ?? null;
    const root = vm === null ? null : { root: vm.table.root, startLevel: vm.table.shape.startLevel };
    const fields = steFields(device, stage1.value?.cd ?? null, vm?.data ?? null, root, this.plan.features);
    this.streams.set(device.name, { data: device, ste: entry.value, stage1: stage1.value });
    return store(this.hostMemory, entry.value, recordBytes(STE, fields), 'STE');
  }

  /** Stage 1 in the memory of its owner; the default ASID is the number of the device. */
  #stage1Of(device: DeviceData, asid: number): Result<Stage1 | null> {
    const context = contextOf(device, this.data);
    if (context === null) return ok(null);
    const vm = this.vms.get(device.vm ?? '');
    const { features } = this.plan;
    if (vm === undefined) return Stage1.create(device, context, this.hostMemory, asid, features.oas, features);
    return Stage1.create(device, context, vm.memory, asid, vm.data.stage2.ipaBits, features);
  }

  #wrote(pa: bigint, bytes: Uint8Array): void {
    if (this.#recording) this.smmu.recorder?.memory(Number(pa >> 32n), Number(BigInt.asIntN(32, pa)), bytes);
  }
}
