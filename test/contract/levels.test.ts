/** A trace of level `transactions` tells the same of each transaction as one of level `steps`, in one record. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLab } from '../../src/formats/lab/files.ts';
import { parseLab } from '../../src/formats/lab/index.ts';
import { eventRows } from '../../src/host/rows/event-rows.ts';
import { transactionRows } from '../../src/host/rows/transaction-rows.ts';
import { recordsOf } from '../../src/host/rows/records.ts';
import { RunRecord } from '../../src/host/run/run-record.ts';
import type { Params } from '../../src/protocol/contract.ts';
import { TraceLog } from '../../src/host/trace/trace-log.ts';
import { createRunner } from '../../src/model/lab/index.ts';
import { KIND, RECORD_WORDS } from '../../src/model/trace/record.ts';
import { Recorder } from '../../src/model/trace/recorder.ts';
import type { TraceLevel } from '../../src/model/trace/recorder.ts';
import { stepOf } from '../../src/model/trace/steps.ts';
import { TraceBuffer } from '../../src/model/trace/sink.ts';
import { startHost } from './hosts.ts';

const LABS = join(import.meta.dirname, '..', '..', 'resources', 'labs');

function runAt(lab: string, level: TraceLevel): { readonly run: RunRecord; readonly records: Int32Array } {
  const read = readLab(join(LABS, lab));
  if (!read.ok) throw new Error(read.error.message);
  const parsed = parseLab(read.value.documents);
  if (!parsed.ok) throw new Error(lab);
  const buffer = new TraceBuffer();
  const runner = createRunner(parsed.value, { recorder: new Recorder(buffer, level) });
  if (!runner.ok) throw new Error(runner.error.message);
  runner.value.run();
  runner.value.release();
  const run = new RunRecord(new TraceLog({ spoolFolder: tmpdir() }));
  run.log.append(buffer.taken());
  return { run, records: buffer.taken() };
}

const positions = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

it('is what a host was told to record, whole or in part, and a stored run says which', async () => {
  const lab = startHost();
  const client = lab.connect();
  const read = readLab(join(LABS, 'first-nested'));
  if (!read.ok) throw new Error(read.error.message);
  const { documents } = read.value;
  if (typeof documents === 'string') throw new Error('a lab of three files is three texts');
  const run = async (options: Params<'recording.set'>) => {
    await client.call('recording.set', options);
    await client.call('run.load', { documents });
    return client.call('run.run', {});
  };
  const steps = await run({});
  const whole = await run({ level: 'transactions' });
  expect(whole).toMatchObject({ level: 'transactions', omitted: 0, transactions: steps.transactions, faults: steps.faults, events: steps.events });
  expect(whole.records).toBeLessThan(steps.records);
  expect(new Set([steps.digest, whole.digest, undefined]).size).toBe(3);
  const faults = await run({ level: 'steps', beforeFaults: 3 });
  expect(faults).toMatchObject({ events: steps.events });
  expect([faults.records + faults.omitted, faults.digest]).toEqual([steps.records, undefined]);
  expect(faults.records).toBeLessThan(steps.records / 2);
  const { id } = await client.call('sessions.save', { title: 'Faults', documents });
  const [stored] = (await client.call('sessions.open', { id })).runs;
  expect(stored).toMatchObject({ digest: null, records: faults.records, omitted: faults.omitted, dropped: 0, level: 'steps' });
  expect(await client.call('runs.open', { runId: stored!.id })).toMatchObject({ omitted: faults.omitted, events: steps.events });
  expect((await client.call('transactions.window', { from: 0, count: 10 })).rows.every(({ txn }) => txn > 0)).toBe(true);
  const limited = await run({ beforeFaults: null, limit: 10 });
  expect([limited.records, limited.omitted]).toEqual([10, steps.records - 10]);
  await run({ limit: 1000 });
  await client.call('recording.pause', { paused: true });
  await client.call('run.reset', {});
  expect(await client.call('run.state', {})).toMatchObject({ paused: false });
  expect(lab.reported).toEqual([]);
  await lab.end();
});

it('has a row for each transaction of a recording that lacks the end of some', () => {
  const { records } = runAt('first-nested', 'steps');
  const run = new RunRecord(new TraceLog({ spoolFolder: tmpdir() }));
  let ends = 0;
  for (const n of positions(records.length / RECORD_WORDS)) {
    const isSecondEnd = (records[n * RECORD_WORDS]! & 0xff) === KIND.TXN_END && ++ends === 2;
    if (!isSecondEnd) run.log.append(records.subarray(n * RECORD_WORDS, (n + 1) * RECORD_WORDS));
  }
  const rows = transactionRows(run, positions(run.log.index.transactions));
  expect(rows.map(({ txn }) => txn)).toEqual(positions(ends).map((n) => n + 1));
  expect(rows[1]).toMatchObject({ status: 'unknown', pa: null, why: 'The recording does not have its end.' });
  expect(rows.filter(({ status }) => status === 'unknown')).toHaveLength(1);
});

describe.each(['first-nested', 'stale-tlb', 'stall-resume', 'nested-ats', 'pri-round-trip', 'leaf-lost'])('%s', (lab) => {
  const steps = runAt(lab, 'steps');
  const whole = runAt(lab, 'transactions');

  it('has the same rows of transactions and events', () => {
    const { transactions, events, faults } = steps.run.log.index;
    expect(whole.run.log.index).toMatchObject({ transactions, events, faults });
    // What a fault happened at is a step.
    const rows = (run: RunRecord): unknown[] => transactionRows(run, positions(transactions)).map((row) => ({ ...row, why: '' }));
    expect(rows(whole.run)).toEqual(rows(steps.run));
    expect(rows(steps.run)).toHaveLength(transactions);
    expect(eventRows(whole.run, positions(events))).toEqual(eventRows(steps.run, positions(events)));
    for (const text of ['status == fault', 'has(evt.type)', 'reads > 3', 'txn > 2 && access == read']) {
      const found = (run: RunRecord): unknown => positions(transactions).map((n) => run.filters.matches('transactions', text).at(n));
      expect([text, found(whole.run)]).toEqual([text, found(steps.run)]);
    }
  });

  it('has one record a transaction', () => {
    const kinds = positions(whole.records.length / RECORD_WORDS).map((n) => whole.records[n * RECORD_WORDS]! & 0xff);
    const count = (kind: number): number => kinds.filter((one) => one === kind).length;
    expect(count(KIND.TXN)).toBe(steps.run.log.index.transactions);
    for (const kind of [KIND.TXN_BEGIN, KIND.TXN_END, KIND.READ, KIND.LOOKUP, KIND.FILL, KIND.WALK]) expect(count(kind)).toBe(0);
    expect(whole.records.length).toBeLessThan(steps.records.length);
    const ends = (run: RunRecord): unknown => [recordsOf(run, 1)[0], recordsOf(run, 1).at(-1)].map((record) => (record === undefined ? '' : stepOf(record).text));
    expect(ends(whole.run)).toEqual(ends(steps.run));
  });
});
