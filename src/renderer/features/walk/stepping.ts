/** The cells of a walk in the order in which they were read: row by row, stage 2 before the read that it is for. */
import type { WalkView } from '../../../protocol/contract.ts';
import type { CellPlace } from './matrix.ts';

export const orderOf = (view: WalkView): readonly CellPlace[] =>
  view.rows.flatMap(({ cells }, row) => cells.flatMap((cell, column): CellPlace[] => (cell === null ? [] : [{ row, column }])));

const isAt = (one: CellPlace, other: CellPlace | null): boolean => other !== null && one.row === other.row && one.column === other.column;

/** The cell a step on or back from `place` leads to: from nowhere to the first, or to the last; null past either end. */
export function stepFrom(view: WalkView, place: CellPlace | null, step: 1 | -1): CellPlace | null {
  const order = orderOf(view);
  if (place === null) return (step === 1 ? order[0] : order.at(-1)) ?? null;
  return order[order.findIndex((one) => isAt(one, place)) + step] ?? null;
}

/** How far a step has come: cells, and reads of memory among them. */
export function progressAt(view: WalkView, place: CellPlace): { readonly cell: number; readonly cells: number; readonly reads: number } {
  const order = orderOf(view);
  const at = order.findIndex((one) => isAt(one, place));
  const reads = order.slice(0, at + 1).filter(({ row, column }) => view.rows[row]?.cells[column]?.word != null).length;
  return { cell: at + 1, cells: order.length, reads };
}

/** The walk has not come to this cell yet. */
export const isAhead = (place: CellPlace, cursor: CellPlace): boolean => place.row > cursor.row || (place.row === cursor.row && place.column > cursor.column);
