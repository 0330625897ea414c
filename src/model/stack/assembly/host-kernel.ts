/** The host: physical memory, the SMMU, and the kernel that drives it. */
import { ok, fail } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { EndpointBus } from '../../endpoint/endpoint-bus.ts';
import { HOST } from '../../memory/author.ts';
import { PhysicalMemory } from '../../memory/physical-memory.ts';
import { Smmu } from '../../smmu/smmu.ts';
import type { CacheOptions } from '../../smmu/options.ts';
import { NO_DEVIATIONS } from '../../spec/index.ts';
import type { Choices, Deviations, IdRegisters, Misuse } from '../../spec/index.ts';
import type { Recorder } from '../../trace/recorder.ts';
import { errnoText, isErrno } from '../errno.ts';
import type { StackJournal } from '../journal.ts';
import { FaultReports } from '../host/core/fault-reports.ts';
import { SmmuDriver } from '../host/driver/driver.ts';
import { KernelLog } from '../host/driver/kernel-log.ts';
import { PageAllocator } from '../host/driver/page-allocator.ts';
import { generationOf } from './data.ts';
import type { KernelData, Uapi } from './data.ts';

export interface HostOptions {
  readonly id: IdRegisters;
  readonly memory: readonly { readonly base: bigint; readonly size: bigint }[];
  readonly caches: CacheOptions;
  readonly choices?: Partial<Choices>;
  /** Where the physical SMMU answers as QEMU does. */
  readonly deviates?: Deviations;
  readonly recorder: Recorder | null;
  readonly onMisuse?: (misuse: Misuse) => void;
  readonly kernel: KernelData;
  readonly uapi: Uapi;
  readonly cmdqShift: number;
  readonly evtqShift: number;
  readonly journal: StackJournal;
}

/** What the kernel keeps of the first region for its tables and queues. */
export const HEAP_BYTES = 16n << 20n;

/** Alone in a page of any granule, so that no device gets more than the doorbell. */
const ITS_BYTES = 0x10000;
const GITS_TRANSLATER = 0x40n;

export class HostKernel {
  readonly memory: PhysicalMemory;
  readonly smmu: Smmu;
  /** Devices that use ATS. */
  readonly endpoints = new EndpointBus();
  readonly driver: SmmuDriver;
  readonly reports: FaultReports;
  readonly log: KernelLog;
  /** Where MSIs of devices end: GITS_TRANSLATER in 64K that stand for the registers of an ITS. */
  readonly doorbell: bigint;
  private readonly recorded: { on: boolean };

  private constructor(memory: PhysicalMemory, smmu: Smmu, driver: SmmuDriver, reports: FaultReports, log: KernelLog, doorbell: bigint, recorded: { on: boolean }) {
    this.memory = memory;
    this.smmu = smmu;
    smmu.connect(this.endpoints);
    this.driver = driver;
    this.reports = reports;
    this.log = log;
    this.doorbell = doorbell;
    this.recorded = recorded;
  }

  static boot(options: HostOptions): Result<HostKernel> {
    const memory = new PhysicalMemory(options.memory);
    memory.author = HOST;
    const log = new KernelLog();
    const { journal, kernel, uapi } = options;
    const reports = new FaultReports(journal);
    let driver: SmmuDriver | null = null;
    const smmu = new Smmu({ id: options.id, memory, caches: options.caches, choices: options.choices ?? {}, deviates: options.deviates ?? NO_DEVIATIONS, checkCoherence: true, recorder: options.recorder, ...(options.onMisuse === undefined ? {} : { onMisuse: options.onMisuse }), onInterrupt: (source) => journal.path(() => driver?.interrupt(source)) });
    const recorded = { on: false };
    const heap = new PageAllocator(options.memory[0]!.base, HEAP_BYTES, (address, length) => memory.fill(address, length, 0));
    const probed = SmmuDriver.probe({
      name: 'arm-smmu-v3.0.auto',
      generation: generationOf(uapi),
      as: uapi === 'vfio-v16-intended' ? 'intended' : 'posted',
      registers: smmu,
      memory: {
        read64: (address) => memory.read64(address),
        write64: (address, value) => {
          const bytes = new Uint8Array(8);
          new DataView(bytes.buffer).setBigUint64(0, value, true);
          return HostKernel.#store(memory, smmu, recorded, address, bytes);
        },
      },
      pages: heap,
      journal,
      log,
      core: reports,
      vhe: kernel.vhe,
      msiPolling: false,
      cmdqShift: options.cmdqShift,
      evtqShift: options.evtqShift,
      choices: { disableBypass: kernel.disableBypass, pageSize: kernel.pageSize },
    });
    const its = heap.allocate(ITS_BYTES);
    if (isErrno(probed) || its === null) {
      memory.release();
      const why = isErrno(probed) ? errnoText(probed) : 'no memory';
      return fail('no-driver', `the host's SMMUv3 driver does not come up on this SMMU: ${why}`, { path: 'host.smmu' });
    }
    driver = probed;
    return ok(new HostKernel(memory, smmu, probed, reports, log, its + GITS_TRANSLATER, recorded));
  }

  /** From now on what software writes is in the trace. */
  startRecording(): void {
    this.recorded.on = true;
  }

  /** Something else than the driver wrote memory. */
  wrote(pa: bigint, bytes: Uint8Array): void {
    HostKernel.#record(this.smmu, this.recorded, pa, bytes);
  }

  static #store(memory: PhysicalMemory, smmu: Smmu, recorded: { on: boolean }, pa: bigint, bytes: Uint8Array): boolean {
    const stored = memory.writeBytes(pa, bytes);
    if (stored) HostKernel.#record(smmu, recorded, pa, bytes);
    return stored;
  }

  static #record(smmu: Smmu, recorded: { on: boolean }, pa: bigint, bytes: Uint8Array): void {
    if (recorded.on) smmu.recorder?.memory(Number(pa >> 32n), Number(BigInt.asIntN(32, pa)), bytes);
  }
}
