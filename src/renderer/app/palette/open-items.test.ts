// @vitest-environment happy-dom
/** What quick open and Go to offer of a run, and what they say of places that are not there. */
import { beforeEach, expect, it } from 'vitest';
import { useMessages } from '../../services/messages.ts';
import { useRun } from '../../services/run.ts';
import { useSelection } from '../../services/selection.ts';
import { fakeState, type FakeLab } from '../../testing/fake-lab.ts';
import { fakePage, openSample, settle } from '../../testing/fake-page.ts';
import { TRANSACTIONS } from '../../testing/fake-run.ts';
import { openItems } from './open-items.ts';

let lab: FakeLab;
beforeEach(async () => {
  lab = await fakePage();
  await openSample();
});

const offered = (text: string): string[] => openItems(text).map(({ title, detail = '', disabled = false }) => `${title}${disabled ? `: ${detail}` : ''}`);

it('offers what a number is in this run', () => {
  expect(offered('txn:3')).toEqual(['Transaction 3']);
  expect(offered('3').slice(0, 3)).toEqual(['Transaction 3', 'Step 3', 'Transactions of StreamID 0x3']);
});

it.each([
  ['txn:99', 'No transaction 99: 4 transactions, numbered from 1'],
  ['txn:0', 'No transaction 0: 4 transactions, numbered from 1'],
  ['event:7', 'No event 7: 1 event, numbered from 0'],
  ['step:6', 'No step 6: 5 steps, numbered from 1'],
])('says of %s that it is not there', (text, said) => {
  expect(offered(text)).toEqual([said]);
});

it('goes to any transaction of a recording that left some out, and says so where it is not there', async () => {
  lab.override({ 'transactions.window': ({ from, count }) => ({ total: 2, all: 2, rows: [{ ...TRANSACTIONS[0]!, txn: 700 }, { ...TRANSACTIONS[1]!, txn: 900 }].slice(from, from + count) }) });
  useRun().adopt(fakeState({ transactions: 2, omitted: 40, state: 'done' }));
  await settle();
  const [found] = openItems('txn:900');
  await found!.run();
  await settle();
  expect([useSelection().row?.txn, useMessages().byPlace.get('transactions')]).toEqual([900, undefined]);
  await openItems('txn:800')[0]!.run();
  await settle();
  expect([useSelection().row, useMessages().byPlace.get('transactions')]).toEqual([undefined, 'Transaction 800 is not in this trace: the recording left it out.']);
});
