/** Keeps the rows that a grid shows fetched: when it scrolls, when the list grows, and when its rows may be others. */
import { watch } from 'vue';

export function useVisibleRows(cache: { readonly total: number }, fetch: (from: number, count: number) => unknown, epoch: () => unknown): { ensure(from: number, count: number): void } {
  let shown = { from: 0, count: 0 };
  const refresh = (): void => void fetch(shown.from, shown.count);

  // A grid that follows its end says first which rows these are now.
  watch([() => cache.total, epoch], refresh, { flush: 'post' });

  return {
    ensure(from, count) {
      shown = { from, count };
      refresh();
    },
  };
}
