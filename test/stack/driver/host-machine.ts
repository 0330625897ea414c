import { PhysicalMemory } from '../../../src/model/memory/physical-memory.ts';
import { Smmu } from '../../../src/model/smmu/smmu.ts';
import { PRESETS } from '../../../src/model/spec/index.ts';
import type { Choices, IdRegisters } from '../../../src/model/spec/index.ts';
import { StackJournal } from '../../../src/model/stack/journal.ts';
import { SmmuDriver } from '../../../src/model/stack/host/driver/driver.ts';
import type { DriverOptions } from '../../../src/model/stack/host/driver/driver.ts';
import { describeCommand } from '../../../src/model/stack/host/driver/commands.ts';
import { KernelLog } from '../../../src/model/stack/host/driver/kernel-log.ts';
import { PageAllocator } from '../../../src/model/stack/host/driver/page-allocator.ts';
import type { CacheInvalidateInfo, CommandWords, Domain, EventWords, HostDevice, IommuFault, PasidTableConfig, Viommu } from '../../../src/model/stack/host/driver/types.ts';

export const RAM = 0x1_2000_0000n;
export const RAM_BYTES = 64n << 20n;
/** S2TTB of the golden STEs. */
export const GOLDEN_S2TTB = 0x1_2345_6000n;
/** The guest's CD table of the golden STEs. */
const GOLDEN_CD_IPA = 0x8_4567_8040n;

/** Everything of v3.2, 44-bit addresses: stalls, ATS, RIL, HYP, 4K, 16K, 64K. */
export const ID: IdRegisters = { ...PRESETS['v3.2'].id, IDR5: 0x0080_0074 };

export const DEVICE: HostDevice = { name: '0000:00:04.0', streamIds: [0x20], ssidBits: 0, canStall: false, ats: false, canWbs: true, svaEnabled: false, reservedRegions: [] };

export const TRANSLATE: PasidTableConfig = { version: 1, basePtr: GOLDEN_CD_IPA, format: 1, pasidBits: 0, config: 1, smmuv3: { version: 1, s1fmt: 0, s1dss: 0 } };
export const BYPASS: PasidTableConfig = { ...TRANSLATE, config: 2 };
export const ABORT: PasidTableConfig = { ...TRANSLATE, config: 3 };

export const INVALIDATE: CacheInvalidateInfo = { version: 1, cache: 1, granularity: 2, flags: 2, archid: 5, pasid: 0n, addr: 0x1000n, granuleSize: 0x1000n, nbGranules: 1n };

export interface HostOptions extends Partial<Omit<DriverOptions, 'registers' | 'memory' | 'pages' | 'journal' | 'log' | 'core'>> {
  readonly id?: IdRegisters;
  /** What the architecture leaves open, of the physical SMMU. */
  readonly smmuChoices?: Partial<Choices>;
}

export const hex16 = (value: bigint): string => value.toString(16).padStart(16, '0');

/** A physical SMMU, its memory and the host's driver on it; interrupts reach the driver. */
export class HostMachine {
  readonly memory = new PhysicalMemory([{ base: RAM, size: RAM_BYTES }]);
  readonly journal = new StackJournal();
  readonly log = new KernelLog();
  readonly smmu: Smmu;
  readonly driver: SmmuDriver;
  readonly faults: (readonly [HostDevice, IommuFault])[] = [];
  readonly vevents: (readonly [Viommu, EventWords])[] = [];
  /** What the core answers to a report. */
  coreResult = 0;
  /** Addresses that the next allocations get. */
  readonly nextPages: bigint[] = [];
  readonly pages = new PageAllocator(RAM, 48n << 20n, (address, length) => this.memory.fill(address, length, 0));
  #mark = 0;

  constructor(options: HostOptions = {}) {
    const { id = ID, smmuChoices = {}, ...rest } = options;
    this.smmu = new Smmu({ id, memory: this.memory, choices: smmuChoices, onInterrupt: (source) => this.driver?.interrupt(source) });
    const driver = SmmuDriver.probe({
      name: '9050000.smmuv3',
      generation: 'v16',
      msiPolling: false,
      cmdqShift: 10,
      evtqShift: 7,
      ...rest,
      registers: this.smmu,
      memory: this.memory,
      pages: {
        allocate: (bytes) => this.nextPages.shift() ?? this.pages.allocate(bytes),
        free: (address, bytes) => (address < RAM + (48n << 20n) ? this.pages.free(address, bytes) : undefined),
      },
      journal: this.journal,
      log: this.log,
      core: {
        reportDeviceFault: (device, fault) => this.#take(this.faults, [device, fault]),
        reportVevent: (viommu, words) => this.#take(this.vevents, [viommu, words]),
      },
    });
    if (typeof driver === 'number') throw new Error(`probe: ${driver}`);
    this.driver = driver;
  }

  /** A nested domain, or one of stage 2 or 1, with the device attached. */
  attached(device: HostDevice = DEVICE, nesting = true): Domain {
    const domain = this.driver.domainAlloc('unmanaged');
    if (nesting) this.driver.enableNesting(domain);
    this.driver.probeDevice(device);
    const result = this.driver.attachDev(domain, device);
    if (result !== 0) throw new Error(`attach: ${result}`);
    return domain;
  }

  /** Words 0 to 3 of an STE in memory. */
  ste(sid = DEVICE.streamIds[0]!): string[] {
    const at = this.driver.smmu.strtab.steOf(sid);
    return [0n, 8n, 16n, 24n].map((offset) => hex16(this.memory.read64(at + offset)!));
  }

  /** Forgets the commands so far. */
  mark(): void {
    this.#mark = this.#prod;
  }

  /** The commands in the physical queue since the last mark. */
  commands(): CommandWords[] {
    const words: CommandWords[] = [];
    const { cmdq } = this.driver.smmu;
    for (let index = this.#mark; index !== this.#prod; index = (index + 1) & (2 ** (cmdq.shift + 1) - 1)) {
      const slot = cmdq.slot(index);
      words.push([this.memory.read64(slot)!, this.memory.read64(slot + 8n)!]);
    }
    return words;
  }

  /** Their names without CMD_: `TLBI_NH_VA`. */
  names(): string[] {
    return this.commands().map((words) => describeCommand(words).name.slice(4));
  }

  /** Their words, without CMD_SYNC: `0005000300000012 0000000000001701`. */
  words(): string[] {
    return this.commands().filter(([word0]) => (word0 & 0xffn) !== 0x46n).map(([word0, word1]) => `${hex16(word0)} ${hex16(word1)}`);
  }

  /** Runs `act` and gives the commands that it issued. */
  during(act: () => unknown): string[] {
    this.mark();
    act();
    return this.names();
  }

  /** Puts an event record into the queue as the SMMU would. */
  raise(words: EventWords): void {
    this.smmu.eventQueue.record(Int32Array.from(words.flatMap((word) => [Number(BigInt.asIntN(32, word)), Number(BigInt.asIntN(32, word >> 32n))])));
  }

  dmesg(): string[] {
    return this.log.lines.map((line) => line.text.replace('arm-smmu-v3 9050000.smmuv3: ', ''));
  }

  get #prod(): number {
    return this.smmu.read32(0x98);
  }

  #take<T>(list: T[], value: T): number {
    list.push(value);
    return this.coreResult;
  }
}
