/** The nested walk as a grid: which columns are worth their width, where the keys lead, what a cell says aloud. */
import type { StructureRef, WalkCell, WalkView, WalkRow } from '../../../protocol/contract.ts';
import { CELL_LOOKS, type Look } from '../../widgets/status.ts';

export interface CellPlace {
  readonly row: number;
  readonly column: number;
}

/** Columns that no row of this walk uses are drawn narrow: a stage 2 that starts at level 1 reads nothing at level 0. */
export const usedColumns = (view: WalkView): readonly boolean[] => view.columns.map((_, column) => view.rows.some((row) => (row.cells[column] ?? null) !== null));

/** A read whose result ended the walk looks like the fault it is. */
export const lookOf = (cell: WalkCell): Look => CELL_LOOKS[cell.verdict === 'fault' ? 'fault' : cell.kind];

export const cellAt = (view: WalkView, place: CellPlace | null): WalkCell | null => (place === null ? null : (view.rows[place.row]?.cells[place.column] ?? null));

/** Where a fault was decided: the cell, and its name. */
export function decidedAt(view: WalkView): { readonly place: CellPlace; readonly cell: WalkCell; readonly name: string } | null {
  if (view.faultCell === undefined) return null;
  const place = { row: view.faultCell[0], column: view.faultCell[1] };
  const cell = cellAt(view, place);
  return cell === null ? null : { place, cell, name: nameOf(view, place) };
}

/** `Final IPA, S2 L2`; what is read for its own sake goes by the name of its row. */
export function nameOf(view: WalkView, { row, column }: CellPlace): string {
  const label = view.rows[row]?.label ?? '';
  const heading = view.columns[column] ?? 'read';
  return heading === 'read' ? label : `${label}, ${heading}`;
}

/** The cell a walk is opened on: where it ended in a fault, else the last one that was read. */
export function telling(view: WalkView): CellPlace | null {
  if (view.faultCell !== undefined) return { row: view.faultCell[0], column: view.faultCell[1] };
  for (let row = view.rows.length - 1; row >= 0; row--) {
    for (let column = view.columns.length - 1; column >= 0; column--) {
      if (cellAt(view, { row, column })?.word != null) return { row, column };
    }
  }
  return null;
}

const DIRECTIONS: Readonly<Record<string, readonly [down: number, right: number]>> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** The next cell that holds something in the direction of an arrow key, or null. */
export function neighbour(view: WalkView, from: CellPlace | null, key: string): CellPlace | null {
  if (from === null) return telling(view);
  const direction = DIRECTIONS[key];
  if (direction === undefined) return null;
  const [down, right] = direction;
  for (let row = from.row + down, column = from.column + right; view.rows[row] !== undefined && view.columns[column] !== undefined; row += down, column += right) {
    if (cellAt(view, { row, column }) !== null) return { row, column };
    if (down !== 0) {
      const nearest = nearestIn(view, row, column);
      if (nearest !== null) return nearest;
    }
  }
  return null;
}

/** In a row without a cell in this column, the nearest one. */
function nearestIn(view: WalkView, row: number, column: number): CellPlace | null {
  for (let distance = 1; distance < view.columns.length; distance++) {
    for (const candidate of [column - distance, column + distance]) if (cellAt(view, { row, column: candidate }) !== null) return { row, column: candidate };
  }
  return null;
}

/** The structure that a row is about, by the read for whose sake stage 2 was walked; none where a cache answered, and in the last row. */
export const structureOf = ({ cells }: WalkRow): StructureRef | null => cells.at(-1)?.structure ?? null;
