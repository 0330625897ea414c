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
export function rowsAbove(list: ListGeometry, scrollTop: number): number {
  const full = list.total * list.rowHeight;
  if (full <= MAX_PIXELS) return scrollTop;
  const travel = MAX_PIXELS - list.height;
  return (Math.min(scrollTop, travel) / travel) * (full - list.height);
}

/** The scroll position with so many pixels of rows above the visible part; of a scaled list, as near as it gets. */
export function scrollTopFor(list: ListGeometry, above: number): number {
  const full = list.total * list.rowHeight;
  return full <= MAX_PIXELS ? above : (above / (full - list.height)) * (MAX_PIXELS - list.height);
}

/** How far a list can be scrolled, in pixels of rows. */
export const mostAbove = (list: ListGeometry): number => Math.max(0, list.total * list.rowHeight - list.height);

/**
 * The rows to render at a scroll position. A pixel of a scaled scroll bar is more than a row: `above` says exactly what is
 * meant where that is known.
 */
export function windowAt(list: ListGeometry, scrollTop: number, above = rowsAbove(list, Math.max(0, scrollTop))): RowWindow {
  const first = Math.max(0, Math.floor(above / list.rowHeight) - OVERSCAN);
  const last = Math.min(list.total, Math.ceil((above + list.height) / list.rowHeight) + OVERSCAN);
  return { first, count: Math.max(0, last - first), top: scrollTop - (above - first * list.rowHeight) };
}

/** The pixels of rows above the visible part with which a row is seen whole: nearest to `above`, and in the middle of what surrounds it where that is further than a page away. */
export function aboveFor(list: ListGeometry, row: number, above: number): number {
  const top = row * list.rowHeight;
  if (top >= above && top + list.rowHeight <= above + list.height) return above;
  const isFar = top + list.height < above || top > above + 2 * list.height;
  if (isFar && list.height > list.rowHeight) return Math.min(mostAbove(list), Math.max(0, top - Math.floor((list.height - list.rowHeight) / 2)));
  return Math.max(0, top < above ? top : top + list.rowHeight - list.height);
}

/** The list is longer than a browser can scroll pixel by pixel. */
export const isScaled = ({ total, rowHeight }: ListGeometry): boolean => total * rowHeight > MAX_PIXELS;

/** True where a list that grows should keep showing its end. */
export const isAtEnd = (list: ListGeometry, scrollTop: number): boolean => scrollTop + list.height >= contentHeight(list) - 2;
