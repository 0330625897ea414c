/** Tables of one stage, built where a walk would look for them, and every descriptor that was made. */
import type { Granule } from '../../../model/lab/data.ts';
import { granuleBits, leafBytes, shiftAt, stride } from '../../../model/lab/geometry.ts';
import type { MemoryImage } from './memory-image.ts';

export interface Shape {
  readonly granule: Granule;
  /** Input bits. */
  readonly bits: number;
  readonly startLevel: number;
}

/** A descriptor: where it lies, at which level of which stage, and whether it is a leaf. */
export interface Descriptor {
  readonly stage: 1 | 2;
  readonly level: number;
  readonly pa: bigint;
  readonly leaf: boolean;
  /** First input address it serves. */
  readonly input: bigint;
}

const TABLE = 3n;
const BLOCK = 1n;
const PAGE = 3n;

export class TranslationTables {
  readonly shape: Shape;
  readonly root: bigint;
  readonly descriptors: Descriptor[] = [];
  readonly #stage: 1 | 2;
  readonly #image: MemoryImage;
  /** What a descriptor holds for a table at this PA, and back: the IPA of a guest's table. */
  readonly #guest: bigint;
  /** Is told of the PA of every descriptor of the way, so that stage 2 can lead there. */
  readonly #reach: (pa: bigint, tableBytes: bigint) => void;

  constructor(stage: 1 | 2, shape: Shape, image: MemoryImage, guest = 0n, reach: (pa: bigint, tableBytes: bigint) => void = () => undefined) {
    this.#stage = stage;
    this.shape = shape;
    this.#image = image;
    this.#guest = guest;
    this.#reach = reach;
    this.root = image.allocate(this.#rootBytes);
  }

  get #rootBytes(): bigint {
    return 1n << BigInt(Math.max(this.shape.bits - shiftAt(this.shape.granule, this.shape.startLevel) + 3, 6));
  }

  /** Puts a leaf of `level` for the input address, unless something of another kind is on its way. */
  map(input: bigint, level: number, output: bigint, attributes: bigint): void {
    const { granule, startLevel, bits } = this.shape;
    const low = input & ((1n << BigInt(bits)) - 1n);
    let table = this.root;
    let bytes = this.#rootBytes;
    for (let at = startLevel; ; at++) {
      const width = at === startLevel ? bits - shiftAt(granule, at) : stride(granule);
      const index = (low >> BigInt(shiftAt(granule, at))) & ((1n << BigInt(width)) - 1n);
      const pa = table + index * 8n;
      this.#reach(pa, bytes);
      const word = this.#image.read(pa);
      if (at === level) {
        if (word !== 0n) return;
        this.#put(pa, at, true, low, (output & -leafBytes(granule, at)) | attributes | (at === 3 ? PAGE : BLOCK));
        return;
      }
      if (word !== 0n && (word & TABLE) !== TABLE) return;
      bytes = 1n << BigInt(granuleBits(granule));
      if (word === 0n) this.#put(pa, at, false, low, (this.#image.allocate(bytes) + this.#guest) | TABLE);
      table = (this.#image.read(pa) & 0xffff_ffff_f000n) - this.#guest;
    }
  }

  #put(pa: bigint, level: number, leaf: boolean, low: bigint, word: bigint): void {
    this.#image.write(pa, word);
    this.descriptors.push({ stage: this.#stage, level, pa, leaf, input: low & -leafBytes(this.shape.granule, level) });
  }
}
