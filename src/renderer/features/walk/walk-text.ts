/** A walk as text, for a mail or a commit message. */
import type { WalkCell, WalkView } from '../../../protocol/contract.ts';
import { SPACE_LABELS } from '../../widgets/address.ts';
import { lookOf } from './matrix.ts';

const cellText = (cell: WalkCell): string =>
  [lookOf(cell).text, ...(cell.address === null ? [] : [`${SPACE_LABELS[cell.space].short} ${cell.address}`]), ...(cell.word === null ? [] : [cell.word]), cell.text].join('  ');

const decidedLines = ({ decided = [] }: WalkView): string[] => (decided.length === 0 ? [] : [`by ${decided.map(({ name, value }) => (value === null ? name : `${name} ${value}`)).join(', ')}`]);

function foldingLines({ folding }: WalkView): string[] {
  if (folding == null) return [];
  const stages = [folding.stage1, folding.stage2].flatMap((stage) => (stage === null ? [] : [`  ${stage.leaf}: ${stage.permissions} (${stage.from.join(', ')}), ${stage.attributes}`]));
  return [`permissions ${folding.permissions}, ${folding.attributes}`, ...stages];
}

export function walkText(view: WalkView): string {
  const rows = view.rows.flatMap(({ label, address, space, cells }) => {
    const head = address == null ? label : `${label}  ${SPACE_LABELS[space ?? 'pa'].short} ${address}`;
    return [head, ...cells.flatMap((cell, column) => (cell === null ? [] : [`  ${(view.columns[column] ?? '').padEnd(6)}${cellText(cell)}`]))];
  });
  return [`transaction ${view.txn}: IOVA ${view.iova}, ${view.status}, ${view.reads} of ${view.max} reads`, view.why, ...decidedLines(view), ...foldingLines(view), '', ...rows, ''].join('\n');
}
