import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, expect, it, vi } from 'vitest';
import { RpcError, type Params } from '../../../protocol/contract.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { useMessages } from '../../services/messages.ts';
import { useSessions } from '../../services/sessions.ts';
import { fakeLab, type FakeLab } from '../../testing/fake-lab.ts';
import { MOST_ROWS, useSql } from './sql-store.ts';

let lab: FakeLab;
let asked: Params<'store.sql'>[];

beforeEach(async () => {
  setActivePinia(createPinia());
  lab = fakeLab();
  asked = [];
  lab.override({
    'store.sql': (params) => {
      asked.push(params);
      if (params.sql.startsWith('EXPLAIN')) return { columns: ['id', 'detail'], rows: [[1, 'SCAN transactions'], [2, 'USE TEMP B-TREE']], more: false };
      return params.sql.includes('sqlite_schema') ? { columns: ['name', 'type'], rows: [['session', 'table']], more: false } : { columns: ['n'], rows: [[4]], more: true };
    },
  });
  await useLabClient().connect(lab.port);
});

it('asks of the open session, or of the one that is chosen', async () => {
  const sql = useSql();
  sql.text = 'SELECT 1';
  await sql.run();
  await useSessions().openSession('s1');
  await sql.run();
  sql.session = 's2';
  await sql.run();
  expect(asked).toEqual([{ sql: 'SELECT 1', limit: MOST_ROWS }, { id: 's1', sql: 'SELECT 1', limit: MOST_ROWS }, { id: 's2', sql: 'SELECT 1', limit: MOST_ROWS }]);
  expect(sql.answer).toMatchObject({ rows: [[4]], more: true, ms: expect.any(Number) });
  sql.text = '  ';
  await sql.run();
  expect(asked.length).toBe(3);
});

it('says how SQLite would go about it, until something else is run', async () => {
  const sql = useSql();
  await sql.explain();
  expect(sql.plan).toEqual(['SCAN transactions', 'USE TEMP B-TREE']);
  await sql.run();
  expect(sql.plan).toBe(null);
});

it('lists the tables once, those of the run first', async () => {
  const sql = useSql();
  await sql.listTables();
  await sql.listTables();
  expect([sql.tables, asked.length]).toEqual([['transactions', 'records', 'session'], 1]);
});

it('is cancelled, and keeps the answer before; a mistake is told', async () => {
  const sql = useSql();
  await sql.run();
  lab.override({ 'store.sql': (_params, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new RpcError({ code: 'cancelled', message: 'cancelled' })))) });
  const running = sql.run();
  await vi.waitFor(() => expect(lab.calls.filter((one) => one === 'store.sql').length).toBe(2));
  sql.cancel();
  await running;
  expect([sql.asking, sql.answer?.rows]).toEqual([null, [[4]]]);
  lab.override({ 'store.sql': () => { throw new RpcError({ code: 'sql', message: 'no such table: nowhere' }); } });
  await sql.run();
  expect(useMessages().byPlace.get('sql')).toContain('no such table: nowhere');
});

it('copies the answer as it is shown: addresses in hex or in decimal', async () => {
  const sql = useSql();
  const copied: string[] = [];
  vi.stubGlobal('navigator', { clipboard: { writeText: (text: string) => void copied.push(text) } });
  lab.override({ 'store.sql': () => ({ columns: ['sid', 'iova', 'reads'], rows: [[16, 0x1000_0123, 18]], more: false }) });
  await sql.run();
  expect(sql.texts).toEqual([['0x10', '0x10000123', '18']]);
  await sql.copy('tsv');
  sql.radix = 'dec';
  await sql.copy('csv');
  expect(copied).toEqual(['sid\tiova\treads\n0x10\t0x10000123\t18\n', 'sid,iova,reads\n16,268435747,18\n']);
  vi.unstubAllGlobals();
});
