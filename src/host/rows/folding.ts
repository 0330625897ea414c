/** How the permissions and attributes of both stages become those of an access, from the records of its walk (IHI 0070 13.4). */
import { fromWords, hex } from '../../model/base/address.ts';
import { attributesOfMair, attributesText, finalAttributes, INCOMING } from '../../model/smmu/walk/attributes.ts';
import { ALL, expandStage2, stage1Permissions, stage1PermissionsEl2, stage2Bits, TABLE_AP0, TABLE_AP1, TABLE_PXN, TABLE_UXN } from '../../model/smmu/walk/permissions.ts';
import { permissionText } from '../../model/smmu/walk/permission-text.ts';
import { accessor, CD, STE, strwUsed, wide } from '../../model/spec/index.ts';
import { STATUS } from '../../model/trace/record.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import type { WalkCell, WalkMatrix, WalkRow } from '../../model/trace/walk-view.ts';
import type { Folding } from '../../protocol/contract.ts';
import type { RunRecord } from '../run/run-record.ts';
import { heldMatrix } from './held-walk.ts';
import { structuresOf } from './structures.ts';

type Stage = NonNullable<Folding['stage1']>;

const READ_COLUMN = 4;
const LAST_LEVEL = 3;
const cd = { WXN: accessor(CD, 'WXN'), PAN: accessor(CD, 'PAN'), HAD0: accessor(CD, 'HAD0'), HAD1: accessor(CD, 'HAD1'), MAIR0: wide(CD, 'MAIR0'), MAIR1: wide(CD, 'MAIR1') };
const ste = { Config: accessor(STE, 'Config'), S2FWB: accessor(STE, 'S2FWB'), STRW: accessor(STE, 'STRW') };

const HIERARCHY = [['APTable[0]', TABLE_AP0], ['APTable[1]', TABLE_AP1], ['UXNTable', TABLE_UXN], ['PXNTable', TABLE_PXN]] as const;

/** What decides: the words after hardware has updated their flags. */
const wordOf = ({ word, becomes }: WalkCell): readonly [hi: number, lo: number] | null => {
  const text = becomes ?? word;
  return text === null ? null : [parseInt(text.slice(0, 8), 16) | 0, parseInt(text.slice(8), 16) | 0];
};

const isLeaf = (cell: WalkCell): boolean => {
  const words = wordOf(cell);
  return words !== null && (cell.level === LAST_LEVEL || (words[1] & 3) === 1);
};

const bits = (value: number, from: number, width: number): number => (value >>> from) & ((1 << width) - 1);

function stage1Of(run: RunRecord, rows: readonly WalkRow[], steWords: Uint32Array, cdWords: Uint32Array, upper: boolean): Stage & { readonly bits: number } | null {
  const cells = rows.filter(({ label }) => /^S1 L\d$/.test(label)).flatMap(({ cells: [, , , , read] }) => (read == null || read.kind !== 'read' ? [] : [read]));
  const leaf = cells.at(-1);
  const words = leaf === undefined || !isLeaf(leaf) ? null : wordOf(leaf);
  if (words === null || leaf === undefined || run.features === null) return null;
  const [hi, lo] = words;
  const had = (upper ? cd.HAD1 : cd.HAD0)(cdWords, 0) === 1;
  let hierarchy = 0;
  const from: string[] = [];
  for (const cell of had ? [] : cells.slice(0, -1)) {
    const [high] = wordOf(cell) ?? [0, 0];
    for (const [name, bit] of HIERARCHY) if ((high & bit) !== 0) from.push(`${name} of S1 L${cell.level ?? 0}`);
    hierarchy |= high;
  }
  const wxn = cd.WXN(cdWords, 0) === 1;
  const el2 = strwUsed(steWords, 0, run.features) && ste.STRW(steWords, 0) !== 0;
  const permissions = el2 ? stage1PermissionsEl2(hi, lo, hierarchy, wxn) : stage1Permissions(hi, lo, hierarchy, wxn, cd.PAN(cdWords, 0) === 1);
  const index = bits(lo, 2, 3);
  const mair = Number((fromWords(0, Number((index < 4 ? cd.MAIR0 : cd.MAIR1)(cdWords, 0) & 0xffff_ffffn)) >> BigInt(8 * (index & 3))) & 0xffn);
  const flags = [`AP[2:1] ${bits(lo, 6, 2).toString(2).padStart(2, '0')}`, ...((hi & (1 << 22)) === 0 ? [] : ['UXN']), ...((hi & (1 << 21)) === 0 ? [] : ['PXN']), ...(wxn ? ['CD.WXN'] : []), ...(had ? ['CD.HAD'] : [])];
  return { leaf: `S1 L${leaf.level ?? LAST_LEVEL}`, permissions: permissionText(permissions), attributes: `AttrIndx ${index}: ${hex(mair)}, ${attributesText(attributesOfMair(mair, bits(lo, 8, 2)))}`, from: [...flags, ...from], bits: permissions };
}

function stage2Of(run: RunRecord, rows: readonly WalkRow[]): Stage & { readonly bits: number } | null {
  const cells = rows.find(({ label }) => label === 'Final IPA')?.cells.slice(0, READ_COLUMN) ?? [];
  const leaf = cells.filter((cell): cell is WalkCell => cell?.kind === 'read').at(-1);
  const words = leaf === undefined || !isLeaf(leaf) ? null : wordOf(leaf);
  if (words === null || leaf === undefined) return null;
  const [hi, lo] = words;
  const permissions = expandStage2(stage2Bits(hi, lo, run.features?.xnx === true));
  const from = [`S2AP ${bits(lo, 6, 2).toString(2).padStart(2, '0')}`, ...(bits(hi, 21, 2) === 0 ? [] : [`XN ${bits(hi, 21, 2).toString(2).padStart(2, '0')}`])];
  return { leaf: `S2 L${leaf.level ?? LAST_LEVEL}`, permissions: permissionText(permissions), attributes: `MemAttr ${hex(bits(lo, 2, 4))}, SH ${bits(lo, 8, 2)}`, from, bits: permissions };
}

const without = ({ leaf, permissions, attributes, from }: Stage): Stage => ({ leaf, permissions, attributes, from });

/** null: no translation came of it, or not enough of it is in the trace. */
export function foldingOf(run: RunRecord, records: readonly TraceRecord[], held: WalkMatrix = heldMatrix(run, records)): Folding | null {
  const end = records.at(-1);
  if (end?.kind !== 'TXN_END' || end.payload[0] !== STATUS.SUCCESS) return null;
  const { ste: steWords, cd: cdWords } = structuresOf(run, records);
  if (steWords === null) return null;
  const stages = ste.Config(steWords, 0) & 3;
  const upper = ((records[0]!.address >> 55n) & 1n) === 1n;
  const first = cdWords === null || (stages & 1) === 0 ? null : stage1Of(run, held.rows, steWords, cdWords, upper);
  const second = (stages & 2) === 0 ? null : stage2Of(run, held.rows);
  const isWhole = ((stages & 2) === 0 || second !== null) && (first !== null || cdWords === null || (stages & 1) === 0);
  if (!isWhole || (first === null && second === null)) return null;
  const final = finalAttributes(end.payload[5]!, first !== null, second !== null, ste.S2FWB(steWords, 0) === 1, INCOMING);
  return {
    stage1: first === null ? null : without(first),
    stage2: second === null ? null : without(second),
    permissions: permissionText((first?.bits ?? ALL) & (second?.bits ?? ALL)),
    attributes: attributesText(final),
  };
}
