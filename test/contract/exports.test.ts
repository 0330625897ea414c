/** Traces as JSON lines, CSV and Chrome trace JSON: nothing lost, nothing half, and readable by what they are made for. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChromeTrace } from '../../src/formats/chrome-trace/chrome-trace.ts';
import { CSV_COLUMNS, csvCell } from '../../src/formats/csv/trace-csv.ts';
import { readTraceLine } from '../../src/formats/jsonl/read-lines.ts';
import { exportTrace } from '../../src/host/export/export-trace.ts';
import { BundleFile } from '../../src/host/bundle/bundle-file.ts';
import { recordSource } from '../../src/host/trace/record-source.ts';
import type { RecordSource } from '../../src/host/trace/record-source.ts';
import { decodeRecord, KIND, RECORD_WORDS } from '../../src/model/trace/record.ts';
import { cli } from '../cli/run-cli.ts';

const LABS = join(import.meta.dirname, '..', '..', 'resources', 'labs');
const labs = readdirSync(LABS, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'smmu-lab-exports-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Event {
  readonly ph: 'B' | 'E' | 'X' | 'M';
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly args: Readonly<Record<string, unknown>>;
}

interface Trace {
  readonly traceEvents: readonly Event[];
  readonly otherData: Readonly<Record<string, unknown>>;
}

/** Rows of a CSV, by RFC 4180. */
function rowsOf(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    rows.at(-1)!.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    if (end === '\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

/** What is wrong with the lanes of a trace: events that go back in time, ends of nothing, spans that cross. */
function complaints({ traceEvents }: Trace): string[] {
  const wrong: string[] = [];
  const named = new Set(traceEvents.filter(({ ph, name }) => ph === 'M' && name === 'thread_name').map(({ pid, tid }) => `${pid}/${tid}`));
  const lanes = new Map<string, Event[]>();
  for (const event of traceEvents.filter(({ ph }) => ph !== 'M')) {
    const lane = `${event.pid}/${event.tid}`;
    if (!named.has(lane)) wrong.push(`lane ${lane} has no name`);
    lanes.set(lane, [...(lanes.get(lane) ?? []), event]);
  }
  for (const [lane, events] of lanes) {
    let last = -1;
    const open: string[] = [];
    for (const { ph, name, ts } of events.filter((event) => event.ph !== 'X' || event.dur === 1)) {
      if (!Number.isInteger(ts) || ts < last) wrong.push(`lane ${lane}: ${ts} after ${last}`);
      last = ts;
      if (ph === 'B') open.push(name);
      if (ph === 'E' && open.pop() !== name) wrong.push(`lane ${lane}: the end of ${name} at ${ts} ends nothing`);
    }
    if (open.length > 0) wrong.push(`lane ${lane}: ${open.join()} never end`);
    wrong.push(...crossings(lane, events));
  }
  return wrong;
}

/** Of any two X events of a lane one holds the other, or they do not meet. */
function crossings(lane: string, events: readonly Event[]): string[] {
  const spans = events.filter(({ ph }) => ph === 'X').sort((a, b) => a.ts - b.ts || b.dur! - a.dur!);
  const ends: number[] = [];
  const wrong: string[] = [];
  for (const { name, ts, dur } of spans) {
    while (ends.length > 0 && ends.at(-1)! <= ts) ends.pop();
    if (ends.length > 0 && ts + dur! > ends.at(-1)!) wrong.push(`lane ${lane}: ${name} at ${ts} crosses the end of another`);
    ends.push(ts + dur!);
  }
  return wrong;
}

async function allOf(source: RecordSource): Promise<Int32Array> {
  const pieces: Int32Array[] = [];
  for await (const { words } of source.pieces()) pieces.push(words.slice());
  const all = new Int32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

async function exported(lab: string, format: string, ...more: string[]): Promise<string> {
  const file = at(`${lab}.${format}`);
  const result = await cli(['export', join(LABS, lab), '--to', file, '--format', format, ...more]);
  expect(result).toMatchObject({ code: 0, out: '', err: expect.stringMatching(/(^|\n)\d+ of \d+ records written\n$/) });
  return readFileSync(file, 'utf8');
}

describe.each(labs)('the trace of %s', (lab) => {
  it('is whole in all three formats', async () => {
    const bundle = at('bundle.smmulab');
    expect(await cli(['export', join(LABS, lab), '--to', bundle])).toMatchObject({ code: 0 });
    const opened = BundleFile.open(bundle);
    const records = await allOf(opened.trace());
    opened.close();
    const count = records.length / RECORD_WORDS;

    const jsonl = await exported(lab, 'jsonl');
    expect(jsonl.trimEnd().split('\n').flatMap((line, at) => { const read = readTraceLine(line, at + 1); return read.ok ? [...read.value] : []; })).toEqual([...records]);
    const [head, ...rows] = rowsOf(await exported(lab, 'csv'));
    expect([head, rows.length]).toEqual([CSV_COLUMNS, count]);
    const column = (name: string) => CSV_COLUMNS.indexOf(name);
    for (const [n, row] of rows.entries()) {
      const record = decodeRecord(records, n * RECORD_WORDS);
      expect([row.length, row[column('seq')], row[column('kind')]]).toEqual([CSV_COLUMNS.length, String(record.seq), record.kind]);
      expect(row[column('words')]!.split(' ').map((word) => parseInt(word, 16) | 0)).toEqual([...records.subarray(n * RECORD_WORDS, (n + 1) * RECORD_WORDS)]);
    }

    const trace = JSON.parse(await exported(lab, 'chrome')) as Trace;
    expect(complaints(trace)).toEqual([]);
    expect(trace.otherData).toMatchObject({ level: 'steps', records: count, dropped: 0 });
    const counted = (...kinds: string[]) => rows.filter((row) => kinds.includes(row[column('kind')]!)).length;
    const phases = (ph: string) => trace.traceEvents.filter((event) => event.ph === ph).length;
    expect(phases('B')).toBe(counted('STEP', 'TXN_BEGIN'));
    expect(phases('X')).toBe(count - counted('STEP', 'TXN_BEGIN', 'TXN_END', 'HOP_DATA'));
    expect(trace.traceEvents.filter(({ args }) => args['end'] !== undefined)).toEqual([]);
  }, 60_000);
});

describe('an export', () => {
  it('of a bundle and of a trace file is that of the lab', async () => {
    const lab = join(LABS, 'first-nested');
    expect(await cli(['export', lab, '--to', at('one.smmulab')])).toMatchObject({ code: 0 });
    for (const [format, from] of [['jsonl', 'one.smmulab'], ['csv', 'one.jsonl'], ['jsonl', 'one.jsonl']] as const) {
      const direct = await exported('first-nested', format);
      writeFileSync(at('one.jsonl'), await exported('first-nested', 'jsonl'));
      expect(await cli(['export', at(from), '--to', at('again'), '--format', format])).toMatchObject({ code: 0 });
      expect(readFileSync(at('again'), 'utf8')).toBe(direct);
    }
  });

  it('of a stored run names devices', async () => {
    const data = at('data');
    expect(await cli(['export', join(LABS, 'first-nested'), '--to', at('two.smmulab')])).toMatchObject({ code: 0 });
    const { out } = await cli(['import', at('two.smmulab'), '--data', data]);
    expect(await cli(['export', out.trim(), '--session', '--data', data, '--to', at('stored.json'), '--format', 'chrome'])).toMatchObject({ code: 0 });
    expect(readFileSync(at('stored.json'), 'utf8')).toBe(await exported('first-nested', 'chrome'));
    expect(await cli(['export', out.trim(), '--session', '--run', 'none', '--data', data, '--to', at('x'), '--format', 'csv'])).toMatchObject({ code: 2, err: expect.stringContaining('has no run none') });
  });

  it('holds what a filter selects, and says how much', async () => {
    const to = at('events.csv');
    const result = await cli(['export', join(LABS, 'first-nested'), '--to', to, '--format', 'csv', '--filter', 'kind == EVENT']);
    const [, ...rows] = rowsOf(readFileSync(to, 'utf8'));
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every((row) => row[CSV_COLUMNS.indexOf('kind')] === 'EVENT')).toBe(true);
    expect(result.err).toMatch(new RegExp(`(^|\n)${rows.length} of \\d+ records written\n$`));
    const documented = /^```csv\n(.*?)^```/ms.exec(readFileSync(join(LABS, '..', '..', 'docs', 'exports.md'), 'utf8'))![1];
    expect(readFileSync(to, 'utf8')).toBe(documented);
    expect(complaints(JSON.parse(await exported('first-nested', 'chrome', '--filter', 'kind == TXN_END || kind == STEP')) as Trace)).toEqual([]);
    rmSync(to);
    expect(await cli(['export', join(LABS, 'first-nested'), '--to', to, '--format', 'csv', '--filter', 'knd == EVENT'])).toMatchObject({ code: 2, err: expect.stringContaining('in --filter:1:1') });
    expect(await cli(['export', join(LABS, 'first-nested'), '--to', to, '--filter', 'kind == EVENT'])).toMatchObject({ code: 2, err: expect.stringContaining('a bundle holds all of a run') });
    expect(existsSync(to)).toBe(false);
  });

  it('of a file that is no trace names the line', async () => {
    const from = at('bad.jsonl');
    writeFileSync(from, `${(await exported('first-nested', 'jsonl')).split('\n', 1)[0]}\n{"seq": 1}\n`);
    expect(await cli(['export', from, '--to', at('bad.csv'), '--format', 'csv'])).toMatchObject({ code: 2, err: expect.stringContaining('bad.jsonl:2') });
    expect(await cli(['export', at('none.jsonl'), '--to', at('bad.csv'), '--format', 'csv'])).toMatchObject({ code: 2, err: expect.stringContaining('cannot be read') });
    expect(await cli(['export', from, '--to', at('bad.csv')])).toMatchObject({ code: 2, err: expect.stringContaining('a bundle is made of a lab or a session') });
    expect(existsSync(at('bad.csv'))).toBe(false);
  });

  it('that is cancelled, or whose trace ends early, leaves no file and the old one as it was', async () => {
    const to = at('kept.jsonl');
    writeFileSync(to, 'what was there');
    const info = { level: 'steps', records: 200_000, dropped: 0, omitted: 0, digest: null } as const;
    const words = new Int32Array(1000 * RECORD_WORDS).fill(KIND.REG_READ);
    const controller = new AbortController();
    const told: number[] = [];
    const progress = (done: number): void => {
      told.push(done);
      if (done === 5000) controller.abort();
    };
    const trace = { title: 'x', devices: [], source: recordSource(info, () => words) };
    const request = { file: to, format: 'jsonl', matches: null } as const;
    await expect(exportTrace(trace, request, { signal: controller.signal, progress })).rejects.toMatchObject({ code: 'cancelled' });
    expect(told).toEqual([1000, 2000, 3000, 4000, 5000]);
    const short = recordSource(info, (piece) => (piece < 3 ? words : new Int32Array(0)));
    await expect(exportTrace({ ...trace, source: short }, request)).rejects.toMatchObject({ code: 'trace-damaged', message: 'the trace ends after 3000 of 200000 records' });
    expect([readFileSync(to, 'utf8'), existsSync(`${to}.part`)]).toEqual(['what was there', false]);
    await expect(exportTrace(trace, { ...request, file: join(folder, 'none', 'x') })).rejects.toMatchObject({ code: 'unwritable', message: expect.stringMatching(/^the JSON lines cannot be written: ENOENT/) });
  });
});

describe('CSV', () => {
  it.each([['plain', 'plain'], ['a,b', '"a,b"'], ['say "no"', '"say ""no"""'], ['two\nlines', '"two\nlines"'], [null, ''], [0, '0']] as const)('%j is %j', (cell, text) => expect(csvCell(cell)).toBe(text));

  it('keeps its columns: those who read it count on them', () => {
    expect(CSV_COLUMNS.join()).toBe('seq,transaction,kind,sid,ssid,access,stage,level,space,address,verdict,rule,section,text,words');
  });
});

describe('a Chrome trace', () => {
  const record = (kind: number, seq: number, transaction = 0, sid = 0): number[] => [kind, seq, transaction, 0, sid, ...new Array<number>(RECORD_WORDS - 5).fill(0)];
  const traceOf = (...records: number[][]): Trace => {
    const text = new ChromeTrace({ title: 'x', level: null, records: records.length, dropped: 0, omitted: 0 }, new Map([[7, 'nic0']]));
    const parts = [text.head, ...records.map((words) => text.records(Int32Array.from(words))), text.end()];
    return JSON.parse(parts.join('')) as Trace;
  };
  const shape = ({ traceEvents }: Trace): string[] => traceEvents.filter(({ ph }) => ph !== 'M').map(({ ph, ts, pid, tid }) => `${ph}${ts} ${pid}/${tid}`);

  it('of nothing is one', () => expect(traceOf().traceEvents).toEqual([]));

  it('has a lane for each stream, with the name of its device', () => {
    const trace = traceOf(record(KIND.TXN_BEGIN, 0, 1, 7), record(KIND.TXN_END, 1, 1, 7), record(KIND.TXN_BEGIN, 2, 2, 8), record(KIND.TXN_END, 3, 2, 8));
    expect(shape(trace)).toEqual(['B0 2/1', 'E1 2/1', 'B2 2/2', 'E3 2/2']);
    expect(trace.traceEvents.filter(({ ph }) => ph === 'M').map(({ args }) => args['name'])).toEqual(['streams', 'nic0 (StreamID 0x7)', 'StreamID 0x8']);
  });

  it('ends what the trace does not end, and shows an end without a beginning as one record', () => {
    const trace = traceOf(record(KIND.TXN_BEGIN, 0, 1), record(KIND.TXN_BEGIN, 5, 2), record(KIND.TXN_END, 7, 3), record(KIND.READ, 9, 2));
    expect(shape(trace)).toEqual(['B0 2/1', 'E5 2/1', 'B5 2/1', 'X7 2/1', 'X9 2/1', 'E10 2/1']);
    expect(complaints(trace)).toEqual([]);
  });

  it('goes on where sequence numbers begin again', () => {
    expect(shape(traceOf(record(KIND.REG_READ, 0), record(KIND.REG_READ, 8), record(KIND.REG_READ, 0), record(KIND.REG_READ, 1)))).toEqual(['X0 5/1', 'X8 5/1', 'X9 5/1', 'X10 5/1']);
  });
});
