/** A trace larger than the ring and than memory: nothing is lost, and every part of it can be looked at. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RunState } from '../../src/protocol/contract.ts';
import type { RpcClient } from '../../src/protocol/rpc.ts';
import { startHost } from './hosts.ts';
import type { TestHost } from './hosts.ts';
import { long } from './labs.ts';

const STEPS = 150;
const PAGES = 256;
let lab: TestHost;
let client: RpcClient;

beforeEach(() => {
  lab = startHost({ segmentsInMemory: 2 });
  client = lab.connect();
});
afterEach(() => lab.end());

it('holds every transaction, from the first to the last, and repeats its digest', async () => {
  const states: RunState[] = [];
  client.on('run.changed', (state) => states.push(state));
  await client.call('run.load', { documents: long(STEPS, PAGES) });
  const started = performance.now();
  const done = await client.call('run.run', {});
  const seconds = (performance.now() - started) / 1000;
  const total = STEPS * PAGES;
  expect(done).toMatchObject({ state: 'done', transactions: total, dropped: 0 });
  // More than the ring's 65,536, and more than the two segments of 65,536 that are kept in memory.
  expect(done.records).toBeGreaterThan(2 * 65_536);
  expect(states.length).toBeLessThan(30 * seconds + 5);

  for (const from of [0, 12_345, total - 2]) {
    const { rows } = await client.call('transactions.window', { from, count: 2 });
    expect(rows.map(({ txn, iova, status }) => [txn, iova, status])).toEqual(
      [0, 1].map((i) => [from + i + 1, `0x${(0x1000_0000 + ((from + i) % PAGES) * 4096).toString(16)}`, 'success']),
    );
  }
  expect((await client.call('transactions.window', { from: 0, count: 512 })).rows).toHaveLength(512);
  expect((await client.call('transactions.window', { from: total, count: 512 })).rows).toEqual([]);
  expect((await client.call('records.window', { span: { txn: total }, from: 0, count: 512 })).rows.at(-1)).toMatchObject({ kind: 'TXN_END', verdict: 'success' });

  await client.call('run.reset', {});
  expect((await client.call('run.run', {})).digest).toBe(done.digest);
});

it('is stored whole', async () => {
  const documents = long(STEPS, PAGES);
  await client.call('run.load', { documents });
  const done = await client.call('run.run', {});
  const { id } = await client.call('sessions.save', { title: 'Large', documents });
  const { runs } = await client.call('sessions.open', { id });
  expect(runs).toMatchObject([{ digest: done.digest, records: done.records }]);
  expect(await client.call('runs.open', { runId: runs[0]?.id ?? '' })).toMatchObject({ digest: done.digest, transactions: STEPS * PAGES });
});
