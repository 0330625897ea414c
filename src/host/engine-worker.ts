/**
 * Entry of the engine's thread. It owns the machine; the host sees it through calls and through the trace ring. A run is
 * cut into slices, between which calls are answered: that is how `stop` gets in.
 */
import { constants, getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../model/base/assert.ts';
import { Recorder } from '../model/trace/recorder.ts';
import type { TraceLevel } from '../model/trace/recorder.ts';
import { RingSink, TraceRing } from '../model/trace/ring.ts';
import { nameOfStream } from '../formats/import/named-stream.ts';
import { parseLab } from '../formats/lab/index.ts';
import { RPC_CODES, RpcError } from '../protocol/errors.ts';
import { machineState } from './bundle/machine-state.ts';
import type { EngineApi, EngineWorkerData, Progress, RecorderOptions, WentBack } from './engine/api.ts';
import { CaptureEngine } from './engine/capture-engine.ts';
import { Decoder } from './engine/decode.ts';
import { eventQueueState } from './engine/event-queue-state.ts';
import { look } from './engine/looking/index.ts';
import { freshWalk } from './engine/looking/fresh-walk.ts';
import type { Subject } from './engine/looking/subject.ts';
import { stalledRows } from './engine/stalled-rows.ts';
import { LabEngine } from './engine/lab-engine.ts';
import { ReasonsSearch } from './engine/reasons-search.ts';
import { judgement, qemuCase } from './engine/qemu-case.ts';
import { ringsOf, ringWindow } from './engine/rings.ts';
import { notify, serveCalls } from './threads/worker-calls.ts';

const SLICE_MS = 10;
/** At most 15 reports a second: each is a picture of several lists for the window. */
const REPORT_MS = 66;
/** How long the engine waits for room in the ring before it looks again whether anybody still drains it. */
const ROOM_MS = 1000;

assert(parentPort !== null, 'engine-worker runs in a worker_thread');
const port = parentPort;

// On Linux a priority is of a thread: this one gives way to the window and to the host. Elsewhere it would be the whole program's.
if (process.platform === 'linux') setPriority(0, Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL));

const sink = new RingSink(new TraceRing((workerData as EngineWorkerData).ring), (control, tailIndex, tail) => {
  if (lossy) return false;
  Atomics.wait(control, tailIndex, tail, ROOM_MS);
  return true;
});
let lossy = false;
/** The level of the lab at hand. */
let level: TraceLevel = 'steps';
const newRecorder = (): Recorder => new Recorder(sink, level);
const lab = new LabEngine(newRecorder);
const capture = new CaptureEngine();
const decoder = new Decoder();
const reasons = new ReasonsSearch();
let stopping = false;

function recordWith(options: RecorderOptions): void {
  level = options.level;
  lossy = options.whenFull === 'drop';
}

/** Publishes the records of a call before its answer goes out. */
function published<T>(work: () => T): T {
  try {
    return work();
  } finally {
    sink.flush();
  }
}

async function runTo(position: number): Promise<Progress> {
  const arrived = (): boolean => lab.atEnd || lab.position >= position;
  stopping = false;
  let reported = performance.now();
  while (!stopping && !arrived()) {
    const end = performance.now() + SLICE_MS;
    published(() => {
      while (!arrived() && performance.now() < end) lab.step();
    });
    if (performance.now() - reported >= REPORT_MS) {
      reported = performance.now();
      notify(port, lab.progress());
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return lab.atRest();
}

async function backTo(position: number, notes: number): Promise<WentBack> {
  stopping = false;
  lab.goBack(position);
  for (let end = performance.now() + SLICE_MS; !lab.comeBack(position, () => performance.now() < end) && !stopping; end = performance.now() + SLICE_MS) await new Promise((resolve) => setImmediate(resolve));
  return lab.wentBack(notes);
}

/** What there is to look at. */
function subject(): Subject | null {
  const nameOf = (sid: number): string | null => lab.deviceName(sid) ?? nameOfStream([...(capture.capture?.names ?? []), ...decoder.names], sid);
  const { logged } = capture;
  if (capture.smmu !== null) return { smmu: capture.smmu, bench: null, machine: null, logged, nameOf, ...(capture.capture === null ? {} : { capture: capture.capture }) };
  return lab.smmu === null ? null : { smmu: lab.smmu, bench: lab.bench, machine: lab.machine, logged, nameOf };
}

serveCalls<EngineApi>(port, {
  check: ({ documents }) => [...parseLab(documents).problems],
  decode: ({ text }) => decoder.text(text),
  decodeFile: ({ bytes }) => decoder.file(bytes),
  prepare: ({ documents }) => lab.prepare(documents),
  build: ({ uapi, profile, ...recording }) =>
    published(() => {
      recordWith(recording);
      capture.release();
      return lab.build(uapi, profile);
    }),
  reset: (recording) =>
    published(() => {
      recordWith(recording);
      return lab.reset();
    }),
  step: () =>
    published(() => {
      lab.step();
      return lab.atRest();
    }),
  run: ({ to }) => runTo(to ?? Infinity),
  back: ({ to, notes }) => backTo(to, notes),
  stop: () => {
    stopping = true;
    return undefined;
  },
  compare: () => {
    lab.compare();
    return undefined;
  },
  compareOn: () => {
    const end = performance.now() + SLICE_MS;
    return lab.comparing.advance(() => performance.now() >= end);
  },
  compareNoMore: () => {
    lab.comparing.end();
    return undefined;
  },
  reasons: ({ a, b, options }) => {
    reasons.begin(a, b, options);
    return undefined;
  },
  reasonsOn: () => {
    const end = performance.now() + SLICE_MS;
    return reasons.advance(() => performance.now() >= end);
  },
  caseOf: ({ documents, uapi }) => qemuCase(documents, uapi),
  judge: ({ one, ramBytes, live }) => judgement(one, ramBytes, live),
  said: () => lab.said,
  state: ({ step, name }) => {
    const smmu = capture.smmu ?? lab.smmu;
    if (smmu === null) throw new RpcError({ code: RPC_CODES.noMachine, message: 'there is no machine to look at' });
    return machineState(smmu, step, name);
  },
  openCapture: (input) =>
    published(() => {
      const read = capture.read(input);
      lab.release();
      capture.release();
      recordWith({ level: 'steps', whenFull: 'wait' });
      return capture.open(read, newRecorder());
    }),
  translate: (request) => published(() => capture.translate(request)),
  rings: () => {
    const smmu = capture.smmu ?? lab.smmu;
    return smmu === null ? [] : ringsOf(smmu, lab.bench);
  },
  ringWindow: ({ id, from, count }) => {
    const smmu = capture.smmu ?? lab.smmu;
    return smmu === null ? { total: 0, rows: [] } : ringWindow(smmu, lab.bench, id, from, count);
  },
  queue: () => {
    const smmu = capture.smmu ?? lab.smmu;
    return smmu === null ? null : eventQueueState(smmu);
  },
  // The host's end of the protocol has parsed the parameters of the method.
  look: ({ method, params }) => look(subject(), method, params as never),
  walk: (request) => freshWalk(subject(), request),
  stalled: () => {
    const smmu = capture.smmu ?? lab.smmu;
    return smmu === null ? [] : stalledRows(smmu, lab.bench);
  },
  resume: (request) => published(() => lab.resume(request)),
});
