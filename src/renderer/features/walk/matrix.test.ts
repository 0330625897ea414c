import { expect, it } from 'vitest';
import type { WalkCell, WalkRow, WalkView } from '../../../protocol/contract.ts';
import { decidedAt, neighbour, structureOf, telling, usedColumns } from './matrix.ts';

const cell = (text: string, word: string | null = '0000000000000003'): WalkCell => ({ kind: 'read', stage: 2, level: 1, address: '0x1000', space: 'pa', word, verdict: 'ok', text });
const view = (over: Partial<WalkView> = {}): WalkView => ({
  txn: 1,
  iova: '0x1000',
  status: 'success',
  columns: ['S2 L0', 'S2 L1', 'read'],
  rows: [
    { label: 'STE', cells: [null, null, cell('ste')] },
    { label: 'S1 L0', cells: [null, cell('a'), cell('b')] },
    { label: 'Final IPA', cells: [null, cell('c'), null] },
  ],
  reads: 4,
  max: 24,
  why: '',
  ...over,
});

it('knows the columns that are used', () => expect(usedColumns(view())).toEqual([false, true, true]));

it('opens on the fault, else on the last read', () => {
  expect(telling(view())).toEqual({ row: 2, column: 1 });
  expect(telling(view({ faultCell: [1, 2] }))).toEqual({ row: 1, column: 2 });
  expect(telling(view({ rows: [] }))).toBeNull();
});

it('names where a fault was decided', () => {
  expect(decidedAt(view())).toBeNull();
  expect(decidedAt(view({ faultCell: [2, 1] }))?.name).toBe('Final IPA, S2 L1');
  expect(decidedAt(view({ faultCell: [0, 2] }))?.name).toBe('STE');
});

it('moves to the next cell that holds something', () => {
  expect(neighbour(view(), null, 'ArrowDown')).toEqual({ row: 2, column: 1 });
  expect(neighbour(view(), { row: 0, column: 2 }, 'ArrowDown')).toEqual({ row: 1, column: 2 });
  expect(neighbour(view(), { row: 1, column: 2 }, 'ArrowDown')).toEqual({ row: 2, column: 1 });
  expect(neighbour(view(), { row: 1, column: 2 }, 'ArrowLeft')).toEqual({ row: 1, column: 1 });
  expect(neighbour(view(), { row: 1, column: 1 }, 'ArrowLeft')).toBeNull();
  expect(neighbour(view(), { row: 0, column: 2 }, 'ArrowUp')).toBeNull();
});

it('a row is about the structure that its read is in: of none where a cache answered, and in the last row', () => {
  const read = cell('ste');
  const structure = { name: 'CD of nic0', owner: 'guest' } as const;
  const row = (cells: WalkRow['cells']): WalkRow => ({ label: 'CD', cells });
  expect(structureOf(row([null, { ...read, structure }]))).toEqual(structure);
  expect([structureOf(row([null, { ...read, kind: 'hit' }])), structureOf(row([{ ...read, structure }, null])), structureOf(row([]))]).toEqual([null, null, null]);
});
