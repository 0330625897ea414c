/** Columns of a grid, and the keys that move in it. */
export interface GridColumn {
  readonly id: string;
  readonly title: string;
  /** A CSS grid track in pixels, such as `60px`; of one column at most `minmax(120px, 1fr)`. */
  readonly width: string;
  readonly align?: 'end';
  readonly hint?: string;
  /** The column is too narrow for its title: it is only read aloud. */
  readonly quiet?: boolean;
}

/** Wide enough for the number of the last row, in pixels of 12 px digits. */
export const numberWidth = (total: number): string => `${Math.max(26, String(total).length * 7.3 + 5)}px`;

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
