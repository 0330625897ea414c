/** What is kept, asked and handed on: filters and SQL over the store, the store as a whole; through the protocol and on the command line. */
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { join } from 'node:path';
import type { RpcClient } from '../../src/protocol/rpc.ts';
import { cli } from '../cli/run-cli.ts';
import { startHost } from './hosts.ts';
import type { TestHost } from './hosts.ts';
import { SMALL } from './labs.ts';

let lab: TestHost;
let client: RpcClient;
let id: string;

beforeAll(async () => {
  lab = startHost();
  client = lab.connect();
  await client.call('run.load', { documents: SMALL });
  await client.call('run.run', {});
  ({ id } = await client.call('sessions.save', { title: 'Asked', documents: SMALL }));
});
afterAll(() => lab.end());

it('answers what a filter answers, of a stored run', async () => {
  const [run] = (await client.call('sessions.open', { id })).runs;
  for (const filter of ['status == success', 'status == fault', 'device == nic0', 'reads > 5']) {
    const { total } = await client.call('filter.check', { list: 'transactions', text: filter });
    expect([filter, (await client.call('runs.find', { runId: run!.id, list: 'transactions', filter, from: 0, count: 10 })).total]).toEqual([filter, total]);
  }
  await expect(client.call('runs.find', { runId: run!.id, list: 'transactions', filter: 'statis == fault', from: 0, count: 1 })).rejects.toMatchObject({ code: 'filter-field', message: expect.stringContaining('did you mean status') });
});

it('runs a SELECT, and nothing else', async () => {
  const { transactions } = await client.call('run.state', {});
  expect(await client.call('store.sql', { id, sql: 'SELECT count(*) AS n FROM transactions', limit: 10 })).toEqual({ columns: ['n'], rows: [[transactions]], more: false });
  await expect(client.call('store.sql', { id, sql: 'DELETE FROM session', limit: 10 })).rejects.toMatchObject({ code: 'sql' });
});

it('ends within 200 ms of being cancelled, and the store answers meanwhile', async () => {
  const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n';
  const controller = new AbortController();
  const asked = client.call('store.sql', { sql: endless, limit: 1 }, { signal: controller.signal });
  asked.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await client.call('sessions.list', {})).toHaveLength(1);
  const before = performance.now();
  controller.abort();
  await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
  expect(performance.now() - before).toBeLessThan(200);
});

it('is a command too', async () => {
  const data = join(lab.folder, 'data');
  expect(await cli(['sql', 'Asked', 'SELECT title, 1 AS one FROM session', '--data', data])).toMatchObject({ code: 0, out: 'title\tone\nAsked\t1\n' });
  expect(await cli(['sql', id, 'SELECT kind FROM records LIMIT 1', '--data', data, '--json'])).toMatchObject({ code: 0, out: expect.stringMatching(/^\{"kind":"[A-Z_]+"\}\n$/) });
  expect(await cli(['sql', 'Unknown', 'SELECT 1', '--data', data])).toMatchObject({ code: 2, err: expect.stringContaining('no session "Unknown"') });
  expect(await cli(['sql', 'Asked', 'SELECT x', '--data', data])).toMatchObject({ code: 2, err: expect.stringContaining('no such column: x') });
  expect(await cli(['sql', 'Asked', 'SELECT 1', '--data', join(data, 'none')])).toMatchObject({ code: 2 });
});

it('lists, measures, checks, copies and prunes on the command line', async () => {
  const data = join(lab.folder, 'data');
  const [run] = (await client.call('sessions.open', { id })).runs;
  expect(await cli(['store', 'list', '--data', data])).toMatchObject({ code: 0, out: expect.stringMatching(new RegExp(`^${id}  .*  Asked\\n  run ${run!.id}  .*, digest ${run!.digest}\\n$`)) });
  expect((await cli(['store', 'list', 'nowhere', '--data', data])).out).toBe('');
  expect(await cli(['store', 'size', '--data', data])).toMatchObject({ code: 0, out: expect.stringContaining('1 sessions, 1 stored runs') });
  expect(await cli(['store', 'check', '--data', data])).toEqual({ code: 0, out: 'sound\n', err: '' });
  const copy = join(lab.folder, 'copy', 'lab.sqlite3');
  mkdirSync(join(lab.folder, 'copy'));
  expect(await cli(['store', 'copy', copy, '--data', data])).toMatchObject({ code: 0 });
  expect(await cli(['store', 'copy', copy, '--data', data])).toMatchObject({ code: 2, err: expect.stringContaining('exists already') });
  expect(await cli(['store', 'prune', run!.id, 'none', '--data', join(lab.folder, 'copy')])).toMatchObject({ code: 1, out: '1 of 2 removed\n' });
  expect(await cli(['store', 'check', '--data', join(lab.folder, 'copy')])).toMatchObject({ code: 0 });
});
