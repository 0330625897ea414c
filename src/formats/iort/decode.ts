/** An IORT as decoded records, one for each node, and the names that it gives to StreamIDs. */
import { hex } from '../../model/base/address.ts';
import type { NamedStream } from '../import/named-stream.ts';
import type { DecodedText } from '../words/decoded-text.ts';
import type { DecodedField, DecodedRecord } from '../words/decoded.ts';
import { wordText } from '../words/decoded.ts';
import { isAcpidump, readAcpidump } from './acpidump.ts';
import { bodyOf, EDITIONS, MAPPING, MAPPING_BYTES, NODE, RANGE, RANGE_BYTES, TYPE } from './layout.ts';
import type { Member } from './layout.ts';
import { parseIort, readMember } from './parse.ts';
import type { PlacedNode } from './parse.ts';
import type { IortNode, IortTable } from './table.ts';

function shown(member: Member, value: bigint): string {
  const name = member.values?.[Number(value)];
  if (name !== undefined) return name;
  const set = Object.entries(member.flags ?? {}).filter(([bit]) => ((value >> BigInt(bit)) & 1n) === 1n);
  if (set.length > 0) return `${set.map(([, one]) => one).join(', ')} (${hex(value)})`;
  return member.bytes === 8 || value > 9n ? hex(value) : value.toString();
}

function fieldOf(member: Member, bytes: Uint8Array, from: number, prefix: string): DecodedField {
  const value = readMember(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), member, from);
  const lo = (from + member.offset) * 8;
  return { name: prefix + member.name, bits: [lo + member.bytes * 8 - 1, lo], value: shown(member, value), raw: hex(value), json: member.bytes === 8 ? hex(value) : Number(value), doc: member.doc, section: '' };
}

function wordsOf(bytes: Uint8Array): string[] {
  const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  return Array.from({ length: padded.length / 8 }, (_, at) => wordText(view.getBigUint64(at * 8, true)));
}

const TITLES: Readonly<Record<number, string>> = { 0: 'ITS group', 1: 'Named component', 2: 'Root complex', 3: 'SMMUv1 or SMMUv2', 4: 'SMMUv3', 5: 'PMCG', 6: 'RMR' };
const titleOf = (type: number): string => TITLES[type] ?? `type ${type}`;

/** What a node is for, in a sentence. */
function causeOf(node: IortNode, table: IortTable): string | null {
  const targets = [...new Set(node.mappings.map(({ target }) => table.nodes[target]).map((one) => (one === undefined ? 'nothing' : titleOf(one.type))))].join(', ');
  switch (node.type) {
    case TYPE.SMMU_V3:
      return `An SMMUv3 at ${hex(node.values['Base'] ?? 0n)}.`;
    case TYPE.NAMED:
      return `${node.name ?? ''}: ${idsOf(node)}${targets === '' ? 'no IDs' : `, to: ${targets}`}.`;
    case TYPE.ROOT_COMPLEX:
      return `The PCI functions of segment ${node.values['PCISegment'] ?? 0n}: ${idsOf(node)}, to: ${targets}.`;
    case TYPE.RMR:
      return `${node.ranges.map(({ base, size }) => `${hex(base)}..${hex(base + size - 1n)}`).join(', ')} must be mapped as it is for ${idsOf(node)}.`;
    default:
      return null;
  }
}

const idsOf = ({ mappings }: IortNode): string =>
  mappings.map(({ inputBase, count, outputBase, single }) => (single || count === 1 ? `ID ${hex(outputBase)}` : `IDs ${hex(inputBase)}..${hex(inputBase + count - 1)} as ${hex(outputBase)}..${hex(outputBase + count - 1)}`)).join(', ');

function recordOf({ node, offset, bytes, mappingOffset, rangeOffset }: PlacedNode, table: IortTable): DecodedRecord {
  const cause = causeOf(node, table);
  const fits = (member: Member): boolean => member.offset + member.bytes <= bytes.length;
  const fields = [
    ...[...NODE, ...(bodyOf(node.type, node.revision) ?? [])].filter(fits).map((member) => fieldOf(member, bytes, 0, '')),
    ...node.ranges.flatMap((_, index) => RANGE.map((member) => fieldOf(member, bytes, rangeOffset + index * RANGE_BYTES, `Range${index}.`))),
    ...node.mappings.flatMap((_, index) => MAPPING.map((member) => fieldOf(member, bytes, mappingOffset + index * MAPPING_BYTES, `Mapping${index}.`))),
  ];
  const names = node.name === null ? [] : [`name ${node.name}`];
  const its = node.its.length === 0 ? [] : [`ITS ${node.its.join(', ')}`];
  return { kind: 'iort', type: titleOf(node.type), title: `IORT node: ${titleOf(node.type)}`, section: '', words: wordsOf(bytes), fields, notes: [`at offset 0x${offset.toString(16)} of the table`, ...names, ...its], ...(cause === null ? {} : { cause }) };
}

/** StreamIDs, which are the IDs that reach an SMMUv3. RMR nodes repeat those of others. */
export function streamsOf(table: IortTable): NamedStream[] {
  return table.nodes.flatMap((node): NamedStream[] => {
    if (node.type !== TYPE.NAMED && node.type !== TYPE.ROOT_COMPLEX) return [];
    const isPci = node.type === TYPE.ROOT_COMPLEX;
    const name = isPci ? `PCI ${(node.values['PCISegment'] ?? 0n).toString(16).padStart(4, '0')}` : (node.name ?? '');
    return node.mappings
      .filter(({ target }) => table.nodes[target]?.type === TYPE.SMMU_V3)
      .map(({ inputBase, count, outputBase, single }) => ({ name, first: outputBase, count: single ? 1 : count, input: inputBase, isPci }));
  });
}

export function decodeIort(bytes: Uint8Array): DecodedText {
  const parsed = parseIort(bytes);
  if (!parsed.ok) return { records: [], problems: [parsed.error] };
  const { table, placed, problems } = parsed.value;
  const edition = EDITIONS[table.revision];
  const head: DecodedRecord = {
    kind: 'iort', type: 'IORT', title: 'IO Remapping Table', section: '', words: [], fields: [],
    notes: [`revision ${table.revision}${edition === undefined ? '' : ` (DEN 0049${edition})`}, OEM ${table.oemId} ${table.oemTableId}, ${table.nodes.length} nodes`],
    ...(table.nodes.some(({ type }) => type === TYPE.RMR) && table.revision < 5 ? { cause: `It has RMR nodes, and revision ${table.revision} is older than E.d.`, remedy: 'Linux reads RMR nodes only of tables of revision 5 (E.d) or newer.' } : {}),
  };
  return { records: [head, ...placed.map((one) => recordOf(one, table))], problems, streams: streamsOf(table) };
}

/** The IORT of an acpidump; its other tables are passed over. */
export function decodeAcpidump(text: string): DecodedText {
  const found = readAcpidump(text).filter(({ signature }) => signature === 'IORT');
  const read = found.map(({ line, bytes }) => {
    const { records, problems, streams = [] } = decodeIort(bytes);
    return { records: records.map((record) => ({ ...record, line })), problems: problems.map((one) => ({ ...one, at: { line } })), streams };
  });
  return { records: read.flatMap(({ records }) => records), problems: read.flatMap(({ problems }) => problems), streams: read.flatMap(({ streams }) => streams) };
}

export { isAcpidump };
