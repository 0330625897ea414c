import { expect, it, vi } from 'vitest';
import { RECORD_WORDS } from '../../model/trace/record.ts';
import { Recorder } from '../../model/trace/recorder.ts';
import { ringBytes, RingSink, TraceRing } from '../../model/trace/ring.ts';
import { Drain } from './drain.ts';

const CAPACITY = 256;

function start(take: (words: Int32Array) => void) {
  const ring = new TraceRing(new SharedArrayBuffer(ringBytes(CAPACITY)));
  const failed = vi.fn();
  const drain = new Drain(ring, take, failed);
  const whenFull = vi.fn(() => false);
  const sink = new RingSink(ring, whenFull);
  const recorder = new Recorder(sink);
  const record = (count: number): void => {
    for (let i = 0; i < count; i++) recorder.irq(0);
    sink.flush();
  };
  return { ring, drain, record, failed, whenFull };
}

it('takes every record once and in order, across the end of the ring', async () => {
  const seen: number[] = [];
  const { ring, drain, record } = start((words) => {
    for (let at = 1; at < words.length; at += RECORD_WORDS) seen.push(words[at]!);
  });
  drain.start();
  for (let i = 0; i < 10; i++) {
    record(200);
    await vi.waitFor(() => expect(ring.available).toBe(0));
  }
  record(100);
  drain.stop();
  expect(seen).toEqual(Array.from({ length: 2100 }, (_, i) => i));
  expect(ring.dropped).toBe(0);
});

it('leaves the ring alone once stopped', async () => {
  const take = vi.fn();
  const { ring, drain, record } = start(take);
  drain.start();
  drain.stop();
  record(5);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(take).not.toHaveBeenCalled();
  drain.takeAll();
  expect(take).toHaveBeenCalledOnce();
  expect(ring.available).toBe(0);
});

it('tells once when records cannot be taken, and lets the producer go on', () => {
  const { ring, drain, record, failed, whenFull } = start(() => {
    throw new Error('no room');
  });
  record(10);
  drain.takeAll();
  record(1000);
  drain.takeAll();
  expect(failed).toHaveBeenCalledOnce();
  expect(failed).toHaveBeenCalledWith(new Error('no room'));
  expect(ring.dropped).toBeGreaterThan(0);
  // An engine that asked would wait: nobody makes room any more.
  expect(whenFull).not.toHaveBeenCalled();
});
