// @vitest-environment happy-dom
/** Filters over a host of plain data: what is typed, what is applied, and what stays with a session. */
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RpcError } from '../../protocol/contract.ts';
import { fakeLab, type FakeLab } from '../testing/fake-lab.ts';
import { openSample, settle } from '../testing/fake-page.ts';
import { TRANSACTIONS } from '../testing/fake-run.ts';
import { narrowed, useFilters } from './filters.ts';
import { useJobs } from './jobs.ts';
import { useLabClient } from './lab-client.ts';
import { useListLooks } from './list-looks.ts';
import { useRun } from './run.ts';
import { useSelection } from './selection.ts';
import { useSessions } from './sessions.ts';
import { pageStorage, readSettings } from './settings.ts';

let lab: FakeLab;

beforeEach(async () => {
  pageStorage()?.clear();
  setActivePinia(createPinia());
  lab = fakeLab();
  await useLabClient().connect(lab.port);
  useFilters();
  await openSample();
});

describe('the filter of a list', () => {
  it('says that a text is too long, and asks nobody', async () => {
    const { transactions } = useFilters().lists;
    const before = lab.calls.length;
    await transactions.set(`txn == 1${' '.repeat(4096)}`);
    expect([transactions.error?.message, transactions.isActive, lab.calls.length]).toEqual(['a filter has at most 4,096 characters', false, before]);
    await transactions.set('status == success');
    expect([transactions.error, transactions.total]).toEqual([null, 3]);
  });

  it('shows the rows that match, and all of them when it is cleared', async () => {
    const { transactions } = useFilters().lists;
    expect([transactions.isActive, transactions.total, transactions.all]).toEqual([false, 4, 4]);
    await transactions.set('status == success');
    await transactions.ensure(0, 10);
    expect([transactions.isActive, transactions.total, transactions.all]).toEqual([true, 3, 4]);
    expect([0, 1, 2].map((index) => transactions.rowAt(index)?.txn)).toEqual([1, 2, 4]);
    await transactions.clear();
    expect([transactions.isActive, transactions.total]).toEqual([false, 4]);
  });

  it('stays as it was while the text is none, and says what is wrong', async () => {
    const { transactions } = useFilters().lists;
    await transactions.set('status == success');
    await transactions.set('statis == success');
    expect([transactions.applied, transactions.total, transactions.error?.message]).toEqual(['status == success', 3, 'no field is called statis: did you mean status?']);
    await transactions.set('status == fault');
    expect([transactions.applied, transactions.total, transactions.error]).toEqual(['status == fault', 1, null]);
  });

  it('knows where the selected row is among those shown, and moves among them', async () => {
    const filters = useFilters();
    const selection = useSelection();
    await filters.lists.transactions.set('status == success');
    await selection.selectTransaction(4);
    await settle();
    expect(filters.lists.transactions.index).toBe(2);
    await filters.move(-1);
    expect(selection.txn).toBe(2);
    await selection.selectTransaction(3);
    await settle();
    expect(filters.lists.transactions.index).toBe(-1);
    await filters.move(1);
    expect(selection.txn).toBe(4);
    await filters.move(1);
    expect(selection.txn).toBe(4);
  });

  it('shows one transaction that is followed, and returns to what it was', async () => {
    const filters = useFilters();
    const { transactions, events } = filters.lists;
    await transactions.set('status == success');
    await filters.follow(3);
    await settle();
    expect([filters.following, transactions.total, transactions.applied, events.applied]).toEqual([3, 1, 'txn == 3', 'txn == 3']);
    await filters.follow(2);
    await filters.unfollow();
    expect([filters.following, transactions.total, transactions.applied, events.applied]).toEqual([null, 3, 'status == success', '']);
  });

  it('shows that colour rules take a while; cancelled, the rows are there without colours until the rules are others', async () => {
    const { transactions } = useFilters().lists;
    const looks = useListLooks();
    let asked = 0;
    lab.override({
      'transactions.window': ({ marks, from, count }, { signal }) => {
        const rows = TRANSACTIONS.slice(from, from + count);
        if (marks === undefined) return { total: 4, all: 4, rows: [...rows] };
        if (count === 0 || ++asked > 1) return { total: 4, all: 4, rows: rows.map((row) => ({ ...row, mark: 0 })) };
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new RpcError({ code: 'cancelled', message: 'cancelled' }))));
      },
    });
    const rule = { label: 'late', filter: 'age(CMD_SYNC) > 3', colour: 'warning' } as const;
    looks.setRules('transactions', [rule]);
    await settle();
    const rows = transactions.ensure(0, 10);
    await vi.waitFor(() => expect([...useJobs().visible.values()].map(({ label }) => label)).toEqual(['Colouring the transactions']));
    [...useJobs().visible.values()][0]!.cancel();
    await rows;
    expect([transactions.rowAt(2)?.txn, transactions.rowAt(2)?.mark]).toEqual([3, undefined]);
    looks.setRules('transactions', [{ ...rule, filter: 'age(CMD_SYNC) > 4' }]);
    await settle();
    await transactions.ensure(0, 10);
    expect(transactions.rowAt(2)?.mark).toBe(0);
  });

  it('forgets what is followed once another filter is typed', async () => {
    const filters = useFilters();
    await filters.follow(3);
    await filters.lists.transactions.set('status == success');
    expect(filters.following).toBeNull();
    await filters.unfollow();
    expect(filters.lists.transactions.applied).toBe('status == success');
  });

  it('follows the run, and a run that starts again', async () => {
    const { transactions } = useFilters().lists;
    await transactions.set('status == success');
    await useRun().reset();
    await settle();
    expect([transactions.total, transactions.all]).toEqual([0, 0]);
    await useRun().run();
    await settle();
    expect([transactions.total, transactions.all]).toEqual([3, 4]);
  });

  it('lets go of a filter that another lab does not know', async () => {
    const { transactions } = useFilters().lists;
    await transactions.set('status == success');
    const refuse = (): never => {
      throw new RpcError({ code: 'filter-value', message: 'device is never called nic0', at: { line: 1, column: 11, endColumn: 15 } });
    };
    lab.override({ 'transactions.window': refuse });
    await useRun().step();
    await settle();
    expect([transactions.isActive, transactions.text, transactions.error]).toMatchObject([false, 'status == success', { column: 11, message: 'device is never called nic0' }]);
  });
});

it('narrows by a cell: both must hold', async () => {
  expect(narrowed('', 'sid == 1')).toBe('sid == 1');
  expect(narrowed('sid ==', 'sid == 1')).toBe('sid == 1');
  expect(narrowed('stall', 'sid == 1')).toBe('stall && sid == 1');
  expect(narrowed('stall or privileged', 'sid == 1')).toBe('(stall || privileged) && sid == 1');
  const filters = useFilters();
  await filters.narrow('transactions', 'status == fault', true);
  await filters.narrow('transactions', 'sid == 1', false);
  expect(filters.lists.transactions.text).toBe('status == fault && !(sid == 1)');
});

it('stays with its session, and not with a sample', async () => {
  const filters = useFilters();
  await filters.lists.transactions.set('status == fault');
  await settle();
  expect(readSettings(pageStorage()).filters).toEqual({});
  await useSessions().openSession('s1');
  await settle();
  expect(filters.lists.transactions.applied).toBe('');
  await filters.lists.transactions.set('status == success');
  await settle();
  expect(readSettings(pageStorage()).filters).toEqual({ s1: { transactions: 'status == success', events: '', records: '' } });
  await openSample();
  expect(filters.lists.transactions.applied).toBe('');
  await useSessions().openSession('s1');
  await settle();
  expect([filters.lists.transactions.text, filters.lists.transactions.total]).toEqual(['status == success', 3]);
});
