/** A VM of a random machine with its stage 2, or a host's own streams without one: memory, address spaces, ASIDs, CDs. */
import type { PhysicalMemory } from '../../../src/model/memory/physical-memory.ts';
import { CD, encode } from '../../../src/model/spec/index.ts';
import type { FieldValues } from '../../../src/model/spec/index.ts';
import { Heap } from './heap.ts';
import type { Tag } from './needs.ts';
import { PageTables } from './page-tables.ts';
import type { Granule, TableSpace } from './page-tables.ts';
import { chance, pick } from './random.ts';
import type { Random } from './random.ts';

/** Where leaves of a device's pages are, at both stages; structures of a guest lie above. */
export const DATA = 0x4000_0000n;
export const STRUCTURES = 0x8000_0000n;
const STRUCTURE_BYTES = 0x1000_0000n;
/** Normal write-back, read-write, AF. */
const S2_OF_STRUCTURES = 0x7fcn;

/** What the CDs of one ASID share: the address space of the lower half, and the set (ASET) of the upper one. */
export interface AddressSpace {
  asid: bigint;
  tables: number;
  aset: number;
}

/** What the CDs of one ASET share, for global entries have no other tag. */
export interface GlobalSpace {
  readonly tables: PageTables;
  fields: FieldValues;
}

/** A CD: an entry of the table that all streams of the VM use. */
export interface Context {
  readonly ssid: number;
  valid: boolean;
  space: AddressSpace;
  fields: FieldValues;
}

export interface VmShape {
  readonly nested: boolean;
  readonly world: Tag['world'];
  readonly granules: readonly [lower: Granule, upper: Granule, stage2: Granule];
  /** log2 of the CDs; 0 is a single one. */
  readonly cdMax: number;
  readonly cdFormat: 0 | 1 | 2;
  readonly oasCode: number;
  readonly updates: boolean;
}

const TG0 = { 12: 0, 14: 2, 16: 1 } as const;
const TG1 = { 12: 2, 14: 1, 16: 3 } as const;
/** Legal sizes and start levels of stage 2 that hold DATA and the structures. */
const STAGE2: Readonly<Record<Granule, readonly (readonly [bits: number, first: number])[]>> = {
  12: [[39, 1], [40, 1], [42, 1], [44, 0], [33, 2], [34, 2]],
  14: [[40, 1], [44, 1], [36, 2], [40, 2]],
  16: [[44, 1], [36, 2], [42, 2]],
};

export class Vm implements TableSpace {
  readonly shape: VmShape;
  tag: Tag;
  stage2: PageTables | null = null;
  readonly lower: readonly PageTables[];
  readonly upper: readonly GlobalSpace[];
  readonly spaces: AddressSpace[];
  readonly contexts: Context[];
  /** ASIDs that were in use and still may tag entries. */
  readonly oldAsids = new Set<bigint>();
  readonly #memory: PhysicalMemory;
  readonly #host: Heap;
  readonly #guest: Heap | null;
  /** PA of each page of the guest's structures, by IPA. */
  readonly #where = new Map<bigint, bigint>();
  /** Where the table of CDs is, and each second-level one. */
  cdTable: bigint;
  readonly #leaves = new Map<number, bigint>();

  constructor(memory: PhysicalMemory, host: Heap, vmid: bigint, shape: VmShape, random: Random) {
    this.#memory = memory;
    this.#host = host;
    this.shape = shape;
    this.tag = { world: shape.world, vmid };
    this.#guest = shape.nested ? new Heap(STRUCTURES, STRUCTURE_BYTES) : null;
    const [lower, upper, stage2] = shape.granules;
    if (shape.nested) {
      const [bits, first] = pick(random, STAGE2[stage2]);
      this.stage2 = new PageTables(memory, new Vm.Host(memory, host), stage2, bits, first);
    }
    const tablesOf = (granule: Granule, isUpper: boolean): PageTables => {
      const bits = 36 + random(13);
      let first = 3;
      while (bits > granule + (granule - 3) * (4 - first)) first--;
      return new PageTables(memory, this, granule, bits, first, isUpper);
    };
    const bits = tablesOf(lower, false);
    this.lower = [bits, ...(shape.world === 'EL2' ? [] : [new PageTables(memory, this, lower, bits.bits, bits.first)])];
    const high = tablesOf(upper, true);
    this.upper = [high, new PageTables(memory, this, upper, high.bits, high.first, true)].map((tables) => ({ tables, fields: this.randomFields(random) }));
    this.spaces = Array.from({ length: shape.world === 'EL2' ? 1 : 3 }, (_, i) => ({ asid: BigInt(i + 1), tables: i % this.lower.length, aset: i === 2 ? 1 : 0 }));
    this.cdTable = this.allocate(this.#l1Bytes);
    const ssids = shape.cdMax === 0 ? [0] : [0, 1, 2, (1 << shape.cdMax) - 1];
    this.contexts = ssids.map((ssid, i) => ({ ssid, valid: true, space: this.spaces[i % this.spaces.length]!, fields: { A: true, R: true } }));
    for (const context of this.contexts) this.writeContext(context);
  }

  /** PAs of the host, as a space for tables. */
  static readonly Host = class implements TableSpace {
    readonly #memory: PhysicalMemory;
    readonly #heap: Heap;
    constructor(memory: PhysicalMemory, heap: Heap) {
      this.#memory = memory;
      this.#heap = heap;
    }
    allocate(bytes: bigint): bigint {
      const at = this.#heap.allocate(bytes);
      this.#memory.fill(at, Number(bytes), 0);
      return at;
    }
    free(address: bigint, bytes: bigint): void {
      this.#heap.free(address, bytes);
    }
    toPa(address: bigint): bigint {
      return address;
    }
  };

  randomFields(random: Random): FieldValues {
    const attributes = (): number => [0xff, 0x44, 0x04, 0x0c][random(4)]! * 0x0101_0101;
    return { MAIR0: attributes() >>> 0, MAIR1: attributes() >>> 0, WXN: chance(random, 20), PAN: chance(random, 20), AFFD: chance(random, 30) };
  }

  allocate(bytes: bigint): bigint {
    if (this.#guest === null) {
      const pa = this.#host.allocate(bytes);
      this.#memory.fill(pa, Number(bytes), 0);
      return pa;
    }
    const ipa = this.#guest.allocate(bytes);
    const page = this.#pageBytes;
    for (let at = ipa & ~(page - 1n); at < ipa + bytes; at += page) if (!this.#where.has(at)) this.reach(at, this.#host.allocate(page));
    const piece = bytes < page ? bytes : page;
    for (let at = ipa; at < ipa + bytes; at += piece) this.#memory.fill(this.toPa(at), Number(piece), 0);
    return ipa;
  }

  free(address: bigint, bytes: bigint): void {
    (this.#guest ?? this.#host).free(address, bytes);
  }

  toPa(address: bigint): bigint {
    if (this.#guest === null) return address;
    const page = this.#pageBytes;
    return this.#where.get(address & ~(page - 1n))! + (address & (page - 1n));
  }

  /** IPAs of the pages that hold the guest's structures. */
  get structurePages(): readonly bigint[] {
    return [...this.#where.keys()];
  }

  /** Puts a page of the guest's structures at `pa`; what was there, or null. */
  reach(ipa: bigint, pa: bigint): bigint | null {
    const before = this.#where.get(ipa) ?? null;
    this.#where.set(ipa, pa);
    this.stage2!.make(ipa, 3, pa | S2_OF_STRUCTURES);
    return before;
  }

  get #pageBytes(): bigint {
    return 1n << BigInt(this.shape.granules[2]);
  }

  get #leafBits(): number {
    return this.shape.cdFormat === 1 ? 6 : 10;
  }

  get #l1Bytes(): bigint {
    const { cdMax, cdFormat } = this.shape;
    const bytes = cdMax === 0 || cdFormat === 0 ? 64n << BigInt(cdMax) : 8n << BigInt(Math.max(cdMax - this.#leafBits, 0));
    return bytes < 4096n ? 4096n : bytes;
  }

  get hasLeaves(): boolean {
    return this.shape.cdMax > 0 && this.shape.cdFormat !== 0;
  }

  /** Where the CD lies, as the SMMU addresses it. */
  #cdAt(ssid: number): bigint {
    if (!this.hasLeaves) return this.cdTable + BigInt(ssid) * 64n;
    const at = ssid >> this.#leafBits;
    if (!this.#leaves.has(at)) this.#linkLeaf(at, this.allocate(this.#leafBytes));
    return this.#leaves.get(at)! + BigInt(ssid & ((1 << this.#leafBits) - 1)) * 64n;
  }

  get #leafBytes(): bigint {
    return 64n << BigInt(this.#leafBits);
  }

  #linkLeaf(at: number, leaf: bigint): void {
    this.#leaves.set(at, leaf);
    this.#memory.write64(this.toPa(this.cdTable + BigInt(at) * 8n), leaf | 1n);
  }

  /** Moves the second-level table that holds a CD; gives the contexts in it and how to free the old one. */
  moveLeaf(context: Context): { readonly within: readonly Context[]; free(): void } {
    const at = context.ssid >> this.#leafBits;
    const old = this.#leaves.get(at)!;
    this.#linkLeaf(at, this.allocate(this.#leafBytes));
    const within = this.contexts.filter(({ ssid }) => ssid >> this.#leafBits === at);
    for (const one of within) this.writeContext(one);
    return { within, free: () => this.free(old, this.#leafBytes) };
  }

  /** Moves the whole table of CDs; gives how to free the old one. */
  moveTable(): () => void {
    const old = this.cdTable;
    this.cdTable = this.allocate(this.#l1Bytes);
    for (const [at, leaf] of this.#leaves) this.#linkLeaf(at, leaf);
    for (const one of this.contexts) this.writeContext(one);
    return () => this.free(old, this.#l1Bytes);
  }

  writeContext({ ssid, valid, space, fields }: Context): void {
    const { granules, oasCode, updates, world } = this.shape;
    const [lower, upper] = [this.lower[space.tables]!, this.upper[space.aset]!];
    const words = new Uint32Array(16);
    const cd: FieldValues = {
      ...upper.fields,
      ...fields,
      V: valid,
      AA64: true,
      IPS: oasCode,
      T0SZ: 64 - lower.bits,
      TG0: TG0[granules[0]],
      TTB0: lower.root,
      T1SZ: 64 - upper.tables.bits,
      TG1: TG1[granules[1]],
      TTB1: upper.tables.root,
      EPD1: world === 'EL2',
      HA: updates,
      HD: updates,
      ASID: Number(space.asid),
      ASET: space.aset === 1,
    };
    encode(CD, cd, words, 0);
    this.#memory.writeBytes(this.toPa(this.#cdAt(ssid)), new Uint8Array(words.buffer));
  }

  /** What an STE says of stage 2 and of the table of CDs. */
  get steFields(): FieldValues {
    const { cdMax, cdFormat, oasCode, updates } = this.shape;
    const { stage2 } = this;
    const stage1 = { S1ContextPtr: this.cdTable, S1CDMax: cdMax, S1Fmt: cdFormat, S2VMID: Number(this.tag.vmid) };
    if (stage2 === null) return { ...stage1, STRW: this.shape.world === 'EL1' ? 0 : 2 };
    const { granule, first, bits } = stage2;
    return {
      ...stage1,
      S2T0SZ: 64 - bits,
      S2SL0: granule === 12 ? (first === 3 ? 3 : 2 - first) : 3 - first,
      S2TG: TG0[granule],
      S2PS: oasCode,
      S2AA64: true,
      S2TTB: stage2.root,
      S2HA: updates,
      S2HD: updates,
    };
  }
}
