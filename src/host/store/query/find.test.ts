/** A filter over a stored trace gives what it gave while the trace was made, and reads only what may matter. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KIND, PAYLOAD, RECORD_BYTES, RECORD_WORDS, RNW, SSV, STATUS } from '../../../model/trace/record.ts';
import { EVENTS } from '../../../model/spec/index.ts';
import { compileFilter, registryOf } from '../../../query/index.ts';
import { RunFilters } from '../../filter/run-filters.ts';
import { TraceLog } from '../../trace/trace-log.ts';
import { migrate, MIGRATIONS } from '../migrations.ts';
import { Runs } from '../runs.ts';
import { CHUNK_RECORDS } from '../trace-indexer.ts';
import { chunkWhere } from './chunk-condition.ts';
import { find } from './find.ts';
import { runSql } from './sql.ts';
import { StoredTrace } from './stored-trace.ts';

const DEVICES = [[3, 'nic0'], [9, 'gpu0']] as const;
const TRANSACTIONS = 30_000;

/** Some 90,000 records: transactions of changing streams, every 50th faults with an event, some have but one record. */
function trace(): Int32Array {
  const words: number[] = [];
  let seq = 0;
  const record = (kind: number, txn: number, sid: number, more: Readonly<Record<number, number>> = {}): void => {
    // The only one of its kind, and the first record of a chunk.
    if (seq === 3 * CHUNK_RECORDS && kind !== KIND.SEV) record(KIND.SEV, 0, 0);
    const one = new Array<number>(RECORD_WORDS).fill(0);
    Object.assign(one, more);
    [one[0], one[1], one[2], one[4]] = [kind | (one[0] ?? 0), seq++, txn, sid];
    words.push(...one);
  };
  for (let txn = 1; txn <= TRANSACTIONS; txn++) {
    if (txn % 3000 === 1) record(KIND.STEP, 0, 0, { [PAYLOAD]: Math.floor(txn / 3000) });
    const sid = txn < 10_000 ? txn % 4 : txn < 20_000 ? txn % 1000 : 9;
    const faulty = txn % 50 === 0 && txn > 8000;
    const event = EVENTS.cases[txn % EVENTS.cases.length]!.number;
    const client = { 5: txn % 7 === 0 ? SSV | txn % 16 : RNW, 6: txn * 4096, 7: txn % 3 };
    if (faulty) record(KIND.EVENT, txn, sid, { [PAYLOAD]: event, [PAYLOAD + 1]: sid });
    if (txn % 2 === 0) record(KIND.TXN, txn, sid, { ...client, [PAYLOAD]: 64, [PAYLOAD + 4]: faulty ? STATUS.FAULT | (event << 11) : 12 << 5, [PAYLOAD + 6]: txn % 25 });
    else {
      record(KIND.TXN_BEGIN, txn, sid, { ...client, [PAYLOAD]: 4 });
      record(KIND.TXN_END, txn, sid, { [PAYLOAD]: STATUS.SUCCESS, [PAYLOAD + 2]: txn * 4096, [PAYLOAD + 4]: 12, [PAYLOAD + 6]: txn % 25 });
    }
    if (txn % 500 === 0) record(KIND.COMMAND, 0, 0, { [PAYLOAD]: 0x10 });
  }
  record(KIND.EVENT, 0, 0, { [PAYLOAD]: 1 });
  record(KIND.TXN_BEGIN, TRANSACTIONS + 1, 3, {});
  record(KIND.EVENT, TRANSACTIONS + 1, 3, { [PAYLOAD]: 2 });
  return Int32Array.from(words);
}

const words = trace();
const RUN = { sessionId: 's', version: 1, when: '', digest: null, records: words.length / RECORD_WORDS, transactions: 0, faults: 0, details: '{}', level: 'steps' as const, dropped: 0, omitted: 0 };
let folder: string;
let db: Database.Database;
let runId: string;
let log: TraceLog;
let live: RunFilters;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'smmu-lab-find-'));
  db = new Database(join(folder, 'lab.sqlite3'));
  migrate(db, MIGRATIONS);
  db.exec("INSERT INTO session (id, title, created, saved) VALUES ('s', 'Found', '', ''); INSERT INTO document VALUES ('s', 1, '', '', '', '')");
  const runs = new Runs(db);
  runId = runs.begin(RUN)!;
  for (let at = 0; at < words.length; at += 65_536 * RECORD_WORDS) {
    const part = words.subarray(at, at + 65_536 * RECORD_WORDS);
    runs.append(runId, new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  }
  runs.finish(runId, null);
  log = new TraceLog({ spoolFolder: folder });
  log.append(words);
  live = new RunFilters(log);
  live.name(DEVICES);
});
afterAll(() => {
  db.close();
  log.close();
  rmSync(folder, { recursive: true });
});

const number = fc.oneof(fc.integer({ min: 0, max: 1100 }), fc.integer({ min: 0, max: TRANSACTIONS + 5 }));
const range = (name: string) => fc.tuple(number, number).map(([a, b]) => `${name} in ${Math.min(a, b)}..${Math.max(a, b)}`);
const leaf = fc.oneof(
  range('txn'), range('sid'), range('sid'), number.map((n) => `txn == ${n}`), number.map((n) => `sid == ${n}`), number.map((n) => `sid != ${n}`),
  fc.constantFrom('status == fault', 'status != success', 'device == nic0', 'device == gpu0', 'has(ssid)', 'access == read', 'evt.type matches "F_*"', 'has(evt.type)', 'reads > 20', 'event == F_TRANSLATION', 'kind == COMMAND', 'kind in {TXN, EVENT}', 'kind != TXN', 'has(age(cmd.CFGI_ALL))', 'age(TXN_END) == 1', 'age(EVENT) < 20', 'age(F_TRANSLATION) > 60'),
  fc.integer({ min: 0, max: 12 }).map((n) => `step <= ${n}`), number.map((n) => `age(COMMAND) > ${n % 520}`), number.map((n) => `age(STEP) <= ${n}`),
);
const { text: filters } = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.tuple(tie('text'), fc.constantFrom('&&', '||'), tie('text')).map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    tie('text').map((inner) => `!(${inner})`),
  ),
}));

const stored = (list: 'transactions' | 'events' | 'records', filter: string): number[] => find(db, { runId, list, filter, devices: DEVICES, from: 0, count: Infinity }).positions;

/** What matched while it ran. */
function positionsOf(list: 'transactions' | 'events' | 'records', filter: string): number[] {
  const matches = live.matches(list, filter);
  return Array.from({ length: matches.length }, (_, n) => matches.at(n)!);
}

describe('a filter of a stored trace', () => {
  it.each(['transactions', 'events', 'records'] as const)('matches the same %s as while it ran', (list) => {
    let some = 0;
    fc.assert(
      fc.property(filters, (text) => {
        if (!compileFilter(text, registryOf(list, DEVICES)).ok) return;
        const wanted = positionsOf(list, text);
        if (wanted.length > 0) some++;
        expect([text, stored(list, text)]).toEqual([text, wanted]);
      }),
      { numRuns: 60 },
    );
    expect(some).toBeGreaterThan(10);
  });

  it.each([
    ['transactions', 'txn in 9000..9010', 1],
    ['transactions', 'status == fault && txn < 4096', 0],
    ['transactions', 'sid == 3 && txn < 4097', 1],
    ['transactions', 'sid == 500', 3],
    ['records', 'kind == EVENT', 17],
  ] as const)('of %s %s reads %i chunks at most', (list, text, most) => {
    const compiled = compileFilter(text, registryOf(list, DEVICES));
    if (!compiled.ok) throw new Error(compiled.error.message);
    const read = [...new StoredTrace(db, runId).chunks(list, chunkWhere(compiled.value.condition, list))].length;
    expect(read).toBeLessThanOrEqual(most);
  });

  it.each(['transactions', 'records'] as const)('finds the first and the last transaction of each chunk of %s', (list) => {
    const ends = db.prepare(`SELECT first_txn, last_txn FROM ${list === 'records' ? 'chunk' : 'transaction_chunk'}`).raw().all() as number[][];
    expect(ends.length).toBeGreaterThan(3);
    for (const txn of ends.flat()) expect(stored(list, `txn == ${txn}`)).toEqual(positionsOf(list, `txn == ${txn}`));
  });

  it('counts from a record that begins a chunk', () => {
    const after = positionsOf('transactions', 'age(SEV) == 0');
    expect(after).toHaveLength(1);
    expect(stored('transactions', 'age(SEV) == 0')).toEqual(after);
  });

  it('passes over no chunk for values that its index has no bit of', () => {
    const compiled = compileFilter('kind != TXN', registryOf('records', DEVICES));
    expect(compiled.ok && chunkWhere(compiled.value.condition, 'records').parameters).toEqual([-1n]);
  });

  it('counts an event once its transaction has ended', () => {
    expect(stored('events', `txn == ${TRANSACTIONS + 1}`)).toEqual([]);
    expect(stored('records', `kind == EVENT && txn == ${TRANSACTIONS + 1}`)).toHaveLength(1);
  });

  it.each([
    ['a chunk that was cut off', (): void => void db.prepare('UPDATE chunk SET data = ? WHERE number = 0').run(deflateRawSync(new Uint8Array(RECORD_BYTES))), 'store-damaged'],
    ['a trace that an earlier version stored', (): void => void db.exec('UPDATE run SET indexed = 0'), 'not-indexed'],
  ])('refuses %s', (_, change, code) => {
    db.exec('SAVEPOINT whole');
    try {
      change();
      expect(() => stored('records', 'txn == 1')).toThrow(expect.objectContaining({ code }));
    } finally {
      db.exec('ROLLBACK TO whole; RELEASE whole');
    }
  });

  it('gives a window of the matches, and says which text is none', () => {
    expect(find(db, { runId, list: 'transactions', filter: 'sid == 9', devices: [], from: 100, count: 3 })).toEqual({ total: 10_011, positions: [20_089, 20_090, 20_091] });
    expect(() => stored('transactions', 'sidd == 9')).toThrow('did you mean');
    expect(() => find(db, { runId: 'none', list: 'events', filter: 'stall', devices: [], from: 0, count: 1 })).toThrow('no run none');
  });
});

describe('SQL', () => {
  const sql = (text: string, limit = 100) => runSql(db, { session: 'Found', sql: text, limit });

  it('has the transactions and records of the newest run, or of one that is named', () => {
    expect(sql('SELECT status, count(*) AS n FROM transactions GROUP BY status ORDER BY n').rows.map(([, n]) => n)).toEqual([1, 440, 29_560]);
    expect(sql(`SELECT count(*) FROM transactions('${runId}') WHERE sid = 3`).rows).toEqual([[live.matches('transactions', 'sid == 3').length + 1]]);
    expect(sql("SELECT kind, count(*) FROM records WHERE kind = 'COMMAND'")).toEqual({ columns: ['kind', 'count(*)'], rows: [['COMMAND', 60]], more: false });
    expect(sql('SELECT title FROM session')).toMatchObject({ rows: [['Found']] });
    expect(sql('SELECT txn FROM transactions', 2)).toEqual({ columns: ['txn'], rows: [[1], [2]], more: true });
  });

  it.each(["DELETE FROM session", "ATTACH 'x' AS y", 'SELECT nonsense', 'SELECT 1; SELECT 2', 'CREATE TABLE x (y)'])('refuses %s', (text) => {
    expect(() => sql(text)).toThrow(expect.objectContaining({ code: 'sql' }));
  });
});
