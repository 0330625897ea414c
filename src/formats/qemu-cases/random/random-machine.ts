/**
 * A machine drawn from a seed: STE, CD and tables of both stages for a few pages, of any granules, levels and shapes that
 * QEMU's SMMUv3 has, then bent here and there. What it is worth is decided by what the SMMUs answer, not here.
 */
import { CD, encode, STE } from '../../../model/spec/index.ts';
import type { FieldValues, RecordDef } from '../../../model/spec/index.ts';
import type { Granule } from '../../../model/lab/data.ts';
import { granuleBytes, leafBytes, leafLevels, psCode, s2sl0, stage1StartLevel, stage2LevelsFor, stride, tg0, tg1 } from '../../../model/lab/geometry.ts';
import { MemoryImage } from './memory-image.ts';
import type { Draw } from './rng.ts';
import { TranslationTables } from './translation-tables.ts';
import type { Descriptor, Shape } from './translation-tables.ts';

export const PLACES = {
  streamTable: 0x4200_0000n,
  level2: 0x4201_0000n,
  commandQueue: 0x4280_0000n,
  eventQueue: 0x4290_0000n,
  tables: 0x4300_0000n,
  context: 0x4f00_0000n,
  data: 0x5000_0000n,
} as const;

/** The stream that is tried, one that has stage 2 or stage 1 alone and shares its tags, one without STE, one behind a root port. */
export const SIDS = { main: 24, other: 8, none: 16, far: 0x500 } as const;

const OAS = 44;
const GRANULES = ['4K', '16K', '64K'] as const;
const RAM_BITS = 31;
const GIB = 30n;
const STE_BYTES = 64n;

export interface Mapped {
  readonly address: bigint;
  readonly bytes: bigint;
}

export class RandomMachine {
  readonly draw: Draw;
  readonly image = new MemoryImage(PLACES.tables);
  readonly config: number;
  /** Input addresses that the main stream reaches, unless something is bent. */
  readonly mapped: Mapped[] = [];
  readonly descriptors: Descriptor[] = [];
  readonly vmid: number;
  readonly asid: number;
  readonly twoLevel: boolean;
  readonly log2size: number;
  readonly lower: Shape;
  readonly upper: Shape;
  readonly stage2: Shape;
  /** An IPA is its PA plus this. */
  readonly #guest: bigint;
  readonly #tables2: TranslationTables;
  readonly #tables1: readonly [TranslationTables, TranslationTables];
  #ste: FieldValues;
  #cd: FieldValues;
  readonly cdPa: bigint;
  /** Where the STEs of the streams lie. */
  readonly stes = new Map<number, bigint>();

  constructor(draw: Draw) {
    this.draw = draw;
    this.config = draw.pick([7, 7, 7, 7, 5, 5, 6, 6]);
    this.vmid = draw.below(0x1_0000);
    this.asid = draw.below(0x1_0000);
    this.twoLevel = draw.chance(30);
    this.log2size = this.twoLevel ? 12 : draw.between(5, 8);
    this.lower = this.#stage1Shape();
    this.upper = this.#stage1Shape();
    this.stage2 = this.#stage2Shape();
    const nested = this.config === 7;
    this.#guest = nested ? BigInt(draw.below(2 ** Math.min(this.stage2.bits - 30, 14) - 1)) << GIB : 0n;
    this.#tables2 = new TranslationTables(2, this.stage2, this.image);
    const reach = (pa: bigint, bytes: bigint): void => this.#reach(pa, bytes);
    this.#tables1 = [new TranslationTables(1, this.lower, this.image, this.#guest, reach), new TranslationTables(1, this.upper, this.image, this.#guest, reach)];
    this.cdPa = PLACES.context + BigInt(draw.below(64)) * 64n;
    this.#reach(this.cdPa, 64n);
    for (let count = draw.between(2, 6); count > 0; count--) this.#map();
    this.#ste = this.#steFields();
    this.#cd = this.#cdFields();
    this.descriptors.push(...this.#tables1[0].descriptors, ...this.#tables1[1].descriptors, ...this.#tables2.descriptors);
    this.#structures();
  }

  get hasStage1(): boolean {
    return (this.config & 1) !== 0;
  }

  get hasStage2(): boolean {
    return (this.config & 2) !== 0;
  }

  /** Changes fields of the main stream's STE, and says which words of memory that makes. */
  setSte(fields: FieldValues): [address: bigint, words: Uint32Array] {
    const bent = { ...this.#ste, ...fields };
    if (!startsNowhere(bent)) this.#ste = bent;
    return [this.stes.get(SIDS.main)!, wordsOf(STE, this.#ste)];
  }

  setCd(fields: FieldValues): [address: bigint, words: Uint32Array] {
    this.#cd = { ...this.#cd, ...fields };
    return [this.cdPa, wordsOf(CD, this.#cd)];
  }

  #stage1Shape(): Shape {
    const granule = this.draw.pick(GRANULES);
    const bits = this.draw.between(25, 48);
    return { granule, bits, startLevel: stage1StartLevel(granule, bits) };
  }

  /** Legal, and large enough for the RAM. */
  #stage2Shape(): Shape {
    for (;;) {
      const granule: Granule = this.draw.pick(GRANULES);
      const bits = this.draw.between(RAM_BITS + 1, OAS);
      const levels = stage2LevelsFor(granule, bits, false).filter((level) => level > 0 || granule === '4K');
      if (levels.length > 0) return { granule, bits, startLevel: this.draw.pick(levels) };
    }
  }

  /** Lets stage 2 lead to a structure of the guest: the piece that is read, or, of a table, all pieces. */
  #reach(pa: bigint, bytes: bigint): void {
    if (!this.hasStage1 || !this.hasStage2) return;
    const page = granuleBytes(this.stage2.granule);
    const whole = bytes > page && !this.draw.chance(20);
    const first = whole ? pa & -bytes : pa;
    for (let at = first & -page; at < first + (whole ? bytes : 8n); at += page) {
      this.#tables2.map(at + this.#guest, 3, at, this.draw.chance(95) ? 0x7fcn & ~3n : this.#stage2Attributes());
    }
  }

  #map(): void {
    const { draw } = this;
    const target = PLACES.data + (BigInt(draw.below(256)) << 12n);
    this.image.pattern(target);
    const ipa = target + this.#guest;
    if (this.hasStage2) this.#tables2.map(ipa, this.#leafLevel(this.stage2), target, this.#stage2Attributes());
    if (!this.hasStage1) {
      this.mapped.push({ address: ipa, bytes: 4096n });
      return;
    }
    const half = draw.below(2) as 0 | 1;
    const { shape } = this.#tables1[half];
    const level = this.#leafLevel(shape);
    const block = leafBytes(shape.granule, level);
    const low = (draw.bits(shape.bits) & -block) | (ipa & (block - 1n));
    const address = half === 0 ? low : BigInt.asUintN(64, (-1n << BigInt(shape.bits)) | low);
    this.#tables1[half].map(address, level, ipa, this.#stage1Attributes());
    this.mapped.push({ address, bytes: 4096n });
  }

  #leafLevel({ granule, startLevel }: Shape): number {
    const levels = leafLevels(granule).filter((level) => level >= startLevel);
    return this.draw.chance(60) ? 3 : this.draw.pick(levels);
  }

  /** AttrIndx, AP, SH, AF, nG, PXN, UXN of a stage 1 leaf. */
  #stage1Attributes(): bigint {
    const { draw } = this;
    const ap = draw.pick([1n, 1n, 1n, 1n, 1n, 1n, 0n, 2n, 3n]);
    return (draw.bits(3) << 2n) | (ap << 6n) | (draw.bits(2) << 8n) | (draw.chance(95) ? 1n << 10n : 0n) | (draw.bits(1) << 11n) | (draw.bits(2) << 53n);
  }

  /** MemAttr, S2AP, SH, AF, XN of a stage 2 leaf. */
  #stage2Attributes(): bigint {
    const { draw } = this;
    const s2ap = draw.pick([3n, 3n, 3n, 3n, 3n, 3n, 3n, 3n, 3n, 1n, 2n, 0n]);
    return ((draw.chance(80) ? 0xfn : draw.bits(4)) << 2n) | (s2ap << 6n) | (draw.bits(2) << 8n) | (draw.chance(96) ? 1n << 10n : 0n) | (draw.bits(2) << 53n);
  }

  #steFields(): FieldValues {
    const { draw, stage2 } = this;
    const second = {
      S2T0SZ: 64 - stage2.bits,
      S2SL0: s2sl0(stage2.granule, stage2.startLevel),
      S2TG: tg0(stage2.granule),
      S2PS: draw.chance(85) ? draw.between(psCode(stage2.bits), 5) : draw.between(0, 5),
      S2AA64: true,
      S2TTB: this.#tables2.root,
      S2AFFD: draw.chance(15),
      S2R: draw.chance(90),
      S2PTW: draw.chance(20),
    };
    return {
      V: true,
      Config: this.config,
      S1ContextPtr: this.cdPa + this.#guest,
      S2VMID: this.vmid,
      // Without stage 2 they are ignored. S2AA64 = 0 with stage 2 would end QEMU itself.
      ...second,
    };
  }

  #cdFields(): FieldValues {
    const { draw, lower, upper } = this;
    const highest = BigInt(2 ** RAM_BITS) + this.#guest;
    return {
      V: true,
      AA64: true,
      T0SZ: 64 - lower.bits,
      TG0: tg0(lower.granule),
      TTB0: this.#tables1[0].root + this.#guest,
      T1SZ: 64 - upper.bits,
      TG1: tg1(upper.granule),
      TTB1: this.#tables1[1].root + this.#guest,
      EPD0: draw.chance(3),
      EPD1: draw.chance(3),
      IPS: draw.between(psCode(highest.toString(2).length), 5),
      AFFD: draw.chance(15),
      TBI0: draw.chance(30),
      TBI1: draw.chance(30),
      HAD0: draw.chance(30),
      HAD1: draw.chance(30),
      R: draw.chance(85),
      A: true,
      ASET: draw.chance(50),
      ASID: this.asid,
      MAIR0: Number(draw.bits(32)),
      MAIR1: Number(draw.bits(32)),
    };
  }

  #structures(): void {
    if (this.hasStage1) this.image.writeWords(this.cdPa, wordsOf(CD, this.#cd));
    this.#entry(SIDS.main, this.#ste);
    // Shares the tags and the tables of one stage.
    this.#entry(SIDS.other, { ...this.#ste, ...(this.config === 7 ? { Config: this.draw.pick([6, 7]) } : {}) });
    this.#entry(SIDS.far, { ...this.#ste, Config: this.draw.pick([4, 0, this.config]) });
  }

  #entry(sid: number, fields: FieldValues): void {
    const at = this.#steAddress(sid);
    if (at === null) return;
    this.stes.set(sid, at);
    this.image.writeWords(at, wordsOf(STE, fields));
  }

  /** Of a linear table, or of level 2 tables of 256 STEs (Span 9). */
  #steAddress(sid: number): bigint | null {
    if (!this.twoLevel) return sid < 2 ** this.log2size ? PLACES.streamTable + BigInt(sid) * STE_BYTES : null;
    const table = PLACES.level2 + BigInt(sid >> 8) * 0x4000n;
    this.image.write(PLACES.streamTable + BigInt(sid >> 8) * 8n, table | 9n);
    return table + BigInt(sid & 0xff) * STE_BYTES;
  }
}

/** S2SL0 needs more IPA bits than there are by so much that QEMU's walk begins at address 0, which is flash in its machine. */
function startsNowhere(ste: FieldValues): boolean {
  const granule = GRANULES.find((one) => tg0(one) === ste['S2TG']);
  if (granule === undefined) return false;
  const level = [0, 1, 2, 3].find((one) => s2sl0(granule, one) === ste['S2SL0']);
  return level !== undefined && 64 - Number(ste['S2T0SZ']) < stride(granule) * (4 - level);
}

export function wordsOf(record: RecordDef, fields: FieldValues): Uint32Array {
  const words = new Uint32Array(record.bytes / 4);
  encode(record, fields, words, 0);
  return words;
}
