import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Recorder } from '../../src/model/trace/recorder.ts';
import { TraceBuffer } from '../../src/model/trace/sink.ts';
import { digestOf, names, open } from './sample-labs.ts';

/** The same documents leave the same trace, whatever else has run or runs. */

const bytes = (trace: TraceBuffer): Buffer => Buffer.from(trace.taken().slice().buffer);

test.each(names)('%s: two runs leave the same trace', (name) => {
  const first = new TraceBuffer();
  const runner = open(name, new Recorder(first));
  runner.run();
  const second = new TraceBuffer();
  runner.reset(new Recorder(second));
  runner.run();
  expect(first.count).toBeGreaterThan(50);
  expect(bytes(second).equals(bytes(first))).toBe(true);
  runner.release();
});

test.each(names.map((name, i) => [name, names[(i + 1) % names.length]!] as const))('%s: a run between the steps of %s leaves the same trace', (name, between) => {
  const [alone, interleaved] = [new TraceBuffer(), new TraceBuffer()];
  const first = open(name, new Recorder(alone));
  first.run();
  first.release();
  const [second, other] = [open(name, new Recorder(interleaved)), open(between, new Recorder(new TraceBuffer()))];
  while (second.step() !== null) other.step();
  expect(bytes(interleaved).equals(bytes(alone))).toBe(true);
  second.release();
  other.release();
});

test('another process, which runs the labs the other way round, has the same digest of each', () => {
  const printed = execFileSync(process.execPath, [join(import.meta.dirname, 'print-digests.ts'), ...[...names].reverse()], { encoding: 'utf8' });
  const there = printed.trimEnd().split('\n').reverse();
  expect(there).toEqual(names.map((name) => `${name} ${digestOf(name)}`));
  expect(new Set(there.map((line) => line.split(' ')[1])).size).toBe(names.length);
});
