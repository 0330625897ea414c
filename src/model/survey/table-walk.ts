/** Every descriptor of translation tables, level by level (IHI 0070 3.3.5). Tables that lead back into themselves end at the last level. */
import { addressOf, entriesOf, LAST_LEVEL, shiftOf } from '../lab/inspect/tables.ts';
import type { Table } from '../lab/inspect/tables.ts';
import { descriptorKind } from '../spec/index.ts';
import type { Features, Granule } from '../spec/index.ts';
import type { AddressView } from './surveyed.ts';

export const GRANULES: Readonly<Record<number, Granule>> = { 12: '4K', 14: '16K', 16: '64K' };

/** A descriptor that is not 0, in its place. */
export interface Descriptor {
  readonly table: Table;
  readonly level: number;
  readonly kind: 'reserved' | 'table' | 'leaf';
  /** Where it lies, as the stream addresses it. */
  readonly at: bigint;
  readonly word: bigint;
  /** First input address, and how many it is for. */
  readonly from: bigint;
  readonly size: bigint;
  /** Next table, or the output address. */
  readonly output: bigint;
  /** Upper attributes of the tables above it, of stage 1. */
  readonly above: bigint;
}

export interface TableVisitor {
  /** A table is about to be read; `false` leaves it out. `from` is the descriptor that leads to it. */
  table?(at: bigint, size: number, level: number, isThere: boolean, from: Descriptor | null): boolean;
  descriptor(descriptor: Descriptor): void;
}

/** How many tables one root may have: those of 512 TiB in blocks, or of 256 GiB in pages of 4 KiB. */
const MAX_TABLES = 1 << 18;

/** Tables next to each other at the first level of stage 2 (DDI 0487). */
const MAX_CONCATENATED = 16;

/** APTable, UXNTable and PXNTable: bits [62:59] limit what lies below. */
const HIERARCHICAL = 0xfn << 59n;

export class TableWalk {
  readonly #view: AddressView;
  readonly #features: Features;
  readonly #visitor: TableVisitor;
  #left = MAX_TABLES;

  constructor(view: AddressView, features: Features, visitor: TableVisitor) {
    this.#view = view;
    this.#features = features;
    this.#visitor = visitor;
  }

  /** False: there were more tables than are read. */
  walk(table: Table): boolean {
    if (table.start >= 0 && table.start <= LAST_LEVEL) this.#table(table, table.root, table.start, table.base, 0n, null);
    return this.#left > 0;
  }

  #table(table: Table, at: bigint, level: number, base: bigint, above: bigint, from: Descriptor | null): void {
    if (this.#left-- <= 0) return;
    const count = Math.min(entriesOf(table, level), MAX_CONCATENATED * 2 ** (table.granule - 3));
    const bytes = this.#view.readBytes(at, count * 8);
    const visit = this.#visitor.table?.(at, count * 8, level, bytes !== null, from) ?? true;
    if (bytes === null || !visit) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const shift = BigInt(shiftOf(table.granule, level));
    for (let index = 0; index < count; index++) {
      if ((view.getUint8(index * 8) & 1) === 0) continue;
      this.#descriptor(table, { at: at + BigInt(index) * 8n, word: view.getBigUint64(index * 8, true), level, from: base + (BigInt(index) << shift), above });
    }
  }

  #descriptor(table: Table, { at, word, level, from, above }: Pick<Descriptor, 'at' | 'word' | 'level' | 'from' | 'above'>): void {
    const { granule } = table;
    const shift = shiftOf(granule, level);
    const said = descriptorKind(GRANULES[granule]!, level, Number(word & 3n), this.#features);
    const kind = said === 'table' || said === 'reserved' ? said : 'leaf';
    const output = addressOf(word, granule, kind === 'leaf' ? shift : granule);
    const descriptor: Descriptor = { table, level, kind, at, word, from, size: 1n << BigInt(shift), output, above };
    this.#visitor.descriptor(descriptor);
    if (kind === 'table') this.#table(table, output, level + 1, from, table.stage === 1 ? above | (word & HIERARCHICAL) : 0n, descriptor);
  }
}
