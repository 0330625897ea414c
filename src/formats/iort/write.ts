/** Writes an IORT: nodes one behind the other, ranges and ID mappings at the end of each. */
import { bodyOf, MAPPING_BYTES, NODE_BYTES, RANGE_BYTES, TABLE_BYTES, TYPE } from './layout.ts';
import type { Member } from './layout.ts';
import { sumOf } from './parse.ts';
import type { IortNode, IortTable } from './table.ts';

const aligned = (bytes: number, to: number): number => Math.ceil(bytes / to) * to;

interface Shape {
  readonly length: number;
  readonly ranges: number;
  readonly mappings: number;
}

function bodyEnd({ type, revision, raw }: IortNode): number {
  const last = bodyOf(type, revision)?.at(-1);
  return last === undefined ? NODE_BYTES + raw.length : last.offset + last.bytes;
}

/** Where the parts of a node are in it; each begins at a multiple of 4. */
function shapeOf(node: IortNode): Shape {
  const variable = node.name === null ? node.its.length * 4 : node.name.length + 1;
  const ranges = aligned(bodyEnd(node) + variable, 4);
  const mappings = ranges + node.ranges.length * RANGE_BYTES;
  return { ranges, mappings, length: mappings + node.mappings.length * MAPPING_BYTES };
}

function put(view: DataView, { offset, bytes }: Pick<Member, 'offset' | 'bytes'>, from: number, value: bigint): void {
  const place = from + offset;
  if (bytes === 8) view.setBigUint64(place, value, true);
  else if (bytes === 4) view.setUint32(place, Number(value), true);
  else if (bytes === 2) view.setUint16(place, Number(value), true);
  else view.setUint8(place, Number(value));
}

function counted(name: string, node: IortNode, shape: Shape): bigint | null {
  if (name === 'NumberOfITS') return BigInt(node.its.length);
  if (name === 'NumberOfRanges') return BigInt(node.ranges.length);
  return name === 'RangeOffset' ? BigInt(node.ranges.length === 0 ? 0 : shape.ranges) : null;
}

function writeNode(bytes: Uint8Array, node: IortNode, at: number, offsets: readonly number[]): void {
  const view = new DataView(bytes.buffer);
  const shape = shapeOf(node);
  view.setUint8(at, node.type);
  view.setUint16(at + 1, shape.length, true);
  view.setUint8(at + 3, node.revision);
  view.setUint32(at + 4, node.identifier, true);
  view.setUint32(at + 8, node.mappings.length, true);
  view.setUint32(at + 12, node.mappings.length === 0 ? 0 : shape.mappings, true);
  for (const member of bodyOf(node.type, node.revision) ?? []) put(view, member, at, counted(member.name, node, shape) ?? node.values[member.name] ?? 0n);
  bytes.set(node.raw, at + NODE_BYTES);
  const behind = at + bodyEnd(node);
  if (node.type === TYPE.NAMED) bytes.set(new TextEncoder().encode(node.name ?? ''), behind);
  node.its.forEach((id, index) => view.setUint32(behind + index * 4, id, true));
  node.ranges.forEach(({ base, size }, index) => {
    view.setBigUint64(at + shape.ranges + index * RANGE_BYTES, base, true);
    view.setBigUint64(at + shape.ranges + index * RANGE_BYTES + 8, size, true);
  });
  node.mappings.forEach(({ inputBase, count, outputBase, target, single }, index) => {
    const words = [inputBase, count - 1, outputBase, offsets[target] ?? 0, single ? 1 : 0];
    words.forEach((word, one) => view.setUint32(at + shape.mappings + index * MAPPING_BYTES + one * 4, word, true));
  });
}

const ascii = (text: string, length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at < text.length ? text.charCodeAt(at) & 0x7f : 0));

export function writeIort(table: IortTable): Uint8Array<ArrayBuffer> {
  const offsets: number[] = [];
  let length = TABLE_BYTES;
  for (const node of table.nodes) {
    offsets.push(length);
    length += shapeOf(node).length;
  }
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes.set(ascii('IORT', 4));
  view.setUint32(4, length, true);
  view.setUint8(8, table.revision);
  bytes.set(ascii(table.oemId, 6), 10);
  bytes.set(ascii(table.oemTableId, 8), 16);
  view.setUint32(24, table.oemRevision, true);
  bytes.set(ascii(table.creatorId, 4), 28);
  view.setUint32(32, table.creatorRevision, true);
  view.setUint32(36, table.nodes.length, true);
  view.setUint32(40, TABLE_BYTES, true);
  table.nodes.forEach((node, index) => writeNode(bytes, node, offsets[index]!, offsets));
  bytes[9] = -sumOf(bytes) & 0xff;
  return bytes;
}
