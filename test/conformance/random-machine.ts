/** A machine made at random: STE, CD and tables of both stages for a few pages, then bent. Legal, but for V = 0 of a CD. */
import { PhysicalMemory } from '../../src/model/memory/physical-memory.ts';
import { CD, encode, STE } from '../../src/model/spec/index.ts';
import type { FieldValues, IdRegisters } from '../../src/model/spec/index.ts';
import type { Access } from './oracle.ts';
import type { Draw, Granule, Mapping } from './random-draw.ts';

const RAM_BYTES = 1n << 24n;
const EVENT_QUEUE = 0x1_0000n;
const COMMAND_QUEUE = 0x2_0000n;
const CONTEXTS = 0x4_0000n;
const HEAP = 0x10_0000n;
export const SID = 8;
/** The second stream shares ASID, VMID and tables with the first. */
export const SID_B = 9;

const SIZES = [32, 36, 40, 42, 44, 48, 52];
const TG0 = { 12: 0, 14: 2, 16: 1 } as const;
const TG1 = { 12: 2, 14: 1, 16: 3 } as const;

interface Geometry {
  readonly granule: Granule;
  readonly size: number;
  readonly first: number;
  readonly width: number;
}

const geometryOf = (granule: Granule, size: number, first: number): Geometry => ({
  granule,
  size,
  first,
  width: size - granule - (granule - 3) * (3 - first),
});
const pick = (low: number, high: number, where: number): number => low + (where % (high - low + 1));
const low = (value: bigint, bits: number): bigint => value & ((1n << BigInt(bits)) - 1n);
/** AF and AP[2] or S2AP[1] where hardware keeps them: from two bits that are software's. */
const kept = (leaf: bigint): bigint => ((leaf >> 55n) & 1n ? 0x400n : 0n) | ((leaf >> 56n) & 1n ? 0x80n : 0n);
const bitLength = (value: bigint): number => value.toString(2).length;

/** A machine in memory: what the registers need to know, and the accesses to try. */
export class RandomMachine {
  readonly memory: PhysicalMemory;
  readonly id: IdRegisters;
  readonly base: bigint;
  readonly accesses: readonly Access[];
  readonly draw: Draw;
  readonly oas: number;
  readonly ste: FieldValues;
  readonly cd: FieldValues;
  readonly #s1: readonly [Geometry, Geometry];
  readonly #s2: Geometry;
  readonly #roots: readonly [bigint, bigint];
  readonly #s2Root: bigint;
  /** A table of stage 1 is at its PA plus this. */
  readonly #guest: bigint;
  /** What was mapped: at which stage, which input address, and the PAs of its descriptors. */
  readonly paths: { readonly stage: 1 | 2; readonly input: bigint; readonly at: bigint[] }[] = [];
  #commands = 0;
  #heap: bigint;

  constructor(draw: Draw) {
    this.draw = draw;
    this.oas = SIZES[draw.oasCode]!;
    const wide = this.oas === 52 && draw.granules.every((one) => one === 16);
    this.base = 1n << BigInt(wide ? 50 : Math.min(this.oas, 48) - 2);
    this.memory = new PhysicalMemory([{ base: this.base, size: RAM_BYTES }]);
    this.id = this.#idRegisters();
    this.#heap = this.base + HEAP;
    this.#s1 = [this.#geometry1(draw.granules[0], draw.sizes[0]), this.#geometry1(draw.granules[1], draw.sizes[1])];
    this.#s2 = this.#geometry2(draw.granules[2], draw.sizes[2]);
    const nested = draw.config === 7;
    this.#guest = nested ? (1n << BigInt(Math.min(this.#s2.size - 1, wide ? 51 : 47))) - this.base : 0n;
    this.#s2Root = this.#allocate(this.#s2.width);
    this.#roots = [this.#allocate(this.#s1[0].width), this.#allocate(this.#s1[1].width)];
    this.ste = this.#steFields();
    this.cd = this.#cdFields();
    this.#structures();
    const pages = draw.maps.map((one) => this.#map(one));
    this.bend(draw.bends);
    this.accesses = this.#accesses(pages);
  }

  /** Registers, in the architecture's order; the event queue of 128 records. */
  enable(smmu: { write32(offset: number, value: number): void; write64(offset: number, value: bigint): void }): void {
    smmu.write32(0x2c, this.draw.e2h ? 3 : 2);
    smmu.write64(0x80, this.base);
    smmu.write32(0x88, 6);
    smmu.write64(0xa0, (this.base + EVENT_QUEUE) | 7n);
    smmu.write32(0x100a8, 0);
    smmu.write32(0x100ac, 0);
    smmu.write64(0x90, (this.base + COMMAND_QUEUE) | 8n);
    smmu.write32(0x98, 0);
    smmu.write32(0x9c, 0);
    this.#commands = 0;
    smmu.write32(0x20, 0b1101);
  }

  /** Queues a command; the SMMU consumes it at once. */
  command(smmu: { write32(offset: number, value: number): void }, d0: bigint, d1 = 0n): void {
    const at = this.base + COMMAND_QUEUE + BigInt(this.#commands & 0xff) * 16n;
    this.memory.write64(at, d0);
    this.memory.write64(at + 8n, d1);
    this.#commands = (this.#commands + 1) & 0x1ff;
    smmu.write32(0x98, this.#commands);
  }

  #idRegisters(): IdRegisters {
    const { draw } = this;
    // S2P, S1P, TTF AArch64, COHACC, Hyp, ASID16, VMID16, CD2L, little-endian, terminate only, two-level stream tables.
    const IDR0 = 0x0900_0000 | (draw.termModel ? 1 << 26 : 0) | (draw.httu << 6) | 0x4d_121b;
    const IDR1 = 0x0270_0010 | (12 << 6) | (draw.overrides ? 1 << 26 : 0);
    const IDR3 = 0x0c00 | (draw.had ? 4 : 0) | (draw.xnx ? 0x10 : 0) | (draw.fwb ? 0x100 : 0) | (draw.stt ? 0x200 : 0);
    return { IDR0, IDR1, IDR2: 0, IDR3, IDR4: 0, IDR5: 0x470 | draw.oasCode, IDR6: 0, IIDR: 0, AIDR: 2 };
  }

  #geometry1(g: Granule, where: number): Geometry {
    const smallest = this.draw.stt ? (g === 16 ? 17 : 16) : 25;
    const size = pick(smallest, g === 16 ? 52 : 48, where);
    let first = 3;
    while (size > g + (g - 3) * (4 - first)) first--;
    return geometryOf(g, size, first);
  }

  /** A legal (S2SL0, S2T0SZ); a nested machine needs room for its own tables. */
  #geometry2(g: Granule, where: number): Geometry {
    const { stt, config, startLevel } = this.draw;
    const deepest = g === 12 && !stt ? 2 : 3;
    const highest = this.oas >= (g === 14 ? 42 : 44) ? deepest - 2 : deepest - 1;
    const least = Math.max(stt && config !== 7 ? (g === 16 ? 17 : 16) : 25, 0);
    for (let i = 0; ; i++) {
      const first = Math.max(deepest - ((startLevel + i) % 3), highest, g === 12 ? 0 : 1);
      const min = Math.max((3 - first) * (g - 3) + g + 1, least);
      const max = Math.min((3 - first) * (g - 3) + g + g + 1, this.oas, g === 16 ? 52 : 48);
      if (min <= max) return geometryOf(g, pick(min, max, where), first);
    }
  }

  #allocate(width: number, granule = 0): bigint {
    const bytes = 1n << BigInt(Math.max(width + 3, granule, 6));
    const at = (this.#heap + bytes - 1n) & ~(bytes - 1n);
    this.#heap = at + bytes;
    return at;
  }

  #ps(where: number, highest: bigint): number {
    const least = SIZES.findIndex((one) => one >= bitLength(highest));
    return pick(least, 6, where);
  }

  #steFields(): FieldValues {
    const { draw } = this;
    const { max, format, dss } = draw.cdTable;
    const sl0 = this.#s2.granule === 12 ? (this.#s2.first === 3 ? 3 : 2 - this.#s2.first) : 3 - this.#s2.first;
    const stage2 = {
      S2T0SZ: 64 - this.#s2.size,
      S2SL0: sl0,
      S2TG: TG0[this.#s2.granule],
      S2PS: this.#ps(draw.ps[1], this.base + RAM_BYTES),
      S2AA64: true,
      S2TTB: this.#s2Root | this.#stray(this.#s2.width + 3, 4),
      S2AFFD: draw.cd['ASET'] as boolean,
      S2PTW: draw.cd['HAD1'] as boolean,
      S2FWB: draw.fwb && (draw.cd['PAN'] as boolean),
      S2HA: this.#hardware(2),
      S2HD: this.#hardware(3),
    };
    return {
      V: true,
      Config: draw.config,
      S1Fmt: format,
      S1CDMax: max,
      S1DSS: dss,
      S1ContextPtr: this.base + CONTEXTS + this.#guest + (max > 0 && format === 0 ? this.#stray(max + 6, 6) : 0n),
      STRW: draw.config === 5 && draw.e2h !== draw.had ? 2 : 0,
      ...draw.ste,
      ...stage2,
    };
  }

  #cdFields(): FieldValues {
    const { draw } = this;
    const [lower, upper] = this.#s1;
    return {
      V: true,
      AA64: true,
      ...draw.cd,
      HA: this.#hardware(0),
      HD: this.#hardware(1),
      A: draw.termModel || (draw.cd['TBI1'] as boolean),
      IPS: this.#ps(draw.ps[0], this.base + RAM_BYTES + this.#guest),
      T0SZ: 64 - lower.size,
      TG0: TG0[lower.granule],
      TTB0: this.#roots[0] + this.#guest + this.#stray(lower.width + 3, 4),
      T1SZ: 64 - upper.size,
      TG1: TG1[upper.granule],
      TTB1: this.#roots[1] + this.#guest + this.#stray(upper.width + 3, 4),
    };
  }

  /** Hardware update by HA, HD, S2HA or S2HD: HD needs more of IDR0.HTTU. */
  #hardware(which: number): boolean {
    return this.draw.httu > (which & 1) && this.draw.hardware[which]!;
  }

  /** What stage 2 says of the guest's tables: clean, old or read-only where hardware keeps that. */
  get #tableLeaf(): bigint {
    const [af, writable, dbm] = this.draw.tableFlags;
    const { tableLeaf } = this.draw;
    if (!this.#hardware(0) && !this.#hardware(2)) return tableLeaf;
    return (tableLeaf & ~0x480n) | (af || !this.#hardware(2) ? 0x400n : 0n) | (writable ? 0x80n : 0n) | (dbm ? 1n << 51n : 0n);
  }

  /** Bits [above - 1 : from]; a table is aligned to 64 bytes at least when its addresses have 52 bits. */
  #stray(above: number, from: number): bigint {
    return (low(this.draw.stray, Math.max(above, this.oas === 52 ? 6 : 0)) >> BigInt(from)) << BigInt(from);
  }

  #put(record: typeof STE | typeof CD, fields: FieldValues, pa: bigint): void {
    const words = new Uint32Array(16);
    encode(record, fields, words, 0);
    this.memory.writeBytes(pa, new Uint8Array(words.buffer));
  }

  get #cdIndex(): number {
    return this.draw.cdTable.index & ((1 << this.draw.cdTable.max) - 1);
  }

  #structures(): void {
    const { max, format } = this.draw.cdTable;
    this.#put(STE, this.ste, this.base + BigInt(SID) * 64n);
    const other = this.draw.config === 7 ? { Config: 6 } : {};
    this.#put(STE, { ...this.ste, ...this.draw.steB, S2VMID: this.ste['S2VMID']!, ...other }, this.base + BigInt(SID_B) * 64n);
    const linear = max === 0 || format === 0;
    const table = this.base + CONTEXTS;
    for (const index of new Set([0, this.#cdIndex])) {
      if (linear) {
        this.#context(table + BigInt(index) * 64n);
        continue;
      }
      const leafBits = format === 1 ? 6 : 10;
      const l1 = table + BigInt(max <= leafBits ? 0 : index >> leafBits) * 8n;
      const known = this.memory.read64(l1)!;
      const leaf = known === 0n ? this.#allocate(leafBits + 3, format === 1 ? 12 : 16) : known - 1n - this.#guest;
      this.memory.write64(l1, (leaf + this.#guest) | 1n);
      this.#reach(l1);
      this.#context(leaf + BigInt(index & ((1 << leafBits) - 1)) * 64n);
    }
  }

  #context(pa: bigint): void {
    this.#put(CD, this.cd, pa);
    this.#reach(pa);
  }

  /** Lets stage 2 reach a structure or table of the guest. */
  #reach(pa: bigint): void {
    if (this.draw.config !== 7) return;
    this.#tables(
      this.#s2,
      this.#s2Root,
      pa + this.#guest,
      3,
      0n,
      0n,
      () => pa,
      () => this.#tableLeaf,
    );
  }

  /** Writes the descriptors of one input address, where there are none; gives and remembers their PAs. */
  #tables(
    g: Geometry,
    root: bigint,
    input: bigint,
    leafLevel: number,
    offset: bigint,
    tableBits: bigint,
    output: (shift: number) => bigint,
    leaf: () => bigint,
  ): void {
    const path: bigint[] = [];
    this.paths.push({ stage: root === this.#s2Root ? 2 : 1, input, at: path });
    let table = root;
    for (let level = g.first; ; level++) {
      const shift = g.granule + (g.granule - 3) * (3 - level);
      const index = low(input >> BigInt(shift), level === g.first ? g.width : g.granule - 3);
      const at = table + index * 8n;
      path.push(at);
      if (offset !== 0n) this.#reach(at);
      const entry = this.memory.read64(at)!;
      if (entry !== 0n && (level === 3 || (entry & 2n) === 0n)) return;
      if (entry === 0n && level >= leafLevel) {
        const address = (output(shift) >> BigInt(shift)) << BigInt(shift);
        this.memory.write64(at, this.#descriptor(address, g.granule, leaf(), level === 3 ? 3n : 1n));
        return;
      }
      if (entry === 0n) {
        table = this.#allocate(g.granule - 3, g.granule);
        this.memory.write64(at, this.#descriptor(table + offset, g.granule, tableBits & (0xfffn << 52n), 3n));
      } else table = this.#address(entry, g.granule) - offset;
    }
  }

  #descriptor(address: bigint, granule: number, bits: bigint, type: bigint): bigint {
    const upper = granule === 16 && this.oas === 52 ? ((address >> 48n) & 15n) << 12n : 0n;
    return (bits & 0xfff8_0000_0000_0ffcn) | (address & 0xffff_ffff_f000n) | upper | type;
  }

  #address(word: bigint, granule: number): bigint {
    const upper = granule === 16 && this.oas === 52 ? ((word >> 12n) & 15n) << 48n : 0n;
    return (((word & 0xffff_ffff_f000n) >> BigInt(granule)) << BigInt(granule)) | upper;
  }

  /** Maps one page of the device at the stages there are; gives its IOVA and IPA. */
  #map(one: Mapping): readonly [bigint, bigint] {
    const { config } = this.draw;
    const nested = config === 7;
    let ipa = low(one.target, this.#s2.size - (nested ? 1 : 0));
    let iova = ipa;
    if (config === 5 || nested) {
      const half = one.upper ? 1 : 0;
      const g = this.#s1[half];
      const va = low(one.va, g.size);
      iova = one.upper ? va | (((1n << 64n) - 1n) ^ ((1n << BigInt(g.size)) - 1n)) : va;
      const bits = Math.min(nested ? this.#s2.size - 1 : this.oas, g.granule === 16 ? 52 : 48);
      const block = Math.max(one.levels[0], this.#blockLevel(g.granule));
      this.#tables(
        g,
        this.#roots[half],
        va,
        block,
        nested ? this.#guest : 0n,
        one.table1,
        (shift) => {
          const out = low(one.target, bits);
          ipa = ((out >> BigInt(shift)) << BigInt(shift)) | low(va, shift);
          return out;
        },
        () => (this.#hardware(0) ? (one.leaf1 & ~0x480n) | kept(one.leaf1) : one.leaf1),
      );
    }
    if ((config === 6 || nested) && ipa >> BigInt(this.#s2.size) === 0n) {
      const block = Math.max(one.levels[1], this.#blockLevel(this.#s2.granule));
      this.#tables(
        this.#s2,
        this.#s2Root,
        ipa,
        block,
        0n,
        0n,
        () => low(one.pa, Math.min(this.oas, this.#s2.granule === 16 ? 52 : 48)),
        () => (this.#hardware(2) ? (one.leaf2 & ~0x480n) | kept(one.leaf2) : one.leaf2),
      );
    }
    return [iova, ipa];
  }

  #blockLevel(granule: number): number {
    return granule === 12 || (granule === 16 && this.oas === 52) ? 1 : 2;
  }

  /** Breaks descriptors, of one stage or of both. */
  bend(bends: Draw['bends'], stage?: 1 | 2): void {
    const paths = this.paths.filter((one) => stage === undefined || one.stage === stage);
    for (const { path, at, kind, bit } of bends) {
      const one = paths[path % Math.max(paths.length, 1)];
      if (one === undefined) return;
      const pa = one.at[at % one.at.length]!;
      const word = this.memory.read64(pa)!;
      const outside = (this.base + 2n * RAM_BYTES) & 0xffff_ffff_f000n;
      const bent = {
        flip: word ^ (1n << BigInt(bit)),
        away: (word & ~0xffff_ffff_f000n) | outside,
        huge: word ^ (1n << BigInt(32 + (bit % 16))),
        clear: 0n,
      };
      this.memory.write64(pa, bent[kind]);
    }
  }

  #accesses(pages: readonly (readonly [bigint, bigint])[]): Access[] {
    const { max } = this.draw.cdTable;
    const hasSubstreams = max > 0 && (this.draw.config & 5) === 5;
    return this.draw.accesses.map(({ map, wild, offset, tag, access, privileged, ssid, b }) => {
      // The second stream of a nested machine has stage 2 alone.
      const second = b && this.draw.config === 7;
      const page = (pages[map % pages.length]![second ? 1 : 0] & ~0xfffn) | BigInt(offset);
      const iova = wild ?? page ^ (BigInt(this.draw.config === 6 || second ? 0 : tag) << 56n);
      const substream = ssid === 'other' ? { ssid: offset } : ssid === 'cd' && hasSubstreams && !second ? { ssid: this.#cdIndex } : {};
      return { sid: b ? SID_B : SID, ...substream, iova, access, privileged };
    });
  }
}
