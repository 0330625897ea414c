/** Reads an IORT out of its bytes; every offset in it is checked before it is followed. */
import type { LabError, Result } from '../../model/base/result.ts';
import { fail, ok } from '../../model/base/result.ts';
import { bodyOf, MAPPING_BYTES, NODE_BYTES, RANGE_BYTES, TABLE_BYTES, TYPE } from './layout.ts';
import type { Member } from './layout.ts';
import type { IdMap, IortNode, IortTable, RmrRange } from './table.ts';

/** A node and where it is. */
export interface PlacedNode {
  readonly node: IortNode;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly mappingOffset: number;
  readonly rangeOffset: number;
}

export interface ParsedIort {
  readonly table: IortTable;
  readonly placed: readonly PlacedNode[];
  /** What in the table breaks DEN 0049 and was read all the same, or could not be. */
  readonly problems: readonly LabError[];
}

const MAX_NODES = 65_536;
const IORT = 0x5452_4f49;

const at = (offset: number): string => `offset 0x${offset.toString(16)}`;
const problem = (offset: number, message: string): LabError => ({ code: 'bad-iort', message: `IORT, ${at(offset)}: ${message}` });

/** No table is as long as text behind its name would make it. */
const MAX_BYTES = 1 << 24;

export const isIort = (bytes: Uint8Array): boolean => bytes.length >= TABLE_BYTES && viewOf(bytes).getUint32(0, true) === IORT && viewOf(bytes).getUint32(4, true) < MAX_BYTES;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function readMember(view: DataView, { offset, bytes }: Pick<Member, 'offset' | 'bytes'>, from: number): bigint {
  const place = from + offset;
  if (bytes === 8) return view.getBigUint64(place, true);
  return BigInt(bytes === 4 ? view.getUint32(place, true) : bytes === 2 ? view.getUint16(place, true) : view.getUint8(place));
}

const asText = (bytes: Uint8Array): string => String.fromCharCode(...bytes).replace(/\0+$/, '');
const COUNTS = new Set(['NumberOfITS', 'NumberOfRanges', 'RangeOffset']);

class IortReader {
  readonly problems: LabError[] = [];
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;

  constructor(bytes: Uint8Array, end: number) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.#end = end;
  }

  nodes(count: number, from: number): PlacedNode[] {
    const heads: { offset: number; length: number }[] = [];
    for (let offset = from; heads.length < count; ) {
      if (offset + NODE_BYTES > this.#end) {
        this.problems.push(problem(offset, `${count} nodes are announced, and the table ends behind ${heads.length}`));
        break;
      }
      const length = this.#view.getUint16(offset + 1, true);
      if (length < NODE_BYTES || offset + length > this.#end) {
        this.problems.push(problem(offset, `a node of ${length} bytes; expected ${NODE_BYTES} or more, within the table of ${this.#end}`));
        break;
      }
      heads.push({ offset, length });
      offset += length;
    }
    const indexes = new Map(heads.map(({ offset }, index) => [offset, index]));
    return heads.map(({ offset, length }) => this.#node(offset, length, indexes));
  }

  #node(offset: number, length: number, indexes: ReadonlyMap<number, number>): PlacedNode {
    const view = this.#view;
    const [type, revision, identifier] = [view.getUint8(offset), view.getUint8(offset + 3), view.getUint32(offset + 4, true)];
    const body = this.#body(type, revision, offset, length);
    const values = Object.fromEntries(body.filter(({ name }) => !COUNTS.has(name)).map((member) => [member.name, readMember(view, member, offset)] as const).filter(([, value]) => value !== 0n));
    const [mappingCount, mappingOffset] = [view.getUint32(offset + 8, true), view.getUint32(offset + 12, true)];
    const { ranges, rangeOffset } = this.#ranges(type, body, offset, length);
    const known = bodyOf(type, revision) !== null;
    const node: IortNode = {
      type, revision, identifier, values, ranges,
      name: type === TYPE.NAMED ? this.#name(body, offset, length) : null,
      its: this.#its(type, body, offset, length),
      mappings: this.#mappings(mappingCount, mappingOffset, offset, length, indexes),
      raw: known ? [] : [...this.#bytes.subarray(offset + NODE_BYTES, offset + Math.max(NODE_BYTES, Math.min(length, mappingCount === 0 ? length : mappingOffset)))],
    };
    return { node, offset, bytes: this.#bytes.subarray(offset, offset + length), mappingOffset, rangeOffset };
  }

  /** Members as far as the node reaches. */
  #body(type: number, revision: number, offset: number, length: number): readonly Member[] {
    const all = bodyOf(type, revision);
    if (all === null) {
      this.problems.push(problem(offset, `a node of type ${type}, whose members this program does not have`));
      return [];
    }
    const body = all.filter((member) => member.offset + member.bytes <= length);
    if (body.length < all.length) this.problems.push(problem(offset, `a node of type ${type} with ${length} bytes has no room for ${all[body.length]!.name}`));
    return body;
  }

  #count(body: readonly Member[], name: string, offset: number): number {
    const member = body.find((one) => one.name === name);
    return member === undefined ? 0 : Number(readMember(this.#view, member, offset));
  }

  #its(type: number, body: readonly Member[], offset: number, length: number): number[] {
    if (type !== TYPE.ITS) return [];
    const from = NODE_BYTES + 4;
    const count = this.#fitting(this.#count(body, 'NumberOfITS', offset), 4, from, offset, length, 'identifiers of ITSs');
    return Array.from({ length: count }, (_, index) => this.#view.getUint32(offset + from + index * 4, true));
  }

  #name(body: readonly Member[], offset: number, length: number): string {
    const last = body.at(-1);
    const from = offset + (last === undefined ? NODE_BYTES : last.offset + last.bytes);
    const end = this.#bytes.subarray(from, offset + length).indexOf(0);
    if (end < 0) this.problems.push(problem(from, 'the name of a named component has no end: expected a byte 0'));
    return asText(this.#bytes.subarray(from, end < 0 ? offset + length : from + end));
  }

  #ranges(type: number, body: readonly Member[], offset: number, length: number): { ranges: RmrRange[]; rangeOffset: number } {
    if (type !== TYPE.RMR) return { ranges: [], rangeOffset: 0 };
    const rangeOffset = this.#count(body, 'RangeOffset', offset);
    const count = this.#fitting(this.#count(body, 'NumberOfRanges', offset), RANGE_BYTES, rangeOffset, offset, length, 'memory ranges');
    const ranges = Array.from({ length: count }, (_, index) => {
      const from = offset + rangeOffset + index * RANGE_BYTES;
      return { base: this.#view.getBigUint64(from, true), size: this.#view.getBigUint64(from + 8, true) };
    });
    for (const { base, size } of ranges) {
      if (base % 0x1_0000n !== 0n || size % 0x1_0000n !== 0n) this.problems.push(problem(offset, `an RMR of 0x${size.toString(16)} bytes at 0x${base.toString(16)}: both must be multiples of 64 KiB (DEN 0049, RMR node); Linux passes over it`));
    }
    return { ranges, rangeOffset };
  }

  #mappings(wanted: number, from: number, offset: number, length: number, indexes: ReadonlyMap<number, number>): IdMap[] {
    const count = this.#fitting(wanted, MAPPING_BYTES, from, offset, length, 'ID mappings');
    return Array.from({ length: count }, (_, index): IdMap => {
      const place = offset + from + index * MAPPING_BYTES;
      const [inputBase, less, outputBase, reference, flags] = [0, 4, 8, 12, 16].map((one) => this.#view.getUint32(place + one, true)) as [number, number, number, number, number];
      const target = indexes.get(reference) ?? -1;
      if (target < 0) this.problems.push(problem(place, `an ID mapping refers to a node at ${at(reference)}; none begins there`));
      return { inputBase, count: less + 1, outputBase, target, single: (flags & 1) === 1 };
    });
  }

  /** As many elements as the node has room for. */
  #fitting(wanted: number, size: number, from: number, offset: number, length: number, what: string): number {
    if (wanted === 0) return 0;
    const room = from < NODE_BYTES || from > length ? 0 : Math.floor((length - from) / size);
    if (wanted > room) this.problems.push(problem(offset, `${wanted} ${what} are announced, and the node has room for ${room}`));
    return Math.min(wanted, room);
  }
}

/** The checksum of an ACPI table makes the sum of its bytes 0. */
export const sumOf = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => (sum + byte) & 0xff, 0);

export function parseIort(bytes: Uint8Array): Result<ParsedIort> {
  if (!isIort(bytes)) return fail('bad-iort', `no IORT: expected "IORT" at the start and ${TABLE_BYTES} bytes or more`);
  const view = viewOf(bytes);
  const length = view.getUint32(4, true);
  const early: LabError[] = [];
  if (length > bytes.length) early.push(problem(4, `it says that it has ${length} bytes, ${bytes.length} are there`));
  const end = Math.min(length, bytes.length);
  if (length <= bytes.length && sumOf(bytes.subarray(0, end)) !== 0) early.push(problem(9, 'the checksum is wrong: the bytes of the table must sum to 0'));
  const reader = new IortReader(bytes, end);
  const count = view.getUint32(36, true);
  if (count > MAX_NODES) early.push(problem(36, `${count} nodes; at most ${MAX_NODES} are read`));
  const placed = reader.nodes(Math.min(count, MAX_NODES), view.getUint32(40, true));
  const table: IortTable = {
    revision: view.getUint8(8), oemId: asText(bytes.subarray(10, 16)), oemTableId: asText(bytes.subarray(16, 24)), oemRevision: view.getUint32(24, true),
    creatorId: asText(bytes.subarray(28, 32)), creatorRevision: view.getUint32(32, true), nodes: placed.map(({ node }) => node),
  };
  return ok({ table, placed, problems: [...early, ...reader.problems] });
}
