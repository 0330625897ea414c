/** A host as it is: a physical SMMU, the driver on it, the core, and a process that has RAM of it. Bytes in, commands and STEs out. */
import { PhysicalMemory } from '../../../src/model/memory/physical-memory.ts';
import { Smmu } from '../../../src/model/smmu/smmu.ts';
import { PRESETS } from '../../../src/model/spec/index.ts';
import type { IdRegisters } from '../../../src/model/spec/index.ts';
import { FaultReports } from '../../../src/model/stack/host/core/fault-reports.ts';
import { describeCommand } from '../../../src/model/stack/host/driver/commands.ts';
import { SmmuDriver } from '../../../src/model/stack/host/driver/driver.ts';
import type { DriverOptions } from '../../../src/model/stack/host/driver/driver.ts';
import { KernelLog } from '../../../src/model/stack/host/driver/kernel-log.ts';
import { PageAllocator } from '../../../src/model/stack/host/driver/page-allocator.ts';
import type { CommandWords, EventWords, HostDevice } from '../../../src/model/stack/host/driver/types.ts';
import { StackJournal } from '../../../src/model/stack/journal.ts';
import { UserSpace } from '../../../src/model/stack/uapi/user-memory.ts';
import { RAM_PTR } from './setup.ts';

const BASE = 0x1_2000_0000n;
const HEAP = 32n << 20n;
export const VM_PA = BASE + HEAP;
const VM_BYTES = 16n << 20n;
/** Everything of v3.2 with 44-bit addresses. */
export const ID: IdRegisters = { ...PRESETS['v3.2'].id, IDR5: 0x0080_0074 };

/** SMMU_CMDQ_PROD */
const CMDQ_PROD = 0x98;
const CMD_SYNC = 0x46n;

export const hex16 = (value: bigint): string => value.toString(16).padStart(16, '0');

export interface RealHostOptions extends Partial<DriverOptions> {
  readonly id?: IdRegisters;
}

export class RealHost {
  readonly journal = new StackJournal();
  readonly log = new KernelLog();
  readonly reports = new FaultReports(this.journal);
  readonly memory = new UserSpace();
  readonly physical = new PhysicalMemory([{ base: BASE, size: HEAP + VM_BYTES }]);
  readonly smmu: Smmu;
  readonly driver: SmmuDriver;
  #mark = 0;

  constructor(options: RealHostOptions = {}) {
    const { id = ID, ...rest } = options;
    this.memory.mapRam(RAM_PTR, this.physical, VM_PA, VM_BYTES);
    this.smmu = new Smmu({ id, memory: this.physical, onInterrupt: (source) => this.driver?.interrupt(source) });
    const driver = SmmuDriver.probe({
      name: '9050000.smmuv3',
      generation: 'v16',
      msiPolling: false,
      cmdqShift: 10,
      evtqShift: 10,
      ...rest,
      registers: this.smmu,
      memory: this.physical,
      pages: new PageAllocator(BASE, HEAP, (address, length) => this.physical.fill(address, length, 0)),
      journal: this.journal,
      log: this.log,
      core: this.reports,
    });
    if (typeof driver === 'number') throw new Error(`probe: ${driver}`);
    this.driver = driver;
  }

  /** Forgets the commands so far. */
  mark(): void {
    this.#mark = this.smmu.read32(CMDQ_PROD);
  }

  /** Words of the commands since the mark, without CMD_SYNC. */
  commands(): string[] {
    return this.#issued()
      .filter(([word0]) => (word0 & 0xffn) !== CMD_SYNC)
      .map(([word0, word1]) => `${hex16(word0)} ${hex16(word1)}`);
  }

  /** Names of the commands since the mark, without CMD_. */
  names(): string[] {
    return this.#issued().map((words) => describeCommand(words).name.slice(4));
  }

  /** Words 0 to 3 of an STE. */
  ste(device: HostDevice): string[] {
    const at = this.driver.smmu.strtab.steOf(device.streamIds[0]!);
    return [0n, 8n, 16n, 24n].map((offset) => hex16(this.physical.read64(at + offset)!));
  }

  /** Puts an event record into the queue as the SMMU would. */
  raise(words: EventWords): void {
    this.smmu.eventQueue.record(
      Int32Array.from(words.flatMap((word) => [Number(BigInt.asIntN(32, word)), Number(BigInt.asIntN(32, word >> 32n))])),
    );
  }

  dmesg(): string[] {
    return this.log.lines.map(({ text }) => text);
  }

  #issued(): CommandWords[] {
    const { cmdq } = this.driver.smmu;
    const words: CommandWords[] = [];
    for (let at = this.#mark; at !== this.smmu.read32(CMDQ_PROD); at = (at + 1) & (2 ** (cmdq.shift + 1) - 1)) {
      const slot = cmdq.slot(at);
      words.push([this.physical.read64(slot)!, this.physical.read64(slot + 8n)!]);
    }
    return words;
  }
}
