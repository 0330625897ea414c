import { expect, it } from 'vitest';
import { Recorder } from '../../model/trace/recorder.ts';
import { CACHE, PURPOSE, SPACE, STATUS, VERDICT } from '../../model/trace/record.ts';
import { TraceBuffer } from '../../model/trace/sink.ts';
import { READS, Statistics } from './statistics.ts';

interface Made {
  readonly sid: number;
  readonly reads: number;
  readonly hit?: boolean;
  readonly fault?: boolean;
}

function of(transactions: readonly Made[]): Statistics {
  const buffer = new TraceBuffer();
  const recorder = new Recorder(buffer);
  transactions.forEach(({ sid, reads, hit = false, fault = false }, at) => {
    recorder.begin(at + 1, sid, 0, 1, 0, 0, 0, 0, 4);
    if (hit) recorder.lookup(CACHE.TLB, 0, PURPOSE.NONE, VERDICT.HIT, SPACE.IOVA, 0, 0, 0, 0, 0, 1, 12);
    recorder.end(fault ? STATUS.FAULT : STATUS.SUCCESS, 0, 0, 0, 0, 12, 0, reads, 0);
  });
  const statistics = new Statistics();
  statistics.add(buffer.taken());
  return statistics;
}

it('counts outcomes, reads and hits of each stream', () => {
  const { streams, cacheHits, histogram } = of([{ sid: 8, reads: 10 }, { sid: 8, reads: 0, hit: true }, { sid: 9, reads: 3, fault: true }, { sid: 9, reads: 99 }]);
  expect([...streams]).toEqual([
    [8, expect.objectContaining({ vmid: null, transactions: 2, faults: 0, reads: 10, hits: 1 })],
    [9, expect.objectContaining({ vmid: null, transactions: 2, faults: 1, reads: 102, hits: 0 })],
  ]);
  expect(cacheHits.get(CACHE.TLB)).toBe(1);
  expect([histogram[0], histogram[3], histogram[10], histogram[READS]]).toEqual([1, 1, 1, 1]);
});

it('keeps a bounded course of any length, of which nothing is lost', () => {
  const { stretches, width } = of(Array.from({ length: 1000 }, (_, at) => ({ sid: 1, reads: at % 2, hit: at % 2 === 0 })));
  expect(stretches.length).toBeLessThanOrEqual(128);
  expect(width).toBe(8);
  expect(stretches.reduce((sum, one) => sum + one.transactions, 0)).toBe(1000);
  expect(stretches.reduce((sum, one) => sum + one.hits, 0)).toBe(500);
  expect(stretches.slice(0, -1).every(({ transactions }) => transactions === 8)).toBe(true);
});
