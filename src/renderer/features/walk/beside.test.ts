import { describe, expect, it } from 'vitest';
import type { WalkCell, WalkNow, WalkView } from '../../../protocol/contract.ts';
import { TRANSACTIONS, walkOf } from '../../testing/fake-run.ts';
import { besideView } from './beside.ts';
import { isAhead, orderOf, progressAt, stepFrom } from './stepping.ts';
import { walkSvg } from './walk-svg.ts';
import { walkText } from './walk-text.ts';

const NOW = walkOf(TRANSACTIONS[0]!);

/** The walk with one cell changed. */
const changed = (label: string, column: number, over: Partial<WalkCell> | null): WalkView => ({
  ...NOW,
  rows: NOW.rows.map((row) => (row.label === label ? { ...row, cells: row.cells.map((cell, at) => (at !== column || cell === null ? cell : over === null ? null : { ...cell, ...over })) } : row)),
});
const between = (held: WalkView, now: WalkView, stale: WalkNow['stale'] = []): string[] =>
  besideView({ held, now, stale }).rows.flatMap(({ label, cells }) => cells.flatMap((cell, column) => (cell?.differs === true ? [`${label} ${now.columns[column]}`] : [])));

describe('two walks beside each other', () => {
  it('differ where a word, its address or its verdict does', () => {
    expect(between(NOW, NOW)).toEqual([]);
    expect(between(changed('S1 L3', 4, { word: 'ffff000000000003' }), NOW)).toEqual(['S1 L3 read']);
    expect(between(changed('CD', 1, { address: '0x1' }), NOW)).toEqual(['CD S2 L1']);
    expect(between(NOW, changed('CD', 1, { kind: 'fault', verdict: 'fault' }))).toEqual(['CD S2 L1']);
  });

  it('differ where one of them read what the other did not, but not where a cache answered', () => {
    expect(between(NOW, changed('Final IPA', 3, null))).toEqual(['Final IPA S2 L3']);
    expect(between(changed('Final IPA', 3, { kind: 'hit', word: null }), NOW)).toEqual([]);
  });

  it('take what hardware wrote into a descriptor as known', () => {
    const { word } = NOW.rows.find(({ label }) => label === 'S1 L3')!.cells[4]!;
    expect(between(changed('S1 L3', 4, { word: '0000000000000003', becomes: word! }), NOW)).toEqual([]);
  });

  it('mark what the coherence checker knows to have changed, behind a hit too', () => {
    const cell = NOW.rows.find(({ label }) => label === 'Final IPA')!.cells[3]!;
    const stale = [{ entry: '', now: null, commands: [], rule: '', words: [{ what: 'S2 L3', pa: cell.address!, old: '0x0', now: '0x1', by: null, step: 1 }] }];
    expect(between(changed('Final IPA', 3, { kind: 'hit', word: null, address: null }), NOW, stale)).toEqual(['Final IPA S2 L3']);
  });

  it('keep rows that only one of them has where it had them', () => {
    const short = { ...NOW, rows: NOW.rows.slice(0, 3) };
    expect(besideView({ held: NOW, now: short, stale: [] }).rows.map(({ label }) => label)).toEqual(NOW.rows.map(({ label }) => label));
  });
});

describe('stepping through a walk', () => {
  it('goes through its cells in the order in which they were read, and back', () => {
    const order = orderOf(NOW);
    expect(order.slice(0, 3)).toEqual([{ row: 0, column: 4 }, { row: 1, column: 0 }, { row: 1, column: 1 }]);
    expect(stepFrom(NOW, null, 1)).toEqual(order[0]);
    expect(stepFrom(NOW, null, -1)).toEqual(order.at(-1));
    expect(stepFrom(NOW, order[5]!, 1)).toEqual(order[6]);
    expect(stepFrom(NOW, order[0]!, -1)).toBeNull();
    expect(stepFrom(NOW, order.at(-1)!, 1)).toBeNull();
  });

  it('counts cells and reads, and knows what is yet to come', () => {
    expect(progressAt(NOW, { row: 1, column: 4 })).toEqual({ cell: 6, cells: orderOf(NOW).length, reads: 6 });
    expect([isAhead({ row: 1, column: 3 }, { row: 1, column: 2 }), isAhead({ row: 0, column: 4 }, { row: 1, column: 2 })]).toEqual([true, false]);
  });
});

describe('a walk outside the window', () => {
  it('as text has every read with its address and word', () => {
    const text = walkText(NOW);
    expect(text.split('\n')[0]).toBe('transaction 1: IOVA 0x10000123, success, 22 of 24 reads');
    expect(text).toContain('  S2 L1 read  PA 0x40012000');
    expect(text.match(/^ {2}(?:S2 L\d|read)/gm)).toHaveLength(orderOf(NOW).length);
  });

  it('as SVG is well formed, whatever its texts say', () => {
    const svg = walkSvg(changed('STE', 4, { text: 'a < b & "c"' }));
    expect(svg).toContain('a &lt; b &amp; &quot;c&quot;');
    expect(svg.match(/<rect /g)).toHaveLength(orderOf(NOW).length + 1);
    expect(svg).not.toMatch(/<(?!\/?(?:svg|title|rect|text|g)\b)/);
  });
});
