/** Descriptors of both stages as their owners write them, encoded through the one table (IHI 0070 3.3.5, 13.4). */
import { decode, encode, fieldOf } from '../spec/layout.ts';
import type { FieldValues, RecordDef } from '../spec/layout.ts';
import { S1_BLOCK, S1_PAGE, S1_TABLE, S2_BLOCK, S2_PAGE, S2_TABLE } from '../spec/descriptors.ts';
import type { DataAccess, Execute, Granule, LeafData, MemoryType, Stage1Map } from './data.ts';
import type { Descriptor, TableFormat } from './translation-table.ts';

/** The record whose raw fields a document may set on leaves of a stage. */
export const leafRecord = (stage: 1 | 2): RecordDef => (stage === 1 ? S1_PAGE : S2_PAGE)['4K'];

const leafRecordAt = (stage: 1 | 2, granule: Granule, level: number): RecordDef =>
  (level === 3 ? (stage === 1 ? S1_PAGE : S2_PAGE) : stage === 1 ? S1_BLOCK : S2_BLOCK)[granule];

const LOW_48 = (1n << 48n) - 1n;

/** A 64K granule holds address bits [51:48] in bits [15:12]. */
function pointer(name: 'OutputAddress' | 'NextTable', granule: Granule, address: bigint): FieldValues {
  return granule === '64K' ? { [name]: address & LOW_48, [`${name}_51_48`]: address >> 48n } : { [name]: address };
}

function pointed(name: 'OutputAddress' | 'NextTable', values: Readonly<Record<string, bigint | number | boolean>>): bigint {
  return BigInt(values[name] ?? 0) | (BigInt(values[`${name}_51_48`] ?? 0) << 48n);
}

function word(record: RecordDef, values: FieldValues): bigint {
  const words = new Uint32Array(2);
  encode(record, values, words, 0);
  return (BigInt(words[1]!) << 32n) | BigInt(words[0]!);
}

/** Leaves with these attributes: the descriptor of each level is encoded once, the address goes where the table has it. */
function leaves(stage: 1 | 2, granule: Granule, values: FieldValues): (level: number, output: bigint) => bigint {
  const attributes = new Map<number, bigint>();
  const high = fieldOf(leafRecordAt(stage, granule, 3), 'OutputAddress_51_48')?.lo ?? 0;
  return (level, output) => {
    const known = attributes.get(level);
    const base = known ?? word(leafRecordAt(stage, granule, level), values);
    if (known === undefined) attributes.set(level, base);
    return base | (output & LOW_48) | (granule === '64K' ? (output >> 48n) << BigInt(high) : 0n);
  };
}

const fieldsOf = (record: RecordDef, value: bigint) => decode(record, Uint32Array.of(Number(value & 0xffff_ffffn), Number(value >> 32n)), 0);

function classify(stage: 1 | 2, granule: Granule, value: bigint, level: number): Descriptor {
  if ((value & 1n) === 0n) return { kind: 'invalid' };
  if (level < 3 && (value & 2n) !== 0n) {
    return { kind: 'table', next: pointed('NextTable', fieldsOf((stage === 1 ? S1_TABLE : S2_TABLE)[granule], value)) };
  }
  return { kind: 'leaf', output: pointed('OutputAddress', fieldsOf(leafRecordAt(stage, granule, level), value)) };
}

/** Fields that belong to one size of leaf, or to one place. */
const OF_THE_LEAF: readonly string[] = ['Valid', 'Type', 'nT', 'Contiguous', 'OutputAddress', 'OutputAddress_51_48'];

function reencode(stage: 1 | 2, granule: Granule, value: bigint, from: number, level: number, output: bigint): bigint {
  const kept = Object.entries(fieldsOf(leafRecordAt(stage, granule, from), value)).filter(([name]) => !OF_THE_LEAF.includes(name));
  return word(leafRecordAt(stage, granule, level), { ...Object.fromEntries(kept), ...pointer('OutputAddress', granule, output) });
}

const format = (stage: 1 | 2, granule: Granule): TableFormat => ({
  stage,
  granule,
  table: (next) => word((stage === 1 ? S1_TABLE : S2_TABLE)[granule], pointer('NextTable', granule, next)),
  classify: (value, level) => classify(stage, granule, value, level),
  reencode: (value, from, level, output) => reencode(stage, granule, value, from, level, output),
});

export const stage1Format = (granule: Granule): TableFormat => format(1, granule);
export const stage2Format = (granule: Granule): TableFormat => format(2, granule);

const INNER_SHAREABLE = 3n;

/** Indexes of the attributes that the lab writes into MAIR0. */
const ATTR_INDX: Readonly<Record<MemoryType, bigint>> = { normal: 0n, device: 1n, 'normal-nc': 2n };

/** AP[2:1] (IHI 0070 13.4.1): bit 1 read-only, bit 0 also without privilege. */
const ap = (access: DataAccess, privileged: boolean): bigint => (access === 'ro' ? 2n : 0n) | (privileged ? 0n : 1n);

/** Leaves of a stage-1 map entry. */
export function stage1Leaf(granule: Granule, entry: Stage1Map): (level: number, output: bigint) => bigint {
  const values = {
    AttrIndx: ATTR_INDX[entry.memory],
    AP: ap(entry.access, entry.privileged),
    SH: entry.memory === 'device' ? 0n : INNER_SHAREABLE,
    AF: entry.AF,
    nG: entry.nG,
    PXN: entry.execute === 'none' || entry.execute === 'unpriv',
    UXN: entry.execute === 'none' || entry.execute === 'priv',
    ...entry.descriptor,
  };
  return leaves(1, granule, values);
}

const S2AP: Readonly<Record<DataAccess, bigint>> = { none: 0n, ro: 1n, wo: 2n, rw: 3n };
const XN: Readonly<Record<Execute, bigint>> = { both: 0n, unpriv: 1n, none: 2n, priv: 3n };

/** MemAttr without STE.S2FWB, and with it, when 6 forces write-back (IHI 0070 13.1.6). */
const MEM_ATTR: Readonly<Record<MemoryType, bigint>> = { normal: 15n, 'normal-nc': 5n, device: 1n };
const MEM_ATTR_FWB: Readonly<Record<MemoryType, bigint>> = { normal: 6n, 'normal-nc': 5n, device: 1n };

/** Leaves of a stage-2 map entry. */
export function stage2Leaf(granule: Granule, entry: LeafData, forcesWriteBack: boolean): (level: number, output: bigint) => bigint {
  const values = {
    MemAttr: (forcesWriteBack ? MEM_ATTR_FWB : MEM_ATTR)[entry.memory],
    S2AP: S2AP[entry.access],
    SH: entry.memory === 'device' ? 0n : INNER_SHAREABLE,
    AF: entry.AF,
    XN: XN[entry.execute],
    ...entry.descriptor,
  };
  return leaves(2, granule, values);
}
