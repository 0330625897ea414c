import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECORD_WORDS } from '../../src/model/trace/record.ts';
import { Recorder } from '../../src/model/trace/recorder.ts';
import { ringBytes, RingSink, TraceRing } from '../../src/model/trace/ring.ts';
import type { WhenFull } from '../../src/model/trace/ring.ts';

/** The arithmetic of the trace ring: nothing is lost or repeated where the counters wrap, and what is dropped is counted. */

const CAPACITY = 64;
const HEAD = 0;
const TAIL = 1;
const drop: WhenFull = () => false;

/** A ring whose counters have already seen `records` records. */
function ringAt(records: number, capacity = CAPACITY): TraceRing {
  const ring = new TraceRing(new SharedArrayBuffer(ringBytes(capacity)));
  ring.control[HEAD] = records | 0;
  ring.control[TAIL] = records | 0;
  return ring;
}

/** Writes one record that says `value`. */
function put(sink: RingSink, value: number): void {
  const at = sink.reserve();
  sink.words.fill(value, at, at + RECORD_WORDS);
  sink.commit();
}

/** Writes so many records from `value` on in runs of what there is room for, as a batch does; some runs end before they have begun. */
function putRun(sink: RingSink, value: number, count: number): void {
  for (let done = 0; done < count; ) {
    sink.reserve();
    if (done % 3 === 0) expect(sink.room()).toBeGreaterThan(0);
    const at = sink.reserve();
    const run = Math.min(count - done, sink.room());
    for (let i = 0; i < run; i++) sink.words.fill(value + done + i, at + i * RECORD_WORDS, at + (i + 1) * RECORD_WORDS);
    sink.commit(run);
    done += run;
  }
}

/** Takes at most `limit` records in one go; every word of each says its value. */
function take(ring: TraceRing, limit = CAPACITY): number[] {
  const words = ring.peek(limit);
  const values: number[] = [];
  for (let at = 0; at < words.length; at += RECORD_WORDS) {
    expect(new Set(words.subarray(at, at + RECORD_WORDS)).size).toBe(1);
    values.push(words[at]!);
  }
  ring.release(values.length);
  return values;
}

function drain(ring: TraceRing): number[] {
  const all: number[] = [];
  for (let some = take(ring); some.length > 0; some = take(ring)) all.push(...some);
  return all;
}

const upTo = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => from + i);

describe('one producer, one consumer', () => {
  it.each([0, 40, 63, 2 ** 31 - 7, 2 ** 32 - 64, 2 ** 32 - 1])('records come out as they went in, from %i records on', (start) => {
    const ring = ringAt(start);
    const sink = new RingSink(ring, drop);
    for (let round = 0; round < 5; round++) {
      upTo(50, round * 50).forEach((value) => put(sink, value));
      sink.flush();
      expect(ring.available).toBe(50);
      expect(drain(ring)).toEqual(upTo(50, round * 50));
    }
    expect([ring.available, ring.dropped, ring.control[HEAD]]).toEqual([0, 0, (start + 250) | 0]);
  });

  it('a run of words never wraps: it ends at the end of the ring, the next begins at its start', () => {
    const ring = ringAt(60);
    const sink = new RingSink(ring, drop);
    upTo(10).forEach((value) => put(sink, value));
    sink.flush();
    expect(ring.peek(CAPACITY).length).toBe(4 * RECORD_WORDS);
    expect([take(ring), take(ring), take(ring)]).toEqual([upTo(4), upTo(6, 4), []]);
  });

  it('a limit takes no more', () => {
    const ring = ringAt(2 ** 32 - 2);
    const sink = new RingSink(ring, drop);
    upTo(9).forEach((value) => put(sink, value));
    sink.flush();
    expect([take(ring, 1), take(ring, 3), take(ring, 4), take(ring)]).toEqual([[0], [1], upTo(4, 2), upTo(3, 6)]);
  });

  it('nothing is seen before a flush, or before 64 records', () => {
    const ring = ringAt(2 ** 32 - 30, 256);
    const sink = new RingSink(ring, drop);
    upTo(63).forEach((value) => put(sink, value));
    expect(ring.available).toBe(0);
    put(sink, 63);
    expect(ring.available).toBe(64);
    put(sink, 64);
    expect(ring.available).toBe(64);
    sink.flush();
    expect(drain(ring)).toEqual(upTo(65));
  });

  it('a sink opened on a used ring goes on where the last one ended', () => {
    const ring = ringAt(17);
    const first = new RingSink(ring, drop);
    put(first, 1);
    first.flush();
    const second = new RingSink(ring, drop);
    put(second, 2);
    second.flush();
    expect(drain(ring)).toEqual([1, 2]);
  });
});

describe('a full ring', () => {
  it.each([0, 2 ** 32 - 20])('holds capacity - 1 records, then drops and counts, and keeps what it has (from %i on)', (start) => {
    const ring = ringAt(start);
    const sink = new RingSink(ring, drop);
    upTo(100).forEach((value) => put(sink, value));
    sink.flush();
    expect([ring.available, ring.dropped]).toEqual([CAPACITY - 1, 100 - (CAPACITY - 1)]);
    expect(drain(ring)).toEqual(upTo(CAPACITY - 1));
    put(sink, 1000);
    sink.flush();
    expect([drain(ring), ring.dropped]).toEqual([[1000], 37]);
  });

  it('room for one is used for one', () => {
    const ring = ringAt(2 ** 32 - 5);
    const sink = new RingSink(ring, drop);
    upTo(70).forEach((value) => put(sink, value));
    take(ring, 1);
    put(sink, 500);
    put(sink, 501);
    sink.flush();
    expect([drain(ring), ring.dropped]).toEqual([[...upTo(62, 1), 500], 8]);
  });

  it('publishes before it asks for room, and asks with the tail it saw', () => {
    const ring = ringAt(2 ** 32 - 10);
    const taken: number[] = [];
    const tails: number[] = [];
    const sink = new RingSink(ring, (control, index, tail) => {
      expect(Atomics.load(control, index)).toBe(tail);
      tails.push(tail >>> 0);
      expect(ring.available).toBe(CAPACITY - 1);
      taken.push(...take(ring, 20));
      return true;
    });
    upTo(300).forEach((value) => put(sink, value));
    sink.flush();
    expect([...taken, ...drain(ring)]).toEqual(upTo(300));
    expect([ring.dropped, tails[0]]).toEqual([0, 2 ** 32 - 10]);
  });

  it('a closed ring never asks: it drops and counts', () => {
    const ring = ringAt(0);
    const sink = new RingSink(ring, () => {
      throw new Error('asked');
    });
    ring.close();
    upTo(70).forEach((value) => put(sink, value));
    expect([ring.available, ring.dropped]).toEqual([CAPACITY - 1, 7]);
  });

  it('what was dropped shows as a gap in the sequence numbers', () => {
    const ring = ringAt(2 ** 32 - 3);
    const sink = new RingSink(ring, drop);
    const recorder = new Recorder(sink, 'transactions');
    const sequence = (): number[] => {
      const words = ring.peek(CAPACITY);
      ring.release(words.length / RECORD_WORDS);
      return upTo(words.length / RECORD_WORDS).map((i) => words[i * RECORD_WORDS + 1]!);
    };
    for (let i = 0; i < 65; i++) recorder.step(i);
    expect([...sequence(), ...sequence()]).toEqual(upTo(63));
    recorder.step(65);
    sink.flush();
    expect([sequence(), recorder.seq, ring.dropped]).toEqual([[65], 66, 2]);
  });
});

describe('over any schedule', () => {
  it('what was taken and what was dropped is what was put, in order', () => {
    const moves = fc.array(fc.tuple(fc.nat(90), fc.nat(90)), { maxLength: 20 });
    fc.assert(
      fc.property(moves, fc.constantFrom(0, 31, 2 ** 31 - 50, 2 ** 32 - 50), (rounds, start) => {
        const ring = ringAt(start);
        const sink = new RingSink(ring, drop);
        const taken: number[] = [];
        let value = 0;
        for (const [puts, takes] of rounds) {
          if (puts % 2 === 0) for (let i = 0; i < puts; i++) put(sink, value + i);
          else putRun(sink, value, puts);
          value += puts;
          sink.flush();
          taken.push(...take(ring, takes));
        }
        taken.push(...drain(ring));
        expect(taken.length + ring.dropped).toBe(value);
        expect(taken).toEqual([...taken].sort((a, b) => a - b));
        expect(new Set(taken).size).toBe(taken.length);
      }),
    );
  });
});

it('a ring holds a power of two of records, 64 or more', () => {
  for (const capacity of [32, 65, 96]) expect(() => new TraceRing(new SharedArrayBuffer(ringBytes(capacity)))).toThrow(/power of two/);
});
