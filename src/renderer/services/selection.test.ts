// @vitest-environment happy-dom
/** What is selected in a trace whose transactions are not numbered one after the other: filtered while it was recorded, or without its beginning. */
import { flushPromises } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeLab, fakeState, type FakeLab } from '../testing/fake-lab.ts';
import { TRANSACTIONS } from '../testing/fake-run.ts';
import { useFilters } from './filters.ts';
import { useLabClient } from './lab-client.ts';
import { useRun } from './run.ts';
import { useSelection } from './selection.ts';

const NUMBERS = Array.from({ length: 300 }, (_, n) => 1000 + 7 * n);
let lab: FakeLab;

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 12; turn++) await flushPromises();
};

describe.each([{ omitted: 5, dropped: 0 }, { omitted: 0, dropped: 5 }])('a trace with $omitted records left out and $dropped dropped', (lost) => {
  beforeEach(async () => {
    setActivePinia(createPinia());
    lab = fakeLab();
    lab.override({
      'transactions.window': ({ from, count }) => ({ total: NUMBERS.length, all: NUMBERS.length, rows: NUMBERS.slice(from, from + count).map((txn) => ({ ...TRANSACTIONS[txn === 1014 ? 2 : 0]!, txn })) }),
      'events.window': () => ({ total: 0, all: 0, rows: [], queue: null }),
    });
    await useLabClient().connect(lab.port);
    useFilters();
    useRun().adopt(fakeState({ revision: 0, transactions: NUMBERS.length, events: 0, faults: 1, state: 'done', ...lost }));
    await settle();
  });

  it('marks the row of the selected transaction', async () => {
    const { transactions } = useFilters().lists;
    await useSelection().selectTransaction(1007);
    await vi.waitFor(() => expect([transactions.index, useSelection().row?.txn]).toEqual([1, 1007]));
    await useSelection().selectTransaction(NUMBERS.at(-1)!);
    await vi.waitFor(() => expect([transactions.index, useSelection().row?.txn]).toEqual([299, NUMBERS.at(-1)]));
    await useSelection().selectTransaction(1008);
    await vi.waitFor(() => expect([transactions.index, useSelection().row]).toEqual([-1, undefined]));
  });

  it('goes on and back by rows, also from one that is not there', async () => {
    const selection = useSelection();
    const went: (number | null)[] = [];
    for (const [from, step] of [[null, 1], [null, -1], [1007, 1], [1007, -1], [1000, -1], [1008, 1], [1008, -1]] as const) {
      selection.txn = from;
      await selection.move(step);
      went.push(selection.txn);
    }
    expect(went).toEqual([1000, NUMBERS.at(-1), 1014, 1000, 1000, 1014, 1007]);
  });

  it('finds the next fault', async () => {
    const selection = useSelection();
    await selection.selectTransaction(1007);
    await selection.moveToFault(1);
    expect(selection.txn).toBe(1014);
  });
});
