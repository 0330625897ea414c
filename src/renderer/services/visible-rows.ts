/** Keeps the rows that a grid shows fetched: when it scrolls, when the list grows, and when a new run begins. */
import { watch } from 'vue';
import type { RowCache } from './rows.ts';

export function useVisibleRows<Row>(cache: RowCache<Row>, fetch: (from: number, count: number) => unknown, epoch: () => number): { ensure(from: number, count: number): void } {
  let shown = { from: 0, count: 0 };
  const refresh = (): void => void fetch(shown.from, shown.count);

  watch([() => cache.total, epoch], refresh);

  return {
    ensure(from, count) {
      shown = { from, count };
      refresh();
    },
  };
}
