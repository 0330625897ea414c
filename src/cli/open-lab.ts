/** Opening a lab and keeping its trace: what `run` and `console` have in common. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { locate, parseLab } from '../formats/lab/index.ts';
import { problemLine, readLab } from '../formats/lab/files.ts';
import type { LabFiles } from '../formats/lab/files.ts';
import { traceLines } from '../formats/jsonl/lines.ts';
import type { LabError } from '../model/base/result.ts';
import { createRunner } from '../model/lab/index.ts';
import type { LabData, Runner } from '../model/lab/index.ts';
import { Recorder } from '../model/trace/recorder.ts';
import type { TraceLevel } from '../model/trace/recorder.ts';
import type { Io } from './io.ts';
import { RecordedBuffer } from '../host/trace/recorded-buffer.ts';
import { DEFAULT_RECORDING } from '../protocol/contract.ts';
import type { RecordingOptions } from '../protocol/contract.ts';
import { Refusal, unwrap } from './refusal.ts';

export interface OpenLab {
  readonly files: LabFiles;
  readonly data: LabData;
}

/** Null: what is wrong with the documents was said on standard error. */
export function openLab(path: string, io: Io): OpenLab | null {
  const files = unwrap(readLab(path));
  const parsed = parseLab(files.documents);
  for (const problem of parsed.problems) io.err(`smmu-lab: ${problemLine(problem, files.files)}\n`);
  return parsed.ok ? { files, data: parsed.value } : null;
}

/** A lab that cannot be built: said at the place in the documents that asks for it. */
function refuse(error: LabError, { documents, files }: LabFiles): never {
  const place = error.at?.path === undefined ? null : locate(documents, error.at.path);
  if (place === null) throw new Refusal(error);
  throw new Refusal({ code: error.code, message: error.message, at: { file: files[place.document], line: place.line, column: place.column } });
}

/** A runner, and the trace that it leaves. */
export class TracedRun {
  readonly runner: Runner;
  readonly #recording: RecordingOptions;
  #buffer: RecordedBuffer;

  private constructor(runner: Runner, buffer: RecordedBuffer, recording: RecordingOptions) {
    this.runner = runner;
    this.#recording = recording;
    this.#buffer = buffer;
  }

  static create(data: LabData, files: LabFiles, recording: RecordingOptions = DEFAULT_RECORDING): TracedRun {
    const buffer = new RecordedBuffer(recording);
    const created = createRunner(data, { recorder: new Recorder(buffer, recording.level) });
    return created.ok ? new TracedRun(created.value, buffer, recording) : refuse(created.error, files);
  }

  get level(): TraceLevel {
    return this.#recording.level;
  }

  get records(): Int32Array {
    return this.#buffer.taken();
  }

  /** Records that were left out, as was wanted. */
  get omitted(): number {
    return this.#buffer.omitted;
  }

  /** SHA-256 over all trace records, little-endian; null when some were left out. */
  get digest(): string | null {
    if (this.omitted > 0) return null;
    const { buffer, byteOffset, byteLength } = this.records;
    return createHash('sha256').update(new Uint8Array(buffer, byteOffset, byteLength)).digest('hex');
  }

  /** A new machine and a new trace. */
  reset(): void {
    this.#buffer = new RecordedBuffer(this.#recording);
    this.runner.reset(new Recorder(this.#buffer, this.level));
  }

  async writeTrace(file: string): Promise<void> {
    try {
      await writeFile(file, traceLines(this.records));
    } catch (error) {
      throw new Refusal({ code: 'unwritable', message: `the trace cannot be written: ${(error as Error).message}`, at: { file } });
    }
  }
}
