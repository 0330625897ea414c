/** Traces as Parquet, read back by DuckDB: every word of every record, and the queries of docs/exports.md as they are there. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PARQUET_COLUMNS } from '../../src/formats/parquet/columns.ts';
import { exportTrace } from '../../src/host/export/export-trace.ts';
import { recordSource } from '../../src/host/trace/record-source.ts';
import { KIND, RECORD_WORDS } from '../../src/model/trace/record.ts';
import { cli } from '../cli/run-cli.ts';

const root = join(import.meta.dirname, '..', '..');
const lab = (name: string): string => join(root, 'resources', 'labs', name);
let folder: string;
let duck: DuckDBConnection;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'smmu-lab-parquet-'));
  duck = await (await DuckDBInstance.create()).connect();
});
afterAll(() => {
  duck.closeSync();
  rmSync(folder, { recursive: true });
});

const rowsOf = async (sql: string): Promise<unknown[][]> => (await duck.runAndReadAll(sql)).getRows();
const all = (name: string): string => `'${at(name)}/*.parquet'`;

/** The words of the records again, in order. */
async function wordsOf(name: string): Promise<Int32Array> {
  const payload = Array.from({ length: 8 }, (_, n) => `p${n}`).join(', ');
  const columns = `head, seq, transaction, rule_number, sid, client, address & 4294967295, address >> 32, ${payload}`;
  const rows = await rowsOf(`SELECT ${columns} FROM ${all(name)} ORDER BY seq`);
  return Int32Array.from(rows.flat().map((value) => Number(value) | 0));
}

const exported = (name: string, to: string, ...more: string[]) => cli(['export', name, '--format', 'parquet', '--to', at(to), ...more]);

describe('a trace as Parquet', () => {
  it.each(['first-nested', 'host-unmap-stale', 'nested-stall-resume'])('of %s has every word of every record: their digest is that of the run', async (name) => {
    expect(await cli(['export', lab(name), '--to', at(`${name}.smmulab`)])).toMatchObject({ code: 0 });
    const { out } = await cli(['verify', at(`${name}.smmulab`), '--json']);
    const { digest, records } = (JSON.parse(out) as { run: { digest: string; records: number } }).run;
    expect(await exported(at(`${name}.smmulab`), name, '--shard-rows', '50')).toMatchObject({ code: 0, err: expect.stringContaining(`${records} of ${records} records written`) });
    expect(readdirSync(at(name)).length).toBe(Math.ceil(records / 50));
    const words = await wordsOf(name);
    expect(createHash('sha256').update(new Uint8Array(words.buffer)).digest('hex')).toBe(digest);
    expect(await rowsOf(`SELECT decode(value) FROM parquet_kv_metadata(${all(name)}) WHERE decode(key) = 'smmu-lab.digest' LIMIT 1`)).toEqual([[digest]]);
  });

  it('has the columns that the documentation lists, with these types', async () => {
    await exported(lab('first-nested'), 'columns');
    const types = { UINT_32: 'UINTEGER', UINT_64: 'UBIGINT', STRING: 'VARCHAR' } as const;
    const described = await rowsOf(`DESCRIBE SELECT * FROM ${all('columns')}`);
    expect(described.map(([name, type]) => [name, type])).toEqual(PARQUET_COLUMNS.map(({ name, type }) => [name, types[type]]));
    const docs = readFileSync(join(root, 'docs', 'exports.md'), 'utf8');
    const table = [...docs.matchAll(/^\| `([a-z0-9_`, ]+)` \| (UINT_32|UINT_64|STRING)/gm)].flatMap(([, names, type]) => names!.split('`, `').map((name) => [name, type]));
    expect(table).toEqual(PARQUET_COLUMNS.map(({ name, type }) => [name, type]));
  });

  it('answers the queries of the documentation', async () => {
    await exported(lab('first-nested'), 'trace');
    const docs = readFileSync(join(root, 'docs', 'exports.md'), 'utf8');
    const queries = [...docs.matchAll(/```sql\n([\s\S]+?)```/g)].map(([, text]) => text!);
    expect(queries.length).toBeGreaterThan(1);
    for (const query of queries) expect((await rowsOf(query.replaceAll("'trace/*.parquet'", all('trace')))).length).toBeGreaterThan(0);
  });

  it('a filter leaves rows out and changes none; the least and the largest value of a group find them', async () => {
    await exported(lab('first-nested'), 'whole');
    expect(await exported(lab('first-nested'), 'events', '--filter', 'kind == EVENT')).toMatchObject({ code: 0 });
    expect(await rowsOf(`SELECT * FROM ${all('events')}`)).toEqual(await rowsOf(`SELECT * FROM ${all('whole')} WHERE kind = 'EVENT' ORDER BY seq`));
    expect(await exported(lab('first-nested'), 'none', '--filter', 'sid == 0x7777')).toMatchObject({ code: 0 });
    expect(await rowsOf(`SELECT count(*) FROM ${all('none')}`)).toEqual([[0n]]);
    const [[least, most]] = (await rowsOf(`SELECT min(address), max(address) FROM ${all('whole')}`)) as [[bigint, bigint]];
    expect(await rowsOf(`SELECT min(stats_min_value::UBIGINT), max(stats_max_value::UBIGINT) FROM parquet_metadata(${all('whole')}) WHERE path_in_schema = 'address'`)).toEqual([[least, most]]);
  });

  it('the largest words and numbers are themselves', async () => {
    const words = new Int32Array(4 * RECORD_WORDS).fill(-1);
    for (let n = 0; n < 4; n++) words.set([KIND.READ, n], n * RECORD_WORDS);
    const source = recordSource({ level: null, records: 4, dropped: 0, omitted: 0, digest: null }, () => words);
    await exportTrace({ source, title: 'x', devices: [] }, { file: at('large'), format: 'parquet', matches: null, shardRows: 3 });
    expect(await wordsOf('large')).toEqual(words);
    expect(await rowsOf(`SELECT num_rows FROM parquet_file_metadata(${all('large')}) ORDER BY num_rows`)).toEqual([[1n], [3n]]);
    expect(await rowsOf(`SELECT count(*) FROM ${all('large')} WHERE sid = 4294967295 AND address = 18446744073709551615 AND p7 > 2147483648`)).toEqual([[4n]]);
  });
});

describe('the folder', () => {
  it('is replaced as a whole when it holds such files alone, else left as it is', async () => {
    expect(await exported(lab('first-nested'), 'again', '--shard-rows', '10')).toMatchObject({ code: 0 });
    expect(await exported(lab('first-nested'), 'again')).toMatchObject({ code: 0 });
    expect(readdirSync(at('again'))).toEqual(['part-00000.parquet']);
    writeFileSync(at('again/notes.txt'), 'mine');
    expect(await exported(lab('first-nested'), 'again')).toMatchObject({ code: 2, err: expect.stringContaining('notes.txt is in the folder') });
    expect(readdirSync(at('again'))).toEqual(['notes.txt', 'part-00000.parquet']);
  });

  it('is not there, nor half of it, when the export was cancelled or a file is in its place', async () => {
    const controller = new AbortController();
    const source = recordSource({ level: null, records: 1_000_000, dropped: 0, omitted: 0, digest: null }, () => {
      controller.abort();
      return new Int32Array(RECORD_WORDS * 10);
    });
    const target = { file: at('cancelled'), format: 'parquet', matches: null } as const;
    await expect(exportTrace({ source, title: 'x', devices: [] }, target, { signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' });
    mkdirSync(at('place'));
    writeFileSync(at('place/file'), 'here');
    expect(await exported(lab('first-nested'), 'place/file')).toMatchObject({ code: 2, err: expect.stringContaining('the Parquet files cannot be written') });
    expect([existsSync(at('cancelled')), existsSync(at('cancelled.part')), statSync(at('place/file')).isFile(), readdirSync(at('place'))]).toEqual([false, false, true, ['file']]);
  });
});
