/** The structures of an IORT (Arm DEN 0049, "IO Remapping Table"), little-endian, each a row of members without gaps. */

export interface Member {
  readonly name: string;
  readonly offset: number;
  readonly bytes: 1 | 2 | 4 | 8;
  readonly doc: string;
  /** Names of values, or of bits where `flags`. */
  readonly values?: Readonly<Record<number, string>>;
  readonly flags?: Readonly<Record<number, string>>;
}

type Row = readonly [name: string, bytes: 1 | 2 | 4 | 8, doc: string, named?: { readonly values?: Readonly<Record<number, string>>; readonly flags?: Readonly<Record<number, string>> }];

function members(from: number, rows: readonly Row[]): readonly Member[] {
  let offset = from;
  return rows.map(([name, bytes, doc, named]) => {
    const member = { name, offset, bytes, doc, ...named };
    offset += bytes;
    return member;
  });
}

export const TABLE_BYTES = 48;
export const NODE_BYTES = 16;
export const MAPPING_BYTES = 20;
export const RANGE_BYTES = 20;

/** Behind the header that every ACPI table has (36 bytes). */
export const TABLE: readonly Member[] = members(36, [
  ['NumberOfNodes', 4, 'Nodes of the table.'],
  ['OffsetToNodes', 4, 'Where the first node is, from the start of the table.'],
  ['Reserved', 4, 'Reserved.'],
]);

export const NODE: readonly Member[] = members(0, [
  ['Type', 1, 'What the node describes.', { values: { 0: 'ITS group', 1: 'named component', 2: 'root complex', 3: 'SMMUv1 or SMMUv2', 4: 'SMMUv3', 5: 'PMCG', 6: 'RMR' } }],
  ['Length', 2, 'Bytes of the node.'],
  ['Revision', 1, 'Revision of this type of node.'],
  ['Identifier', 4, 'A number of its own (since E; reserved before).'],
  ['NumberOfMappings', 4, 'ID mappings.'],
  ['MappingOffset', 4, 'Where they are, from the start of the node.'],
]);

export const MAPPING: readonly Member[] = members(0, [
  ['InputBase', 4, 'Lowest ID that the mapping takes.'],
  ['NumberOfIDs', 4, 'IDs in the range, less one.'],
  ['OutputBase', 4, 'What the lowest becomes: a StreamID at an SMMU, a DeviceID at an ITS.'],
  ['OutputReference', 4, 'The node that takes it, by its offset in the table.'],
  ['Flags', 4, 'Flags.', { flags: { 0: 'single' } }],
]);

export const RANGE: readonly Member[] = members(0, [
  ['Base', 8, 'Start of the range; a multiple of 64 KiB.'],
  ['Size', 8, 'Bytes of the range.'],
  ['Reserved', 4, 'Reserved.'],
]);

const CCA = { 0: 'not coherent', 1: 'coherent' };
const MEMORY: readonly Row[] = [
  ['CacheCoherent', 4, 'Whether accesses are coherent with the caches of the CPUs.', { values: CCA }],
  ['AllocationHints', 1, 'Hints of allocation.'],
  ['MemoryReserved', 2, 'Reserved.'],
  ['MemoryAccessFlags', 1, 'How memory is accessed.', { flags: { 0: 'CPM', 1: 'DACS', 2: 'CANWBS' } }],
];

/** What follows the head of a node, by its type; newer revisions have more, in `LATER`. */
const BODIES: Readonly<Record<number, readonly Member[]>> = {
  0: members(NODE_BYTES, [['NumberOfITS', 4, 'ITSs of the group; their identifiers follow.']]),
  1: members(NODE_BYTES, [['NodeFlags', 4, 'Flags.', { flags: { 0: 'stall' } }], ...MEMORY, ['AddressSizeLimit', 1, 'Bits of the addresses that the device drives.']]),
  2: members(NODE_BYTES, [
    ...MEMORY,
    ['ATSAttribute', 4, 'ATS, PRI, PASID of the root complex.', { flags: { 0: 'ATS', 1: 'PRI', 2: 'PASID forwarding' } }],
    ['PCISegment', 4, 'Segment of its functions.'],
    ['AddressSizeLimit', 1, 'Bits of the addresses that it drives.'],
    ['PASIDCapabilities', 2, 'Width of PASIDs.'],
    ['Reserved', 1, 'Reserved.'],
  ]),
  4: members(NODE_BYTES, [
    ['Base', 8, 'Physical address of register page 0.'],
    ['Flags', 4, 'Overrides of the ID registers.', { flags: { 0: 'COHACC', 1: 'HTTU[0]', 2: 'HTTU[1]', 3: 'proximity domain', 4: 'DeviceID mapping' } }],
    ['Reserved', 4, 'Reserved.'],
    ['VATOSBase', 8, 'Physical address of the VATOS page; 0: none.'],
    ['Model', 4, 'Implementation.', { values: { 0: 'generic', 1: 'HiSilicon Hi161x', 2: 'Cavium CN99xx' } }],
    ['EventGSIV', 4, 'Interrupt of the event queue; 0: none, MSIs.'],
    ['PRIGSIV', 4, 'Interrupt of the PRI queue.'],
    ['GERRGSIV', 4, 'Interrupt of GERROR.'],
    ['SyncGSIV', 4, 'Interrupt of CMD_SYNC.'],
    ['ProximityDomain', 4, 'NUMA node, where the flag says so.'],
    ['DeviceIDMapping', 4, 'Which mapping gives the DeviceID of its own MSIs.'],
  ]),
  5: members(NODE_BYTES, [['Page0Base', 8, 'Physical address of page 0.'], ['OverflowGSIV', 4, 'Interrupt.'], ['NodeReference', 4, 'The node whose counters these are, by its offset.'], ['Page1Base', 8, 'Physical address of page 1.']]),
  6: members(NODE_BYTES, [
    ['Flags', 4, 'What an OS may do with the ranges; attributes of the accesses in [9:2].', { flags: { 0: 'remapping permitted', 1: 'privileged' } }],
    ['NumberOfRanges', 4, 'Memory ranges.'],
    ['RangeOffset', 4, 'Where they are, from the start of the node.'],
  ]),
};

/** Members that a revision added. */
const LATER: Readonly<Record<number, { readonly since: number; readonly members: readonly Member[] }>> = {
  2: { since: 4, members: members(36, [['Flags', 4, 'Flags.', { flags: { 0: 'PASID of the root complex' } }]]) },
};

/** Null: this program does not have the members of that type. */
export function bodyOf(type: number, revision: number): readonly Member[] | null {
  const later = LATER[type];
  return later !== undefined && revision >= later.since ? [...BODIES[type]!, ...later.members] : (BODIES[type] ?? null);
}

/** The node types whose fields this table has. SMMUv2 has none here. */
export const TYPE = { ITS: 0, NAMED: 1, ROOT_COMPLEX: 2, SMMU_V3: 4, PMCG: 5, RMR: 6 } as const;

/** Revisions of the table, and the first editions of DEN 0049 that have them. */
export const EDITIONS: Readonly<Record<number, string>> = { 0: 'D', 1: 'E', 3: 'E.b', 5: 'E.d', 6: 'E.e', 7: 'E.f' };
