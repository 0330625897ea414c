import { buildImage, machine, requests } from '../../src/host/bench/image.ts';
import { NO_CACHES } from '../../src/model/smmu/options.ts';
import { Recorder } from '../../src/model/trace/recorder.ts';
import { RingSink, TraceRing } from '../../src/model/trace/ring.ts';

const BATCH = 4096;

/** Nanoseconds of a translation: by the clock, and of this thread's CPU alone, which a busy machine does not change as much. */
export interface Spent {
  readonly clock: number;
  readonly cpu: number;
  /** How often the ring was full. */
  readonly waits: number;
}

const cpuMicroseconds = (): number => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

/** `bench`'s case `walk`, with a record of each translation or without. */
export function prepareCaptured(buffer: SharedArrayBuffer): (count: number, captured: boolean) => Spent {
  const smmu = machine(buildImage(), { ...NO_CACHES, config: 64 });
  const batch = smmu.openBatch(BATCH);
  batch.requests.set(requests(BATCH, 1));
  batch.run(BATCH);
  let waits = 0;
  const sink = new RingSink(new TraceRing(buffer), (control, tailIndex, tail) => {
    waits++;
    Atomics.wait(control, tailIndex, tail, 1000);
    return true;
  });
  const recorder = new Recorder(sink, 'transactions');
  return (count, captured) => {
    smmu.setRecorder(captured ? recorder : null);
    waits = 0;
    const [start, cpu] = [performance.now(), cpuMicroseconds()];
    for (let done = 0; done < count; done += BATCH) batch.run(Math.min(BATCH, count - done));
    sink.flush();
    return { clock: ((performance.now() - start) * 1e6) / count, cpu: ((cpuMicroseconds() - cpu) * 1e3) / count, waits };
  };
}
