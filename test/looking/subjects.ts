/** Machines to look at: a sample lab after some of its steps, or a capture. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLab } from '../../src/formats/lab/files.ts';
import { CaptureEngine } from '../../src/host/engine/capture-engine.ts';
import { LabEngine } from '../../src/host/engine/lab-engine.ts';
import type { Subject } from '../../src/host/engine/looking/subject.ts';
import { Recorder } from '../../src/model/trace/recorder.ts';
import { TraceBuffer } from '../../src/model/trace/sink.ts';
import type { CaptureStream } from '../../src/protocol/contract.ts';
import { captureFolder } from '../cli/captures.ts';

const LABS = join(import.meta.dirname, '../../resources/labs');

export interface Looked {
  readonly subject: Subject;
  /** Records written so far. */
  records(): number;
  /** The records as words. */
  words(): Int32Array;
  step(count: number): void;
  release(): void;
}

/** The sample after `steps` steps. */
export function openSample(name: string, steps: number): Looked {
  const files = readLab(join(LABS, name));
  if (!files.ok) throw new Error(files.error.message);
  const { documents } = files.value;
  if (typeof documents === 'string') throw new Error(`${name} is one file: expected a folder of three`);
  let buffer = new TraceBuffer();
  const engine = new LabEngine(() => new Recorder((buffer = new TraceBuffer())));
  const { ok, problems } = engine.prepare(documents);
  if (!ok) throw new Error(problems.map(({ message }) => message).join('\n'));
  engine.build();
  const step = (count: number): void => {
    for (let i = 0; i < count; i++) engine.step();
  };
  step(steps);
  const subject: Subject = { smmu: engine.smmu!, bench: engine.bench, machine: engine.machine, logged: [], nameOf: (sid) => engine.deviceName(sid) };
  return { subject, records: () => buffer.count, words: () => buffer.taken(), step, release: () => engine.release() };
}

export function openCaptured(name: string): Looked & { readonly capture: CaptureEngine; readonly streams: readonly CaptureStream[] } {
  const folder = captureFolder(name);
  const capture = new CaptureEngine();
  const buffer = new TraceBuffer();
  const recorder = new Recorder(buffer);
  const { streams } = capture.open(capture.read({ files: readdirSync(folder).map((file) => ({ name: file, bytes: readFileSync(join(folder, file)) })) }), recorder);
  return { capture, streams, subject: { smmu: capture.smmu!, bench: null, machine: null, capture: capture.capture!, logged: capture.logged, nameOf: () => null }, records: () => buffer.count, words: () => buffer.taken(), step: () => undefined, release: () => capture.release() };
}
