import { describe, expect, it, vi } from 'vitest';
import { KIND, PAYLOAD, PNU, PURPOSE, RECORD_WORDS, RNW, SPACE, SSV, STATUS } from '../../model/trace/record.ts';
import { EVENTS, ruleNumber } from '../../model/spec/index.ts';
import { compileFilter, toStreamPredicate } from '../../query/index.ts';
import { tmpdir } from 'node:os';
import { TraceLog } from '../trace/trace-log.ts';
import type { FilterList } from '../../protocol/contract.ts';
import { elementsOf } from './elements.ts';
import { RunFilters } from './run-filters.ts';

const F_TRANSLATION = EVENTS.byName.get('F_TRANSLATION')!.number;

/** A trace written word by word. */
class Trace {
  readonly log = new TraceLog({ spoolFolder: tmpdir() });
  readonly index = this.log.index;
  readonly filters = new RunFilters(this.log);
  #txn = 0;

  record(kind: number, words: Readonly<Record<number, number>> = {}, head = 0): void {
    const record = new Int32Array(RECORD_WORDS);
    for (const [at, word] of Object.entries(words)) record[Number(at)] = word;
    record[0] = kind | head;
    record[1] = this.log.records;
    record[2] = this.#txn;
    this.log.append(record);
  }

  begin(sid: number, iova: number, client = 0): void {
    this.#txn = this.index.transactions + 1;
    this.record(KIND.TXN_BEGIN, { 4: sid, 5: client, 6: iova, [PAYLOAD]: 64 });
  }

  end(status: number, words: Readonly<Record<number, number>> = {}): void {
    this.record(KIND.TXN_END, { 3: ruleNumber('ok.translated'), [PAYLOAD]: status, ...words });
    this.#txn = 0;
  }

  fault(sid: number, iova: number): void {
    this.begin(sid, iova);
    this.record(KIND.EVENT, { [PAYLOAD]: F_TRANSLATION, [PAYLOAD + 1]: sid, [PAYLOAD + 2]: 0x8000_0005 | 0, [PAYLOAD + 4]: iova });
    this.end(STATUS.FAULT, { 3: ruleNumber('s2.invalid'), [PAYLOAD + 1]: F_TRANSLATION });
  }

  found(text: string, list: FilterList = 'transactions'): number[] {
    const matches = this.filters.matches(list, text);
    return Array.from({ length: matches.length }, (_, n) => matches.at(n)!);
  }
}

describe('filters of a run', () => {
  it('follow the trace as it grows; a transaction counts once it has ended', () => {
    const trace = new Trace();
    trace.fault(0x10, 0x1000);
    expect(trace.found('status == fault')).toEqual([0]);
    trace.begin(0x11, 0x2000);
    trace.record(KIND.EVENT, { [PAYLOAD]: F_TRANSLATION, [PAYLOAD + 1]: 0x11 });
    expect(trace.found('status == fault')).toEqual([0]);
    expect(trace.found('status == fault', 'events')).toEqual([0]);
    trace.end(STATUS.FAULT, { [PAYLOAD + 1]: F_TRANSLATION });
    trace.fault(0x12, 0x3000);
    expect(trace.found('status == fault')).toEqual([0, 1, 2]);
    expect(trace.found('status == fault', 'events')).toEqual([0, 1, 2]);
    const matches = trace.filters.matches('transactions', 'sid in {0x10, 0x12}');
    expect([0, 1, 2, 3].map((position) => matches.before(position))).toEqual([0, 1, 1, 2]);
    expect(matches.at(2)).toBeUndefined();
  });

  it('know every field of a transaction and of the event it made', () => {
    const trace = new Trace();
    trace.record(KIND.STEP, { [PAYLOAD]: 4 });
    trace.begin(0x10, 0x1234, SSV | RNW | PNU | 7);
    trace.record(KIND.READ_STRUCT, { [PAYLOAD + 4]: 42 }, PURPOSE.STE << 20);
    trace.record(KIND.WALK, { 6: 0x5678, 7: 1 }, (PURPOSE.IN << 20) | (SPACE.IPA << 13));
    trace.end(STATUS.SUCCESS, { [PAYLOAD + 2]: 0x9678, [PAYLOAD + 3]: 2, [PAYLOAD + 4]: 21, [PAYLOAD + 6]: 24 });
    trace.fault(0x10, 0x2000);
    const texts = [
      'txn == 1', 'step == 5 && txn < 2', 'sid == 0x10 && !has(evt.type)', 'ssid == 7', 'privileged', 'access == read', 'iova == 0x1234', 'ipa == 0x1_0000_5678', 'pa == 0x2_0000_9678',
      'vmid == 42', 'walk.reads > 12', 'pageSize == 2M', 'status == success', 'response == ok && !stall', 'rule == ok.translated', 'length == 64 && txn != 2',
    ];
    for (const text of texts) expect([text, trace.found(text)]).toEqual([text, [0]]);
    const faults = ['event == F_TRANSLATION', 'evt.type == F_TRANSLATION', 'stall', 'evt.STAG == 5', 'rule matches "s2.*"', 'evt.InputAddr == 0x2fff/12', '!has(pa)', 'pa != 0x2_0000_9678 || !has(pa)', 'evt.verdict == written'];
    for (const text of faults) expect([text, trace.found(text)]).toEqual([text, [1]]);
    expect(trace.found('sid == 0x10 && stall', 'events')).toEqual([0]);
    expect(trace.found('walk.reads > 12', 'events')).toEqual([]);
  });

  it('give a cached configuration the VMID of the transaction that filled the cache', () => {
    const trace = new Trace();
    trace.begin(1, 0);
    trace.record(KIND.READ_STRUCT, { [PAYLOAD + 4]: 9 }, PURPOSE.STE << 20);
    trace.end(STATUS.SUCCESS);
    trace.begin(1, 0);
    trace.record(KIND.LOOKUP, { [PAYLOAD]: 1, [PAYLOAD + 4]: 1 }, 2 << 16);
    trace.end(STATUS.SUCCESS);
    trace.begin(2, 0);
    trace.end(STATUS.SUCCESS);
    expect(trace.found('vmid == 9')).toEqual([0, 1]);
    expect(trace.found('!has(vmid)')).toEqual([2]);
  });

  it('count transactions since a record, also while the trace grows and over its records as they come', () => {
    const trace = new Trace();
    const access = (): void => {
      trace.begin(1, 0);
      trace.end(STATUS.SUCCESS);
    };
    const sync = (): void => trace.record(KIND.COMMAND, { [PAYLOAD]: 0x46 });
    access();
    expect(trace.found('has(age(CMD_SYNC))')).toEqual([]);
    sync();
    trace.record(KIND.COMMAND, { [PAYLOAD]: 0x10 });
    access();
    access();
    expect(trace.found('age(cmd.SYNC) >= 1')).toEqual([2]);
    trace.fault(1, 0);
    sync();
    sync();
    access();
    expect(trace.found('age(cmd.SYNC) >= 1')).toEqual([2, 3]);
    expect([0, 1, 2].map((age) => trace.found(`age(CMD_SYNC) == ${age}`))).toEqual([[1, 4], [2], [3]]);
    expect(trace.found('age(CMD_SYNC) != 0')).toEqual([2, 3]);
    expect(trace.found('!(age(CMD_SYNC) == 0)')).toEqual([0, 2, 3]);
    expect(trace.found('age(CMD_SYNC) == 2', 'events')).toEqual([0]);
    // What it did itself is not before it.
    expect([trace.found('has(age(F_TRANSLATION))'), trace.found('age(TXN_BEGIN) == 0')]).toEqual([[4], [1, 2, 3, 4]]);

    for (const text of ['age(CMD_SYNC) == 2', '!has(age(CMD_SYNC)) && has(txn)', 'age(EVENT) < 3']) {
      const filter = compileFilter(text, trace.filters.registry('records'));
      if (!filter.ok) throw new Error(filter.error.message);
      const matches = toStreamPredicate(filter.value.condition);
      const record = trace.log.read(0, trace.log.records);
      const streamed = Array.from({ length: trace.log.records }, (_, n) => n).filter((n) => matches({ record, recordAt: n * RECORD_WORDS, transaction: record, transactionAt: -1 }));
      expect(streamed.length).toBeGreaterThan(0);
      expect([text, trace.found(text, 'records')]).toEqual([text, streamed]);
    }
  });

  it('read what colour rules count from a little at a time, as far as the rows go, until they are cancelled', async () => {
    const trace = new Trace();
    trace.record(KIND.COMMAND, { [PAYLOAD]: 0x46 });
    const many = new Int32Array(200_000 * RECORD_WORDS);
    for (let n = 0; n < 200_000; n++) many.set([n % 2 === 0 ? KIND.TXN_BEGIN : KIND.TXN_END, n, (n >> 1) + 1], n * RECORD_WORDS);
    trace.log.append(many);
    const read = vi.spyOn(trace.log, 'read');
    const rules = ['age(CMD_SYNC) == 99999', 'status == fault', 'no filter'];
    const [first] = await trace.filters.tests('transactions', rules, 1000, {});
    expect([typeof first, read.mock.calls.reduce((sum, [, count]) => sum + count, 0)]).toEqual(['function', 1000]);
    const told: number[] = [];
    const controller = new AbortController();
    // By then some of it is read: the rest is left to who asks next.
    setTimeout(() => controller.abort(), 0);
    vi.spyOn(performance, 'now').mockImplementation(() => told.length * 100 + read.mock.calls.length * 100);
    await expect(trace.filters.tests('transactions', rules, 200_001, { signal: controller.signal, progress: (done) => void told.push(done) })).rejects.toMatchObject({ code: 'cancelled' });
    const some = read.mock.calls.reduce((sum, [, count]) => sum + count, 0);
    expect([told.length > 0, some < 200_000]).toEqual([true, true]);
    const tests = await trace.filters.tests('transactions', rules, 200_001, {});
    vi.restoreAllMocks();
    const marked: number[] = [];
    elementsOf(trace.log, 'transactions').each(99_990, 100_000, (element, position) => void (tests[0]!(element) && marked.push(position)));
    expect([marked, tests[2]]).toEqual([[99_999], null]);
  });

  it('know the names of the devices', () => {
    const trace = new Trace();
    trace.fault(0x10, 0);
    expect(() => trace.found('device == nic0')).toThrow('device is never called nic0: there is none here');
    trace.filters.name([[0x10, 'nic0'], [0x18, 'edu0']]);
    expect(trace.found('device == nic0')).toEqual([0]);
    expect(trace.found('device == nic0', 'events')).toEqual([0]);
    expect(trace.filters.complete('transactions', 'device == e', 11).items.map(({ text }) => text)).toEqual(['edu0']);
  });

  it('say what is wrong with a text, and what is odd', () => {
    const trace = new Trace();
    trace.fault(0x10, 0);
    expect(trace.filters.check('transactions', ' ')).toEqual({ error: null, warnings: [] });
    expect(trace.filters.check('transactions', 'sid == 4')).toEqual({ error: null, warnings: [] });
    expect(trace.filters.check('transactions', 'evt.tpye == 1')).toEqual({
      error: { code: 'filter-field', message: 'no field is called evt.tpye: did you mean evt.type?', column: 1, endColumn: 9 }, warnings: [],
    });
    expect(trace.filters.check('events', 'cmd.op == CMD_SYNC').warnings).toEqual([{ column: 1, endColumn: 7, message: 'never true: an event has no cmd.op' }]);
  });

  // The budget is 100 ms of a quiet machine. Counted is what the processor did for this test, so that waiting for others is not.
  it('find what matches among a million transactions in 100 ms, at most twice that here', { retry: 2 }, () => {
    const trace = new Trace();
    const pair = new Int32Array(2 * RECORD_WORDS);
    for (let n = 0; n < 1_000_000; n++) {
      pair.set([KIND.TXN_BEGIN, 2 * n, n + 1, 0, n & 31, RNW, n << 12, 0, 64]);
      pair.set([KIND.TXN_END, 2 * n + 1, n + 1, 1, n & 31, 0, 0, 0, n % 100 === 0 ? STATUS.FAULT : STATUS.SUCCESS, n % 100 === 0 ? F_TRANSLATION : 0], RECORD_WORDS);
      trace.index.add(pair, 2 * n);
    }
    const times = ['status == fault && sid in {0x10, 0x18..0x1f}', 'iova in 0x8000_0000..0x8000_ffff || event == F_TRANSLATION && !privileged', 'sid == 4 and access == read'].map((text) => {
      const before = process.cpuUsage();
      expect(trace.filters.matches('transactions', text).length).toBeGreaterThan(0);
      return process.cpuUsage(before).user / 1000;
    });
    expect(Math.max(...times)).toBeLessThan(200);
  });
});
