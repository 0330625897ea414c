/** What a transaction went by: where a cache answered, the reads that its entry was made from, by way of the transactions that filled them. */
import type { WalkMatrix, WalkRow } from './walk-view.ts';

/** An entry may be made with the help of another, and so on: a few transactions back is everything there is. */
const DEPTH = 6;

const isConfiguration = ({ label }: WalkRow): boolean => /^(?:L1STD|STE|L1CD|CD)$/.test(label);
const isTable = ({ label }: WalkRow): boolean => /^S1 L[012]$/.test(label);
const isTranslation = (row: WalkRow): boolean => /^(?:S1 L\d|Final IPA)$/.test(row.label);

/** Which rows of the filling transaction a hit stands for. */
const STANDS_FOR: Readonly<Record<string, (row: WalkRow) => boolean>> = {
  'STE, CD': isConfiguration,
  STE: ({ label }) => label === 'L1STD' || label === 'STE',
  TLB: isTranslation,
  'S1 L0..2': isTable,
};

/** Columns before the read itself. */
const READ_COLUMN = 4;

/** Stage 2 that was hit: the cells of the walk that filled it, which was for another address in the same block perhaps. */
function withStage2(row: WalkRow, matrixOf: (transaction: number) => WalkMatrix | null): WalkRow {
  const column = row.cells.findIndex((cell, at) => at < READ_COLUMN && cell?.kind === 'hit');
  const { origin, shift } = row.cells[column] ?? {};
  if (origin === undefined || shift === undefined || row.address === null) return row;
  const block = BigInt(row.address) >> BigInt(shift);
  const filled = matrixOf(origin)?.rows.find(({ address, space, cells }) => address !== null && space === row.space && BigInt(address) >> BigInt(shift) === block && cells.some((cell, at) => at < READ_COLUMN && cell?.kind === 'read'));
  if (filled === undefined) return row;
  return { ...row, cells: row.cells.map((cell, at) => (at <= column ? (filled.cells[at] ?? null) : cell)) };
}

/** A hit may have ended in a fault: it keeps its origin. */
const originOf = ({ cells }: WalkRow): number | undefined => cells.find((cell) => cell?.origin !== undefined)?.origin;

/** `matrixOf` gives the walk of a transaction; null: its records are not there, and the hit stays as it is. */
export function madeFrom(matrix: WalkMatrix, matrixOf: (transaction: number) => WalkMatrix | null, depth = DEPTH): WalkMatrix {
  const rows = matrix.rows.flatMap((row): WalkRow[] => {
    const stands = STANDS_FOR[row.label];
    const origin = originOf(row);
    if (stands === undefined || origin === undefined || origin >= matrix.transaction || depth === 0) return [row];
    const filled = matrixOf(origin);
    const found = filled === null ? [] : madeFrom(filled, matrixOf, depth - 1).rows.filter(stands);
    return found.length === 0 ? [row] : found;
  });
  return { ...matrix, rows: rows.map((row) => withStage2(row, matrixOf)) };
}

/** The transaction whose walk the answer came from: that which filled the translation it hit, else itself. */
export const filledBy = (matrix: WalkMatrix): number => {
  const hit = matrix.rows.find(({ label }) => label === 'TLB');
  return (hit === undefined ? undefined : originOf(hit)) ?? matrix.transaction;
};
