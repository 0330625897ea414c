/**
 * Which rows of a long list are on screen. Browsers limit an element's height (Chromium: 33,554,428 px), so above
 * MAX_PIXELS the scroll bar is scaled: one pixel of it is more than one pixel of rows.
 */
export const MAX_PIXELS = 15_000_000;

export interface ListGeometry {
  readonly total: number;
  readonly rowHeight: number;
  /** Height of the visible part, in pixels. */
  readonly height: number;
}

export interface RowWindow {
  /** First row to render, and how many. */
  readonly first: number;
  readonly count: number;
  /** Where the first rendered row goes inside the scrolled content, in pixels. */
  readonly top: number;
}

const OVERSCAN = 6;

/** Height of the scrolled content, in pixels. */
export const contentHeight = ({ total, rowHeight }: ListGeometry): number => Math.min(total * rowHeight, MAX_PIXELS);

/** Pixels of rows above the visible part, for a scroll position. */
function rowsAbove(list: ListGeometry, scrollTop: number): number {
  const full = list.total * list.rowHeight;
  if (full <= MAX_PIXELS) return scrollTop;
  const travel = MAX_PIXELS - list.height;
  return (Math.min(scrollTop, travel) / travel) * (full - list.height);
}

/** The rows to render at a scroll position. */
export function windowAt(list: ListGeometry, scrollTop: number): RowWindow {
  const above = rowsAbove(list, Math.max(0, scrollTop));
  const first = Math.max(0, Math.floor(above / list.rowHeight) - OVERSCAN);
  const last = Math.min(list.total, Math.ceil((above + list.height) / list.rowHeight) + OVERSCAN);
  return { first, count: Math.max(0, last - first), top: scrollTop - (above - first * list.rowHeight) };
}

/** The scroll position nearest to `scrollTop` that shows a row whole. */
export function scrollToRow(list: ListGeometry, row: number, scrollTop: number): number {
  const above = rowsAbove(list, scrollTop);
  const top = row * list.rowHeight;
  if (top >= above && top + list.rowHeight <= above + list.height) return scrollTop;
  const wanted = top < above ? top : top + list.rowHeight - list.height;
  const full = list.total * list.rowHeight;
  if (full <= MAX_PIXELS) return Math.max(0, wanted);
  return Math.max(0, (wanted / (full - list.height)) * (MAX_PIXELS - list.height));
}

/** True where a list that grows should keep showing its end. */
export const isAtEnd = (list: ListGeometry, scrollTop: number): boolean => scrollTop + list.height >= contentHeight(list) - 2;
