/** Translation table descriptors of VMSAv8-64 (IHI 0070 3.3.5, formats of the Arm ARM): 8 bytes, by stage, granule and type. */
import { MEMATTR, SHAREABILITY } from './codes.ts';
import type { Features } from './features.ts';
import { addr, code, constant, defineRecord, flag, ignored, res0, uint } from './layout.ts';
import type { AddressSpace, RecordDef, Unplaced } from './layout.ts';

export type Granule = '4K' | '16K' | '64K';
export type DescriptorKind = 'invalid' | 'reserved' | 'table' | 'block' | 'page';
type Fields = readonly Unplaced<string>[];
type ByGranule = Readonly<Record<Granule, RecordDef>>;

const SHIFT: Readonly<Record<Granule, number>> = { '4K': 12, '16K': 14, '64K': 16 };
/** Lowest address bit of the smallest block: that of level 2. */
const BLOCK_SHIFT: Readonly<Record<Granule, number>> = { '4K': 21, '16K': 25, '64K': 29 };

const valid = constant('Valid', 0, 0, 1, 'The descriptor is valid.');
const type = (value: 0 | 1, doc: string) => constant('Type', 1, 1, value, doc);

/** Bits [47:12] with the address from `low` up; a 64K granule holds address bits [51:48] in [15:12]. */
function address(name: string, granule: Granule, low: number, space: AddressSpace, doc: string, nT: Fields): Fields {
  const top = granule === '64K'
    ? [uint(`${name}_51_48`, 15, 12, 'Bits [51:48] of the address, with 52-bit addresses.')]
    : low > 12 ? [res0(Math.min(low, 16) - 1, 12)] : [];
  const start = nT.length === 0 ? 16 : 17;
  const gap = low > start ? [res0(low - 1, start)] : [];
  return [...top, ...nT, ...gap, addr(name, 47, low, space, doc)];
}

const S1_LEAF_LOW: Fields = [
  uint('AttrIndx', 4, 2, 'Which byte of MAIR0 and MAIR1 gives the memory attributes.'),
  flag('NS', 5, 'Non-secure output of a Secure walk.', { needs: 'Secure' }),
  code('AP', 7, 6, 'Access permissions, AP[2:1].', {
    0: ['priv-RW', 'Privileged read and write.'],
    1: ['RW', 'Read and write, also without privilege.'],
    2: ['priv-R', 'Privileged read.'],
    3: ['R', 'Read, also without privilege.'],
  }, { section: '13.4.1' }),
  code('SH', 9, 8, 'Shareability.', SHAREABILITY),
  flag('AF', 10, 'The page has been accessed; 0 faults with F_ACCESS unless AFFD or hardware update settles it.'),
  flag('nG', 11, 'Not global: the TLB entry is tagged with the ASID.'),
];

const S1_LEAF_HIGH: Fields = [
  res0(49, 48),
  ignored('GP', 50, 50, 'Guarded page; the SMMU ignores it.'),
  flag('DBM', 51, 'Dirty bit modifier: hardware may make the page writable.', { needs: 'HTTU' }),
  flag('Contiguous', 52, 'One of a run of descriptors that one TLB entry may cover.'),
  flag('PXN', 53, 'Not executable with privilege.'),
  flag('UXN', 54, 'Not executable without privilege; in EL2 not executable.'),
  ignored('SW', 58, 55, 'For software.'),
  uint('PBHA', 62, 59, 'Page-based hardware attributes.', { needs: 'PBHA' }),
  res0(63, 63),
];

const S2_LEAF_LOW: Fields = [
  code('MemAttr', 5, 2, 'Memory type; with STE.S2FWB its meaning changes.', MEMATTR, { section: '13.1.6' }),
  code('S2AP', 7, 6, 'Access permissions.', {
    0: ['none', 'No access.'],
    1: ['R', 'Read.'],
    2: ['W', 'Write.'],
    3: ['RW', 'Read and write.'],
  }, { section: '13.4.3' }),
  code('SH', 9, 8, 'Shareability.', SHAREABILITY),
  flag('AF', 10, 'The page has been accessed; 0 faults with F_ACCESS unless S2AFFD or hardware update settles it.'),
  res0(11, 11),
];

const S2_LEAF_HIGH: Fields = [
  res0(50, 48),
  flag('DBM', 51, 'Dirty bit modifier: hardware may make the page writable.', { needs: 'HTTU' }),
  flag('Contiguous', 52, 'One of a run of descriptors that one TLB entry may cover.'),
  code('XN', 54, 53, 'Who may execute; without XNX only bit 54 counts.', {
    0: ['all', 'Executable.'],
    1: ['unprivileged', 'Executable without privilege only.'],
    2: ['none', 'Not executable.'],
    3: ['privileged', 'Executable with privilege only.'],
  }, { section: '13.4.3' }),
  ignored('SW', 58, 55, 'For software.'),
  uint('PBHA', 62, 59, 'Page-based hardware attributes.', { needs: 'PBHA' }),
  res0(63, 63),
];

const S1_TABLE_HIGH: Fields = [
  res0(50, 48),
  ignored('Ignored_58_51', 58, 51, 'The SMMU ignores it.'),
  flag('PXNTable', 59, 'No page below is executable with privilege; ignored with CD.HADx.'),
  flag('UXNTable', 60, 'No page below is executable without privilege (in EL2: at all); ignored with CD.HADx.'),
  code('APTable', 62, 61, 'Limits the permissions of every page below; ignored with CD.HADx.', {
    0: ['none', 'No limit.'],
    1: ['no-unprivileged', 'No access without privilege.'],
    2: ['no-write', 'No write.'],
    3: ['no-unprivileged-no-write', 'No access without privilege and no write.'],
  }, { section: '13.4.1' }),
  flag('NSTable', 63, 'Walks below are Non-secure; ignored in a Non-secure walk.', { needs: 'Secure' }),
];

const S2_TABLE_HIGH: Fields = [res0(50, 48), ignored('Ignored_63_51', 63, 51, 'The SMMU ignores it: no hierarchical bits at stage 2.')];

const TABLE_LOW = ignored('Ignored_11_2', 11, 2, 'The SMMU ignores it.');
const NT = flag('nT', 16, 'Block being split or merged: not to be cached together with others.', { needs: 'BBML' });

interface Form {
  readonly stage: 1 | 2;
  readonly kind: 'table' | 'block' | 'page';
  readonly low: Fields;
  readonly high: Fields;
}

function define(form: Form, granule: Granule): RecordDef {
  const { stage, kind } = form;
  const space = stage === 1 ? 'by-config' : 'pa';
  const pointer = kind === 'table'
    ? address('NextTable', granule, SHIFT[granule], space, 'Address of the next table.', [])
    : kind === 'block'
      ? address('OutputAddress', granule, BLOCK_SHIFT[granule], space, 'Output address; a level 1 block uses its upper bits only.', [NT])
      : address('OutputAddress', granule, SHIFT[granule], space, 'Output address.', []);
  return defineRecord({
    id: `S${stage}_${kind.toUpperCase()}_${granule}`,
    title: `Stage ${stage} ${kind} descriptor, ${granule} granule`,
    bytes: 8,
    section: '3.3.5',
    fields: [valid, type(kind === 'block' ? 0 : 1, kind === 'block' ? 'A block.' : `A ${kind}.`), ...form.low, ...pointer, ...form.high],
  });
}

const each = (form: Form): ByGranule => ({ '4K': define(form, '4K'), '16K': define(form, '16K'), '64K': define(form, '64K') });

export const S1_TABLE: ByGranule = each({ stage: 1, kind: 'table', low: [TABLE_LOW], high: S1_TABLE_HIGH });
export const S1_BLOCK: ByGranule = each({ stage: 1, kind: 'block', low: S1_LEAF_LOW, high: S1_LEAF_HIGH });
export const S1_PAGE: ByGranule = each({ stage: 1, kind: 'page', low: S1_LEAF_LOW, high: S1_LEAF_HIGH });
export const S2_TABLE: ByGranule = each({ stage: 2, kind: 'table', low: [TABLE_LOW], high: S2_TABLE_HIGH });
export const S2_BLOCK: ByGranule = each({ stage: 2, kind: 'block', low: S2_LEAF_LOW, high: S2_LEAF_HIGH });
export const S2_PAGE: ByGranule = each({ stage: 2, kind: 'page', low: S2_LEAF_LOW, high: S2_LEAF_HIGH });

/** All eighteen, stage 1 first. */
export const DESCRIPTORS: readonly RecordDef[] = [S1_TABLE, S1_BLOCK, S1_PAGE, S2_TABLE, S2_BLOCK, S2_PAGE].flatMap((one) => Object.values(one));

/** Levels at which a block may stand: 4K 1 and 2, 16K 2, 64K 2 and with 52-bit addresses 1. */
function allowsBlock(granule: Granule, level: number, f: Features): boolean {
  if (level === 2) return true;
  return level === 1 && (granule === '4K' || (granule === '64K' && f.oas === 52));
}

/** What a descriptor with low word `lo` is at `level` (0 to 3). */
export function descriptorKind(granule: Granule, level: number, lo: number, f: Features): DescriptorKind {
  if ((lo & 1) === 0) return 'invalid';
  const bit1 = (lo & 2) !== 0;
  if (level === 3) return bit1 ? 'page' : 'reserved';
  if (bit1) return 'table';
  return allowsBlock(granule, level, f) ? 'block' : 'reserved';
}

/** The record of a valid descriptor, or null for one that is invalid or reserved. */
export function descriptorRecord(stage: 1 | 2, granule: Granule, kind: DescriptorKind): RecordDef | null {
  if (kind === 'invalid' || kind === 'reserved') return null;
  const records = { table: [S1_TABLE, S2_TABLE], block: [S1_BLOCK, S2_BLOCK], page: [S1_PAGE, S2_PAGE] } as const;
  return records[kind][stage - 1]![granule];
}
