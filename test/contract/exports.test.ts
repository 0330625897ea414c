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
  readonly ph: 'X' | 'M';
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
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

/** Keys of the Trace Event Format by phase. */
const KEYS = { M: 'ph,name,pid,tid,args', X: 'ph,name,pid,tid,ts,dur,args' } as const;

/** What a viewer would complain of: events of another form, lanes without a name or place, two lanes of one number, spans that cross. */
function complaints({ traceEvents }: Trace): string[] {
  const wrong = traceEvents.flatMap((event, n) => (Object.keys(event).join() === KEYS[event.ph] && event.name !== '' && (event.ph === 'M' || (Number.isInteger(event.ts) && event.ts >= 0 && Number.isInteger(event.dur) && event.dur > 0)) ? [] : [`event ${n}: ${JSON.stringify(event)}`]));
  const told = (what: string): Map<number, Event> => new Map(traceEvents.filter(({ ph, name }) => ph === 'M' && name === what).map((event) => [what.startsWith('process') ? event.pid : event.tid, event]));
  const [groups, lanes, places] = [told('process_name'), told('thread_name'), told('thread_sort_index')];
  const events = new Map<number, Event[]>();
  for (const event of traceEvents) {
    if (!groups.has(event.pid) || lanes.get(event.tid)?.pid !== event.pid || !places.has(event.tid)) wrong.push(`lane ${event.pid}/${event.tid} has no name or no place`);
    if (event.tid === event.pid) wrong.push(`lane ${event.tid} is the main thread`);
    if (event.ph !== 'X') continue;
    const own = events.get(event.tid);
    if (own === undefined) events.set(event.tid, [event]);
    else own.push(event);
  }
  return [...new Set([...wrong, ...[...events].flatMap(([lane, own]) => crossings(lane, own))])];
}

/** Of any two X events of a lane one holds the other, or they do not meet. */
function crossings(lane: number, events: readonly Event[]): string[] {
  const spans = [...events].sort((a, b) => a.ts - b.ts || b.dur - a.dur);
  const ends: number[] = [];
  const wrong: string[] = [];
  for (const { name, ts, dur } of spans) {
    while (ends.length > 0 && ends.at(-1)! <= ts) ends.pop();
    if (ends.length > 0 && ts + dur > ends.at(-1)!) wrong.push(`lane ${lane}: ${name} at ${ts} crosses the end of another`);
    ends.push(ts + dur);
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

const bytesOf = (words: Int32Array): Buffer => Buffer.from(words.buffer, words.byteOffset, words.byteLength);

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
    const again = jsonl.trimEnd().split('\n').map((line, at) => readTraceLine(line, at + 1));
    expect(Buffer.compare(Buffer.concat(again.map((read) => (read.ok ? bytesOf(read.value) : Buffer.alloc(0)))), bytesOf(records))).toBe(0);
    const [head, ...rows] = rowsOf(await exported(lab, 'csv'));
    expect([head, rows.length]).toEqual([CSV_COLUMNS, count]);
    const column = (name: string) => CSV_COLUMNS.indexOf(name);
    // One look at all rows: a lab may have hundreds of thousands.
    const differing = rows.filter((row, n) => {
      const from = n * RECORD_WORDS;
      const { seq, kind } = decodeRecord(records, from);
      const words = row[column('words')]!.split(' ');
      const same = words.length === RECORD_WORDS && words.every((word, i) => (parseInt(word, 16) | 0) === records[from + i]);
      return !same || row.length !== CSV_COLUMNS.length || row[column('seq')] !== String(seq) || row[column('kind')] !== kind;
    });
    expect(differing).toEqual([]);

    const trace = JSON.parse(await exported(lab, 'chrome')) as Trace;
    expect(complaints(trace)).toEqual([]);
    expect(trace.otherData).toMatchObject({ level: 'steps', records: count, dropped: 0 });
    const counted = (...kinds: string[]) => rows.filter((row) => kinds.includes(row[column('kind')]!)).length;
    const shown = trace.traceEvents.filter(({ ph }) => ph === 'X');
    expect(shown.filter(({ args }) => args['seq'] !== undefined).length).toBe(count - counted('TXN_END', 'HOP_DATA'));
    // What came before step 1 has a span of its own: as much as the lab took to come up.
    expect(shown.filter(({ args }) => args['seq'] === undefined).map(({ name, ts }) => [name, ts])).toEqual([['before step 1', 0]]);
    expect(shown.filter(({ args }) => typeof args['ends'] === 'string').length).toBe(counted('TXN_END'));
    expect(shown.filter(({ args }) => args['ends'] === 'not in the trace')).toEqual([]);
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
  /** In the order of time: where from, where to, and its lane. */
  const shape = ({ traceEvents }: Trace): string[] =>
    traceEvents
      .filter(({ ph }) => ph !== 'M')
      .sort((a, b) => a.ts - b.ts || b.dur - a.dur)
      .map(({ ts, dur, pid, tid }) => `${ts}-${ts + dur} ${pid}/${tid}`);

  it('of nothing is one', () => expect(traceOf().traceEvents).toEqual([]));

  it('has a lane for each stream, with the name of its device', () => {
    const trace = traceOf(record(KIND.TXN_BEGIN, 0, 1, 7), record(KIND.TXN_END, 1, 1, 7), record(KIND.TXN_BEGIN, 2, 2, 8), record(KIND.TXN_END, 3, 2, 8));
    expect(shape(trace)).toEqual(['0-2 2/10', '2-4 2/11']);
    expect(trace.traceEvents.flatMap(({ ph, args }) => (ph === 'M' && args['name'] !== undefined ? [args['name']] : []))).toEqual(['streams', 'nic0 (StreamID 0x7)', 'StreamID 0x8']);
  });

  it('ends what the trace does not end, and shows an end without a beginning as one record', () => {
    const trace = traceOf(record(KIND.TXN_BEGIN, 0, 1), record(KIND.TXN_BEGIN, 5, 2), record(KIND.TXN_END, 7, 3), record(KIND.READ, 9, 2));
    expect(shape(trace)).toEqual(['0-5 2/10', '5-10 2/10', '7-8 2/10', '9-10 2/10']);
    expect(complaints(trace)).toEqual([]);
  });

  it('goes on where sequence numbers begin again', () => {
    expect(shape(traceOf(record(KIND.REG_READ, 0), record(KIND.REG_READ, 8), record(KIND.REG_READ, 0), record(KIND.REG_READ, 1)))).toEqual(['0-1 5/10', '8-9 5/10', '9-10 5/10', '10-11 5/10']);
  });

  it('has the hops in the order in which a request goes through them, with their answers in words', () => {
    const hop = (n: number, seq: number, answer: number): number[] => [KIND.HOP, seq, 0, 0, 0, 0, 0, 0, n, 0, answer, 1, seq, 2, 0, 0];
    const { traceEvents } = traceOf(hop(4, 0, -22), hop(0, 1, 0));
    expect(traceEvents.filter(({ name }) => name === 'thread_sort_index').map(({ args }) => args['sort_index'])).toEqual([4, 0]);
    expect(traceEvents.flatMap(({ args }) => args['answer'] ?? [])).toEqual(['-EINVAL (invalid argument)', '0']);
  });
});
