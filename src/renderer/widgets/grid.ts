/** Columns of a grid, and the keys that move in it. */
export interface GridColumn {
  readonly id: string;
  readonly title: string;
  /** In pixels. */
  readonly width: number;
  /** The column takes what width is left. */
  readonly grow?: boolean;
  readonly align?: 'end';
  readonly hint?: string;
  /** The column is too narrow for its title: it is only read aloud. */
  readonly quiet?: boolean;
  /** The slot that draws its cells, in place of the one of its id. */
  readonly slot?: string;
  readonly isSortable?: boolean;
  /** Left out where there is no room for it. */
  readonly isSpare?: boolean;
  /** It stands for something that no row has. */
  readonly isMissing?: boolean;
}

/** A column by which rows are sorted. */
export interface SortedColumn {
  readonly id: string;
  readonly descending: boolean;
}

/** Narrowest that a column is made by hand, in pixels. */
export const MIN_WIDTH = 24;

/** Wide enough for the number of the last row, in pixels of 12 px digits. */
export const numberWidth = (total: number): number => Math.max(26, Math.ceil(String(total).length * 7.3) + 5);

/** Between columns, and at both ends of a row, in pixels. */
const COLUMN_GAP = 8;

const widthOf = (columns: readonly GridColumn[]): number => columns.reduce((sum, { width }) => sum + width + COLUMN_GAP, COLUMN_GAP);

/** The columns that a grid of this many pixels shows. */
export const fittingColumns = (columns: readonly GridColumn[], pixels: number): readonly GridColumn[] => (widthOf(columns) <= pixels ? columns : columns.filter(({ isSpare }) => !isSpare));

/** The tracks of every row, and the width below which the grid scrolls sideways. */
export const layOutColumns = (columns: readonly GridColumn[]): { readonly gridTemplateColumns: string; readonly minWidth: string } => ({
  gridTemplateColumns: columns.map(({ width, grow }) => (grow ? `minmax(${width}px, 1fr)` : `${width}px`)).join(' '),
  minWidth: `${widthOf(columns)}px`,
});

/** The column that a key leads to from `current` (-1: none), or null when the key does not move sideways. */
export function targetColumn(key: string, current: number, count: number): number | null {
  if (key === 'ArrowRight') return Math.min(count - 1, current + 1);
  return key === 'ArrowLeft' ? Math.max(-1, current - 1) : null;
}

/** The row a key leads to from `selected` (-1: none), or null when the key does not move. */
export function targetRow(key: string, selected: number, total: number, page: number): number | null {
  const clamp = (row: number): number => Math.min(total - 1, Math.max(0, row));
  switch (key) {
    case 'ArrowDown':
    case 'j':
      return clamp(selected + 1);
    case 'ArrowUp':
    case 'k':
      return clamp(selected - 1);
    case 'PageDown':
      return clamp(selected + page);
    case 'PageUp':
      return clamp(selected - page);
    case 'Home':
      return 0;
    case 'End':
      return total - 1;
    default:
      return null;
  }
}
