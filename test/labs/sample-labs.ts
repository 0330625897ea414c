import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { problemLine, readLab } from '../../src/formats/lab/files.ts';
import { parseLab } from '../../src/formats/lab/index.ts';
import { createRunner } from '../../src/model/lab/index.ts';
import type { LabData, Runner } from '../../src/model/lab/index.ts';
import { Recorder } from '../../src/model/trace/recorder.ts';
import { TraceBuffer } from '../../src/model/trace/sink.ts';

/** The sample labs as tests take them: any problem in one is thrown. */

export const LABS = join(import.meta.dirname, '../../resources/labs');
export const names: readonly string[] = readdirSync(LABS, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

const parsed = new Map<string, LabData>();

/** The documents are read once. */
export function parse(name: string): LabData {
  const known = parsed.get(name) ?? read(name);
  parsed.set(name, known);
  return known;
}

function read(name: string): LabData {
  const lab = readLab(join(LABS, name));
  if (!lab.ok) throw new Error(lab.error.message);
  const data = parseLab(lab.value.documents);
  if (!data.ok) throw new Error(data.problems.map((problem) => problemLine(problem, lab.value.files)).join('\n'));
  return data.value;
}

export function open(name: string, recorder: Recorder | null = null, data: LabData = parse(name)): Runner {
  const runner = createRunner(data, { recorder });
  if (!runner.ok) throw new Error(runner.error.message);
  return runner.value;
}

/** SHA-256 of the records of a whole run, as `smmu-lab run` prints it. */
export function digestOf(name: string): string {
  const trace = new TraceBuffer();
  const runner = open(name, new Recorder(trace));
  runner.run();
  runner.release();
  const { buffer, byteOffset, byteLength } = trace.taken();
  return createHash('sha256').update(new Uint8Array(buffer, byteOffset, byteLength)).digest('hex');
}
