/**
 * A translation table in memory and the software that edits it: maps with the largest leaves that fit or with leaves of
 * a given size, unmaps, splits a block when a part of it changes (DDI 0487 D8.3). What a descriptor looks like is the
 * format's business, where its words lie the memory's.
 */
import { hex } from '../base/address.ts';
import { assert } from '../base/assert.ts';
import { fail, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Granule } from './data.ts';
import { granuleBytes, leafBytes, leafLevels, levelOfLeaf, rootBytes, shiftAt, stride } from './geometry.ts';

export type Descriptor =
  | { readonly kind: 'invalid' }
  | { readonly kind: 'table'; readonly next: bigint }
  | { readonly kind: 'leaf'; readonly output: bigint };

/** How descriptors of one stage and granule are written and read. */
export interface TableFormat {
  readonly stage: 1 | 2;
  readonly granule: Granule;
  table(next: bigint): bigint;
  classify(word: bigint, level: number): Descriptor;
  /** The leaf of `level` at `output` with the attributes of the leaf `word` of `fromLevel`. */
  reencode(word: bigint, fromLevel: number, level: number, output: bigint): bigint;
}

/** The memory that tables lie in, in the address space of their owner; null and false where there is none. */
export interface TableMemory {
  read64(address: bigint): bigint | null;
  write64(address: bigint, value: bigint): boolean;
  /** A zeroed table of one granule for `level`, or null when memory is full. */
  allocateTable(level: number, size: bigint, align: bigint): bigint | null;
}

export interface TableShape {
  readonly startLevel: number;
  readonly inputBits: number;
  /** Lowest input address of this half: 0, or that of the upper half. */
  readonly inputBase: bigint;
}

export interface Leaf {
  readonly level: number;
  readonly input: bigint;
  readonly output: bigint;
  readonly word: bigint;
  /** Where the descriptor lies. */
  readonly at: bigint;
}

/** One map makes no more descriptors than this: 4 GiB in pages of 4K. */
const MAX_LEAVES = 1n << 20n;

type Encode = (level: number, output: bigint) => bigint;

export class TranslationTable {
  readonly format: TableFormat;
  readonly shape: TableShape;
  readonly root: bigint;
  private readonly memory: TableMemory;

  private constructor(format: TableFormat, shape: TableShape, memory: TableMemory, root: bigint) {
    this.format = format;
    this.shape = shape;
    this.root = root;
    this.memory = memory;
  }

  /** Allocates the start-level table, or the concatenated ones, aligned to their size (at least 64 bytes). */
  static create(format: TableFormat, shape: TableShape, memory: TableMemory): Result<TranslationTable> {
    const size = rootBytes(format.granule, shape.startLevel, shape.inputBits);
    const align = size < 64n ? 64n : size;
    const root = memory.allocateTable(shape.startLevel, size, align);
    if (root === null) return fail('memory-full', `no memory left for a level ${shape.startLevel} table of ${hex(size)} bytes at stage ${format.stage}`);
    return ok(new TranslationTable(format, shape, memory, root));
  }

  /**
   * Maps [input, input + size) to output. `block` forces one leaf size; null takes the largest that alignment and size
   * allow. What was mapped there before is replaced.
   */
  map(input: bigint, output: bigint, size: bigint, block: bigint | null, encode: Encode): Result<void> {
    const end = input + size;
    const leaves = size / this.#commonLeaf(input, output, block);
    if (leaves > MAX_LEAVES) return fail('too-many-leaves', `${hex(size)} bytes at ${hex(input)} would take ${leaves} descriptors; align both addresses alike so that blocks fit, or map less`);
    for (let at = input, to = output; at < end; ) {
      const level = this.#levelFor(at, to, end - at, block);
      if (level === null) return fail('misaligned', this.#misaligned(at, to, end - at, block));
      const slot = this.#slot(at, level);
      if (!slot.ok) return slot;
      const bytes = leafBytes(this.format.granule, level);
      // Larger leaves fit again at the end of the table at the earliest, so all of it takes this size.
      const fitting = (end - at) / bytes;
      const inTable = this.#leftInTable(at, level);
      for (let left = fitting < inTable ? fitting : inTable, slotAt = slot.value; left > 0n; left--, slotAt += 8n) {
        const written = this.#write(slotAt, encode(level, to));
        if (!written.ok) return written;
        at += bytes;
        to += bytes;
      }
    }
    return ok(undefined);
  }

  /** Makes every descriptor of [input, input + size) invalid, splitting blocks at its ends; gives the bytes that were mapped. */
  unmap(input: bigint, size: bigint): Result<bigint> {
    const end = input + size;
    let removed = 0n;
    for (let at = input; at < end; ) {
      const found = this.#descend(at, 3);
      if (!found.ok) return found;
      const { level, address, descriptor } = found.value;
      const span = 1n << BigInt(shiftAt(this.format.granule, level));
      const start = at - ((at - this.shape.inputBase) % span);
      const whole = start === at && start + span <= end;
      if (descriptor.kind === 'leaf') {
        const done = whole ? this.#write(address, 0n) : this.#split(address, level);
        if (!done.ok) return done;
        if (!whole) continue;
        removed += span;
      }
      at = start + span;
    }
    return ok(removed);
  }

  /** The last descriptor that a walk for `input` reads, or null where `input` is out of range or a table cannot be read. */
  lastRead(input: bigint): { readonly level: number; readonly at: bigint; readonly word: bigint } | null {
    const inside = BigInt.asUintN(64, input - this.shape.inputBase) >> BigInt(this.shape.inputBits) === 0n;
    const found = inside ? this.#descend(input, 3) : null;
    return found === null || !found.ok ? null : { level: found.value.level, at: found.value.address, word: found.value.word };
  }

  /** The leaf that translates `input`, or null. */
  find(input: bigint): Leaf | null {
    const found = this.#descend(input, 3);
    if (!found.ok || found.value.descriptor.kind !== 'leaf') return null;
    const { level, address, descriptor, word } = found.value;
    const inside = (input - this.shape.inputBase) % leafBytes(this.format.granule, level);
    return { level, input: input - inside, output: descriptor.output, word, at: address };
  }

  /** Bytes of the largest leaf that input and output can share. */
  #commonLeaf(input: bigint, output: bigint, block: bigint | null): bigint {
    if (block !== null) return block;
    const sizes = leafLevels(this.format.granule).map((level) => leafBytes(this.format.granule, level));
    return sizes.find((bytes) => (input - output) % bytes === 0n) ?? granuleBytes(this.format.granule);
  }

  #levelFor(input: bigint, output: bigint, size: bigint, block: bigint | null): number | null {
    const { granule } = this.format;
    const forced = block === null ? null : levelOfLeaf(granule, block);
    const levels = block === null ? leafLevels(granule) : forced === null ? [] : [forced];
    const fits = (level: number): boolean => {
      const bytes = leafBytes(granule, level);
      return level >= this.shape.startLevel && input % bytes === 0n && output % bytes === 0n && size >= bytes;
    };
    return levels.find(fits) ?? null;
  }

  #misaligned(input: bigint, output: bigint, size: bigint, block: bigint | null): string {
    const unit = block === null ? `the ${this.format.granule} granule` : `leaves of ${hex(block)} bytes`;
    return `${hex(input)} to ${hex(output)}, ${hex(size)} bytes, cannot be mapped with ${unit}: both addresses and the size must be multiples of it`;
  }

  #indexAt(input: bigint, level: number): bigint {
    const shift = BigInt(shiftAt(this.format.granule, level));
    const index = (input - this.shape.inputBase) >> shift;
    return level === this.shape.startLevel ? index : BigInt.asUintN(stride(this.format.granule), index);
  }

  /** Descriptors from that of `input` to the end of its table of `level`. */
  #leftInTable(input: bigint, level: number): bigint {
    const bits = level === this.shape.startLevel ? this.shape.inputBits - shiftAt(this.format.granule, level) : stride(this.format.granule);
    return (1n << BigInt(bits)) - this.#indexAt(input, level);
  }

  /** Address of the descriptor for `input` at `level`; makes the tables above it, splitting blocks. */
  #slot(input: bigint, level: number): Result<bigint> {
    const found = this.#descend(input, level);
    if (!found.ok || found.value.level === level) return found.ok ? ok(found.value.address) : found;
    const { address, level: above, descriptor } = found.value;
    const made = descriptor.kind === 'leaf' ? this.#split(address, above) : this.#newTable(address, above);
    return made.ok ? this.#slot(input, level) : made;
  }

  /** Follows tables from the root to `level`, or to the first descriptor that is no table. */
  #descend(input: bigint, target: number): Result<{ level: number; address: bigint; word: bigint; descriptor: Descriptor }> {
    assert(input >= this.shape.inputBase && (input - this.shape.inputBase) >> BigInt(this.shape.inputBits) === 0n, 'an input address of this table');
    let table = this.root;
    for (let level = this.shape.startLevel; ; level++) {
      const address = table + this.#indexAt(input, level) * 8n;
      const word = this.memory.read64(address);
      if (word === null) return this.#unreachable(address, level);
      const descriptor = this.format.classify(word, level);
      if (level === target || descriptor.kind !== 'table') return ok({ level, address, word, descriptor });
      table = descriptor.next;
    }
  }

  #unreachable(address: bigint, level: number): Result<never> {
    return fail('not-writable', `the stage ${this.format.stage} level ${level} table at ${hex(address)} cannot be reached by its owner: no memory is mapped there`);
  }

  #write(address: bigint, word: bigint): Result<void> {
    return this.memory.write64(address, word) ? ok(undefined) : this.#unreachable(address, 3);
  }

  #newTable(address: bigint, level: number): Result<void> {
    const bytes = granuleBytes(this.format.granule);
    const next = this.memory.allocateTable(level + 1, bytes, bytes);
    if (next === null) return fail('memory-full', `no memory left for a level ${level + 1} table at stage ${this.format.stage}`);
    return this.#write(address, this.format.table(next));
  }

  /** Replaces a block by a table of the next level that maps the same; invalid in between (break-before-make, IHI 0070 3.21.1). */
  #split(address: bigint, level: number): Result<void> {
    const word = this.memory.read64(address);
    assert(word !== null && level < 3, 'only a block that was just read is split');
    const descriptor = this.format.classify(word, level);
    assert(descriptor.kind === 'leaf', 'only a block is split');
    const bytes = granuleBytes(this.format.granule);
    const table = this.memory.allocateTable(level + 1, bytes, bytes);
    if (table === null) return fail('memory-full', `no memory left to split a block at stage ${this.format.stage}`);
    const part = leafBytes(this.format.granule, level + 1);
    for (let i = 0n; i < 1n << BigInt(stride(this.format.granule)); i++) {
      const written = this.#write(table + i * 8n, this.format.reencode(word, level, level + 1, descriptor.output + i * part));
      if (!written.ok) return written;
    }
    const broken = this.#write(address, 0n);
    return broken.ok ? this.#write(address, this.format.table(table)) : broken;
  }
}
