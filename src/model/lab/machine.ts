/**
 * The machine of a lab: physical memory, the SMMU, and everything its owners put in memory. Stage-2 tables first, then
 * what the guests write through them, then STEs; registers last, in the architecture's order.
 */
import { hex } from '../base/address.ts';
import { fail, ok } from '../base/result.ts';
import type { LabError, Result } from '../base/result.ts';
import { HOST } from '../memory/author.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { EndpointBus } from '../endpoint/endpoint-bus.ts';
import { PhysicalMemory } from '../memory/physical-memory.ts';
import { Smmu } from '../smmu/smmu.ts';
import { deviationsIn, STE } from '../spec/index.ts';
import type { Recorder } from '../trace/recorder.ts';
import { recordBytes, steFields } from './configuration.ts';
import { CdTable, tableFields } from './cd-table.ts';
import type { CdTableData, ContextData, DeviceData, LabData } from './data.ts';
import { HostCommandQueue } from './host-command-queue.ts';
import type { Located, Structure } from './layout.ts';
import { HostMemory, store } from './owned-memory.ts';
import type { Purpose, System } from './owned-memory.ts';
import { idRegisters, planHost } from './plan.ts';
import type { Plan } from './plan.ts';
import { commandQueuePort, enableEnhancedQueue, enhancedQueueExists, enhancedQueuePort } from './queue-ports.ts';
import { programSmmu } from './program-smmu.ts';
import { RegisterPort } from '../smmu/register-port.ts';
import { Stage1 } from './stream.ts';
import type { Stream } from './stream.ts';
import { StreamTable } from './stream-table.ts';
import { Told } from './told.ts';
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

/** The stage 1 of a stream: where its CDs are, and what each of them leads to. */
interface Contexts {
  readonly table: CdTable;
  readonly shape: CdTableData | null;
  readonly stage1: Stage1 | null;
  readonly substreams: ReadonlyMap<number, Stage1>;
}

export class Machine {
  readonly data: LabData;
  readonly plan: Plan;
  readonly memory: PhysicalMemory;
  readonly smmu: Smmu;
  readonly registers: RegisterPort;
  readonly commands: HostCommandQueue;
  readonly hostMemory: HostMemory;
  readonly system: System;
  readonly endpoints = new EndpointBus();
  readonly vms = new Map<string, Vm>();
  readonly streams = new Map<string, Stream>();
  readonly waiting = new WaitingTransfers();
  private readonly enhanced = new Map<number, HostCommandQueue>();
  private readonly layout: Structure[] = [];
  readonly told: Told;
  private recording = false;
  /** CDs of SubstreamIDs so far. */
  private substreams = 0;

  private constructor(data: LabData, plan: Plan, smmu: Smmu, told: Told) {
    this.told = told;
    this.data = data;
    this.plan = plan;
    this.memory = smmu.memory;
    this.smmu = smmu;
    this.system = { memory: smmu.memory, free: plan.free, layout: this.layout, wrote: (pa, bytes) => this.#wrote(pa, bytes) };
    this.hostMemory = new HostMemory(this.system);
    smmu.connect(this.endpoints);
    this.registers = new RegisterPort(smmu);
    this.commands = new HostCommandQueue(plan.commandQueue.base, data.host.smmu.commandQueue.log2size, commandQueuePort(this.registers), smmu.memory);
  }

  /** Builds the whole machine in fresh memory. */
  static create(data: LabData, options: MachineOptions = {}): Result<Machine> {
    const plan = planHost(data.host);
    if (!plan.ok) return plan;
    const id = idRegisters(data.host.smmu);
    if (!id.ok) return id;
    const memory = new PhysicalMemory(data.host.memory);
    memory.author = HOST;
    const told = new Told();
    const { caches, choices, profile, deviations } = data.host.smmu;
    const deviates = deviationsIn(profile, deviations);
    const smmu = new Smmu({ id: id.value, memory, caches, choices, deviates, checkCoherence: true, recorder: options.recorder ?? null, onMisuse: told.misuse });
    const machine = new Machine(data, plan.value, smmu, told);
    const built = machine.#build();
    if (!built.ok) {
      memory.release();
      return built;
    }
    machine.recording = true;
    return ok(machine);
  }

  /** Enhanced command queue `number`, which the host enables when it first uses it: a ring as large as the command queue's. */
  enhancedQueue(number: number): Result<HostCommandQueue> {
    const exists = enhancedQueueExists(this.smmu.features, number);
    if (!exists.ok) return exists;
    const enhancedQueues = this.smmu.enhancedQueues!;
    const known = this.enhanced.get(number);
    if (known !== undefined) return ok(known);
    const { log2size } = this.data.host.smmu.commandQueue;
    const bytes = 16n << BigInt(log2size);
    const base = this.hostMemory.allocate(bytes, bytes < 4096n ? 4096n : bytes, null, { kind: 'command-queue', vm: null, device: null, from: 0n });
    if (base === null) return fail('memory-full', `memory has no free ${hex(bytes)} bytes for enhanced command queue ${number}`);
    const offset = enhancedQueues.base + number * enhancedQueues.stride;
    enableEnhancedQueue(this.smmu, offset, base, log2size);
    const queue = new HostCommandQueue(base, log2size, enhancedQueuePort(number, offset, this.smmu, this.registers), this.memory);
    this.enhanced.set(number, queue);
    return ok(queue);
  }

  /** Gives the memory back to the thread; the machine must not be used any more. */
  release(): void {
    this.memory.release();
  }

  /** Everything that was placed, by physical address, and the RAM of the VMs. */
  structures(): readonly Located[] {
    const placed = this.layout.map((one): Located => ({ ...one, pa: one.space === 'pa' ? one.address : (this.vms.get(one.vm ?? '')?.ram.toPa(one.address) ?? null) }));
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
      ...(this.plan.priQueue === null ? [] : ([['pri-queue', this.plan.priQueue]] as const)),
    ] as const) {
      this.layout.push({ ...host, kind, address: base, size });
    }
  }

  /** IPAs that the devices of a VM are mapped to. */
  #buffersOf(vm: string): { base: bigint; size: bigint }[] {
    const guest = this.data.guests.find((one) => one.vm === vm);
    return (guest?.devices ?? []).flatMap(({ context }) => [context, ...context.substreams].flatMap(({ stage1 }) => stage1.map.map(({ output, size }) => ({ base: output, size }))));
  }

  #addStream(device: DeviceData, index: number, table: StreamTable): Result<void> {
    const contexts = this.#contextsOf(device, index + 1);
    if (!contexts.ok) return placed(contexts, contextPath(device, this.data));
    const { table: cds = null, shape = null, stage1 = null, substreams = new Map<number, Stage1>() } = contexts.value ?? {};
    const entry = table.entryOf(device.StreamID);
    if (!entry.ok) return entry;
    const vm = this.vms.get(device.vm ?? '') ?? null;
    const root = vm === null ? null : { root: vm.table.root, startLevel: vm.table.shape.startLevel };
    const fields = steFields(device, cds === null ? null : { S1ContextPtr: cds.base, ...(shape === null ? {} : tableFields(shape)) }, vm?.data ?? null, root, this.plan.features);
    if (device.ats !== null) this.endpoints.add(new Endpoint(this.smmu, { sid: device.StreamID, ...device.ats }));
    this.streams.set(device.name, { data: device, ste: entry.value, stage1, substreams });
    return store(this.hostMemory, entry.value, recordBytes(STE, fields), 'STE');
  }

  /** Stage 1 in the memory of its owner: the table of CDs, then one CD after the other with its tables. */
  #contextsOf(device: DeviceData, asid: number): Result<Contexts | null> {
    const context = contextOf(device, this.data);
    if (context === null) return ok(null);
    const vm = this.vms.get(device.vm ?? '');
    const { features } = this.plan;
    const memory = vm === undefined ? this.hostMemory : vm.memory;
    const outputBits = vm === undefined ? features.oas : vm.data.stage2.ipaBits;
    const purpose: Purpose = { kind: 'stage-1-table', vm: device.vm, device: device.name, from: context.tables ?? 0n };
    const table = CdTable.create(context.cdTable, memory, purpose);
    if (!table.ok) return table;
    const made = new Map<number, Stage1>();
    for (const one of [{ ssid: 0, ...context }, ...context.substreams]) {
      const cd = table.value.entryOf(one.ssid);
      if (!cd.ok) return cd;
      const stage1 = Stage1.create(one, cd.value, memory, purpose, this.#asidOf(asid, one.ssid), outputBits, features);
      if (!stage1.ok) return stage1;
      made.set(one.ssid, stage1.value);
    }
    const stage1 = made.get(0) ?? null;
    made.delete(0);
    return ok({ table: table.value, shape: context.cdTable, stage1, substreams: made });
  }

  /** The default ASID of a device is its number; its further CDs take numbers that no device has. */
  #asidOf(device: number, ssid: number): number {
    return ssid === 0 ? device : this.data.host.devices.length + ++this.substreams;
  }

  #wrote(pa: bigint, bytes: Uint8Array): void {
    if (this.recording) this.smmu.recorder?.memory(Number(pa >> 32n), Number(BigInt.asIntN(32, pa)), bytes);
  }
}
