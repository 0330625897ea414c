import { describe, expect, it, vi } from 'vitest';
import { PAGE, RowCache, type FetchWindow } from './rows.ts';

const numbers = (mark = '') => vi.fn<FetchWindow<string>>(async (from, count) => ({ total: 1000, rows: Array.from({ length: count }, (_, n) => `${mark}${from + n}`) }));

describe('RowCache', () => {
  it('fetches each page once', async () => {
    const fetch = numbers();
    const cache = new RowCache(fetch);
    cache.grow(1000);
    await Promise.all([cache.ensure(0, 10), cache.ensure(5, 20)]);
    await cache.ensure(PAGE - 1, 2);
    expect(fetch.mock.calls).toEqual([[0, PAGE], [PAGE, PAGE]]);
    expect([cache.rowAt(0), cache.rowAt(PAGE), cache.rowAt(999)]).toEqual(['0', `${PAGE}`, undefined]);
  });

  it('shows the end of a list that grows fast once its rows are there', async () => {
    const pending: (() => void)[] = [];
    const cache = new RowCache<string>((from, count) => new Promise((resolve) => void pending.push(() => resolve({ total: 9e6, rows: Array.from({ length: count }, (_, n) => `${from + n}`) }))));
    const settle = async (): Promise<void> => {
      for (const one of pending.splice(0)) one();
      await new Promise((resolve) => setTimeout(resolve));
    };
    cache.grow(1_000_000, true);
    cache.grow(2_000_000, true);
    expect(cache.total).toBe(0);
    await settle();
    expect([cache.total, cache.rowAt(999_999)]).toEqual([1_000_000, '999999']);
    cache.grow(3_000_000, true);
    await settle();
    await settle();
    expect([cache.total, cache.rowAt(2_999_999)]).toEqual([3_000_000, '2999999']);
    // The rows of the end alone came, as many as are on screen, and no page is asked for to show them.
    expect([cache.rowAt(2_999_968), cache.rowAt(2_999_967)]).toEqual(['2999968', undefined]);
    await cache.ensure(2_999_970, 30);
    expect(pending).toEqual([]);
    const more = cache.ensure(2_999_960, 40);
    await settle();
    await more;
    cache.grow(4_000_000, true);
    await settle();
    expect(cache.rowAt(4_000_000 - 40)).toBe(`${4_000_000 - 40}`);
    cache.grow(5_000_000, true);
    cache.grow(5_000_001);
    expect(cache.total).toBe(5_000_001);
    cache.grow(6_000_000, true);
    cache.restart(7);
    await settle();
    expect(cache.total).toBe(7);
  });

  it('fetches the last page again when the list has grown, even while an older fetch is under way', async () => {
    let rows = ['a'];
    const fetch = vi.fn<FetchWindow<string>>(async () => ({ total: rows.length, rows: [...rows] }));
    const cache = new RowCache(fetch);
    cache.grow(1);
    const first = cache.ensure(0, 10);
    rows = ['a', 'b'];
    cache.grow(2);
    await Promise.all([first, cache.ensure(0, 10)]);
    expect(cache.rowAt(1)).toBe('b');
    await cache.ensure(0, 10);
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('keeps old rows on screen until the new run has its own', async () => {
    const fetch = numbers('old');
    const cache = new RowCache(fetch);
    cache.grow(3);
    await cache.ensure(0, 3);
    cache.restart(3);
    expect(cache.rowAt(0)).toBe('old0');
    fetch.mockImplementation(numbers('new'));
    await cache.ensure(0, 3);
    expect(cache.rowAt(0)).toBe('new0');
  });

  it('drops an answer that belongs to the run before', async () => {
    let answer = (_: { total: number; rows: string[] }): void => undefined;
    const cache = new RowCache<string>(() => new Promise((resolve) => (answer = resolve)));
    cache.grow(1);
    const late = cache.ensure(0, 1);
    cache.restart(1);
    answer({ total: 1, rows: ['late'] });
    await late;
    expect(cache.rowAt(0)).toBeUndefined();
  });

  it('finds forwards and backwards over pages', async () => {
    const cache = new RowCache(numbers());
    cache.grow(1000);
    expect(await cache.find(3, 1, (row) => row === '700')).toBe(700);
    expect(await cache.find(999, -1, (row) => row === '3')).toBe(3);
    expect(await cache.find(701, 1, (row) => row === '700')).toBe(-1);
  });

  it('forgets pages used longest ago', async () => {
    const cache = new RowCache(numbers());
    cache.grow(PAGE * 70);
    for (let page = 0; page < 70; page++) await cache.ensure(page * PAGE, 1);
    expect(cache.rowAt(0)).toBeUndefined();
    expect(cache.rowAt(69 * PAGE)).toBe(`${69 * PAGE}`);
  });
});
