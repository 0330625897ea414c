import { buildImage, machine, requests } from '../../src/host/bench/image.ts';
import { NO_CACHES } from '../../src/model/smmu/smmu.ts';
import { Recorder } from '../../src/model/trace/recorder.ts';
import { RingSink, TraceRing } from '../../src/model/trace/ring.ts';

const BATCH = 4096;
const STREAMS = 64;

/** `bench`'s case `walk` over 64 streams: nanoseconds of a translation, with a record of each or without. */
export function prepareCaptured(buffer: SharedArrayBuffer): (count: number, captured: boolean) => number {
  const wanted = requests(BATCH, STREAMS);
  const batch = machine(buildImage(), { ...NO_CACHES, config: 1024 }).openBatch(BATCH);
  batch.requests.set(wanted);
  batch.run(BATCH);
  const sink = new RingSink(new TraceRing(buffer), (control, tailIndex, tail) => {
    Atomics.wait(control, tailIndex, tail, 1000);
    return true;
  });
  const recorder = new Recorder(sink, 'transactions');
  const { results } = batch;
  let txn = 0;
  const record = (n: number): void => {
    for (let at = 0; at < n * 4; at += 4) {
      const result = results[at]!;
      recorder.begin(++txn, wanted[at]!, 0, 1, 0, 0, wanted[at + 3]!, wanted[at + 2]!, 4);
      recorder.end(result & 15, (result >>> 8) & 255, results[at + 3]!, results[at + 2]!, results[at + 1]!, (result >>> 16) & 63, 0, 24, (result >>> 4) & 15);
    }
  };
  return (count, captured) => {
    const start = performance.now();
    for (let done = 0; done < count; done += BATCH) {
      const n = Math.min(BATCH, count - done);
      batch.run(n);
      if (captured) record(n);
    }
    sink.flush();
    return ((performance.now() - start) * 1e6) / count;
  };
}
