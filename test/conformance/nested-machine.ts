import { PhysicalMemory } from '../../src/model/memory/physical-memory.ts';
import { NO_CACHES } from '../../src/model/smmu/options.ts';
import { Smmu } from '../../src/model/smmu/smmu.ts';
import type { CacheOptions } from '../../src/model/smmu/options.ts';
import type { Outcome } from '../../src/model/smmu/smmu.ts';
import type { Choices } from '../../src/model/spec/choices.ts';
import { CD, decode, deviationsOf, encode, EVENTS, PRESETS, setField, STE } from '../../src/model/spec/index.ts';
import type { DeviationId, FieldValue, FieldValues, IdRegisters, Misuse } from '../../src/model/spec/index.ts';

/** RAM, with everything of the machine at fixed places; addresses from 0x4400_0000 on abort. */
export const RAM = 0x4000_0000n;
export const RAM_BYTES = 64n << 20n;
export const ABORTS = 0x4400_0000n;
export const STREAM_TABLE = 0x4000_0000n;
export const EVENT_QUEUE = 0x4010_0000n;
export const COMMAND_QUEUE = 0x4018_0000n;
const S2_ROOT = 0x4020_0000n;
const S1_ROOT = 0x4040_0000n;
export const CD_AT = 0x4060_0000n;
/** The guest's RAM: an IPA is its PA plus this. */
export const GUEST = 0x10_0000_0000n;
/** One page that both stages map. */
export const IOVA = 0x1234_5600_0000n;
export const IPA = 0x10_4100_0000n;
export const PA = 0x4300_0000n;
export const SID = 8;

export const S1_PAGE = 0xf43n;
export const S2_PAGE = 0x7ffn;

const STE_FIELDS: FieldValues = {
  V: true,
  Config: 7,
  S1ContextPtr: CD_AT + GUEST,
  S2VMID: 3,
  S2T0SZ: 24,
  S2SL0: 1,
  S2PS: 4,
  S2AA64: true,
  S2R: true,
  S2TTB: S2_ROOT,
};
const CD_FIELDS: FieldValues = {
  V: true,
  T0SZ: 16,
  EPD1: true,
  IPS: 4,
  AA64: true,
  A: true,
  R: true,
  ASID: 5,
  TTB0: S1_ROOT + GUEST,
  MAIR0: 0xff,
};

export interface MachineOptions {
  readonly id?: Partial<IdRegisters>;
  readonly caches?: CacheOptions;
  /** QEMU's deviations that are on. */
  readonly deviations?: readonly DeviationId[];
  readonly onInterrupt?: (source: string) => void;
  readonly onMisuse?: (misuse: Misuse) => void;
  /** Fields that differ from a nested stream that translates IOVA. */
  readonly ste?: FieldValues;
  readonly cd?: FieldValues;
  /** CR2, as a number. */
  readonly cr2?: number;
  readonly choices?: Partial<Choices>;
  readonly checkCoherence?: boolean;
}

/** A small nested machine whose every part a test can bend: 4 KiB tables, 40-bit IPAs from level 1, 48-bit IOVAs from level 0. */
export class NestedMachine {
  readonly memory = new PhysicalMemory([{ base: RAM, size: RAM_BYTES }]);
  readonly smmu: Smmu;
  #s1Next = S1_ROOT + 0x1000n;
  #s2Next = S2_ROOT + 0x2000n;
  #prod = 0;

  constructor(options: MachineOptions = {}) {
    const { id, caches = NO_CACHES, choices = {}, deviations = [], onInterrupt = () => undefined, onMisuse = () => undefined, checkCoherence = false } = options;
    const deviates = deviationsOf(deviations);
    this.smmu = new Smmu({ id: { ...PRESETS['qemu-11'].id, ...id }, memory: this.memory, caches, choices, deviates, onInterrupt, onMisuse, checkCoherence });
    this.ste(options.ste ?? {});
    this.cd(options.cd ?? {});
    this.mapStage1(IOVA, IPA | S1_PAGE);
    this.mapStage2(IPA, PA | S2_PAGE);
    this.mapStage2(CD_AT + GUEST, CD_AT | S2_PAGE);
    for (let pa = S1_ROOT; pa < this.#s1Next; pa += 0x1000n) this.mapStage2(pa + GUEST, pa | S2_PAGE);
    this.enable(options.cr2 ?? 2);
  }

  /** Programs the registers in the architecture's order: CR2.RECINVSID on by default. */
  enable(cr2: number): void {
    const { smmu } = this;
    smmu.write32(0x2c, cr2);
    smmu.write64(0x80, STREAM_TABLE);
    smmu.write32(0x88, 8);
    smmu.write64(0x90, COMMAND_QUEUE | 8n);
    smmu.write32(0x98, 0);
    smmu.write32(0x9c, 0);
    smmu.write64(0xa0, EVENT_QUEUE | 7n);
    smmu.write32(0x100a8, 0);
    smmu.write32(0x100ac, 0);
    smmu.write32(0x20, 0b1101);
  }

  ste(fields: FieldValues, sid = SID): void {
    const words = new Uint32Array(16);
    encode(STE, { ...STE_FIELDS, ...fields }, words, 0);
    this.memory.writeBytes(STREAM_TABLE + BigInt(sid) * 64n, new Uint8Array(words.buffer));
  }

  cd(fields: FieldValues, pa = CD_AT): void {
    const words = new Uint32Array(16);
    encode(CD, { ...CD_FIELDS, ...fields }, words, 0);
    this.memory.writeBytes(pa, new Uint8Array(words.buffer));
  }

  /** Changes one field of the STE in place. */
  setSte(name: string, value: FieldValue): void {
    const bytes = this.memory.readBytes(STREAM_TABLE + BigInt(SID) * 64n, 64)!;
    const words = new Uint32Array(bytes.buffer);
    setField(STE, name as 'V', value, words, 0);
    this.memory.writeBytes(STREAM_TABLE + BigInt(SID) * 64n, new Uint8Array(words.buffer));
  }

  /** Writes a stage 1 leaf for the page of `iova`; gives the PA of the descriptor. */
  mapStage1(iova: bigint, leaf: bigint, root = S1_ROOT): bigint {
    return this.#map(root, [39n, 30n, 21n], iova, leaf, GUEST, () => {
      const table = this.#s1Next;
      this.#s1Next += 0x1000n;
      this.mapStage2(table + GUEST, table | S2_PAGE);
      return table;
    });
  }

  /** Writes a stage 2 leaf for the page of `ipa`; gives the PA of the descriptor. */
  mapStage2(ipa: bigint, leaf: bigint): bigint {
    return this.#map(S2_ROOT, [30n, 21n], ipa, leaf, 0n, () => {
      const table = this.#s2Next;
      this.#s2Next += 0x1000n;
      return table;
    });
  }

  /** PAs of the stage 1 descriptors of `iova`, from level 0. */
  stage1Path(iova: bigint): bigint[] {
    return this.#path(S1_ROOT, [39n, 30n, 21n, 12n], iova, GUEST);
  }

  /** PAs of the stage 2 descriptors of `ipa`, from level 1. */
  stage2Path(ipa: bigint): bigint[] {
    return this.#path(S2_ROOT, [30n, 21n, 12n], ipa, 0n);
  }

  access(
    access: 'read' | 'write' | 'execute' = 'read',
    extra: { iova?: bigint; sid?: number; ssid?: number; privileged?: boolean } = {},
  ): Outcome {
    return this.smmu.translate({ sid: SID, iova: IOVA, access, privileged: true, ...extra });
  }

  /** Puts a command into the queue and lets the SMMU consume it. */
  command(d0: bigint, d1 = 0n): void {
    const at = COMMAND_QUEUE + BigInt(this.#prod & 0xff) * 16n;
    this.memory.write64(at, d0);
    this.memory.write64(at + 8n, d1);
    this.#prod = (this.#prod + 1) & 0x1ff;
    this.smmu.write32(0x98, this.#prod);
  }

  #map(root: bigint, shifts: readonly bigint[], input: bigint, leaf: bigint, offset: bigint, allocate: () => bigint): bigint {
    let table = root;
    for (const shift of shifts) {
      const at = table + ((input >> shift) & 0x1ffn) * 8n;
      const entry = this.memory.read64(at)!;
      if (entry === 0n) {
        table = allocate();
        this.memory.write64(at, (table + offset) | 3n);
      } else table = (entry & 0xffff_ffff_f000n) - offset;
    }
    const at = table + ((input >> 12n) & 0x1ffn) * 8n;
    this.memory.write64(at, leaf);
    return at;
  }

  #path(root: bigint, shifts: readonly bigint[], input: bigint, offset: bigint): bigint[] {
    const path: bigint[] = [];
    let table = root;
    for (const shift of shifts) {
      const at = table + ((input >> shift) & 0x1ffn) * 8n;
      path.push(at);
      table = (this.memory.read64(at)! & 0xffff_ffff_f000n) - offset;
    }
    return path;
  }
}

/** The fields of an event record, by the architecture's names. */
export function fieldsOf(record: Uint32Array): Record<string, FieldValue | string> & { name: string } {
  const event = EVENTS.byNumber.get(record[0]! & 0xff)!;
  return { ...decode(event, record, 0), name: event.id };
}

/** What a faulted access said: its one record, or null when it recorded none. */
export function eventOf(outcome: Outcome): ReturnType<typeof fieldsOf> | null {
  const [record] = outcome.events;
  return record === undefined ? null : fieldsOf(record);
}
