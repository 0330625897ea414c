import { createReadStream, statSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Capture } from '../formats/capture/capture.ts';
import { traceAnswers } from '../formats/capture/trace-answers.ts';
import type { TraceAnswers } from '../formats/capture/trace-answers.ts';
import { captureLive } from '../host/qemu/capture-live.ts';
import type { LiveCapture } from '../host/qemu/capture-live.ts';
import { openMonitor } from '../host/qemu/monitor.ts';
import { hex } from '../model/base/address.ts';
import { address } from './arguments.ts';
import { EXIT, jsonLine } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import { cancellable } from './progress.ts';
import { Refusal, unwrap } from './refusal.ts';
import type { Register } from './register.ts';
import { emptyFolder, writeCapture } from './write-capture.ts';

interface Options {
  readonly qmp: string;
  readonly out: string;
  readonly smmu?: bigint;
  readonly trace?: string;
  readonly json?: boolean;
}

interface Known {
  readonly live: LiveCapture;
  /** Of QEMU's trace, and how many bytes of it there were. */
  readonly answers: (TraceAnswers & { readonly bytes: number }) | null;
}

function sizeOfTrace(file: string): number {
  try {
    return statSync(file).size;
  } catch (error) {
    throw new Refusal({ code: 'unreadable', message: `QEMU's trace cannot be read: ${(error as Error).message}`, at: { file } });
  }
}

/** The first `bytes` of a trace, line by line. */
const linesOf = (file: string, bytes: number): AsyncIterable<string> => createInterface({ input: createReadStream(file, { encoding: 'latin1', start: 0, end: Math.max(0, bytes - 1) }) });

/** What QEMU or its monitor refuse is a refusal of this command. */
async function readFrom({ qmp, smmu, trace }: Options, io: Io): Promise<Known> {
  if (trace !== undefined) sizeOfTrace(trace);
  const monitor = unwrap(await openMonitor(qmp));
  let bytes = 0;
  try {
    const live = unwrap(
      await cancellable(io, (options) => captureLive(monitor, { ...options, smmu: smmu ?? null, still: () => (bytes = trace === undefined ? 0 : sizeOfTrace(trace)) }), 'pages'),
    );
    return { live, answers: trace === undefined ? null : { ...unwrap(await traceAnswers(live.capture, linesOf(trace, bytes))), bytes } };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal({ code: 'qemu-failed', message: (error as Error).name === 'AbortError' ? 'cancelled: QEMU is as it was, and nothing was written' : (error as Error).message, at: { file: qmp } });
  } finally {
    monitor.close();
  }
}

const memoryBytes = ({ segments, zeroRanges }: Capture): { stored: number; zero: number } => ({
  stored: segments.reduce((sum, { size }) => sum + Number(size), 0),
  zero: zeroRanges.reduce((sum, { size }) => sum + Number(size), 0),
});

function text(folder: string, { live, answers }: Known, bytes: number): string {
  const { stored, zero } = memoryBytes(live.capture);
  const known = answers === null ? '' : `  ${answers.translations.length} translations of ${answers.seen} in QEMU's trace still stood${answers.leaving.length === 0 ? '' : `; ${answers.leaving.length} more were being unmapped and were left out`}\n`;
  return `${folder}: QEMU ${live.qemu}, SMMU at ${hex(live.smmu)}, ${live.capture.streams.length} streams\n  ${stored} bytes of memory, and ${zero} that are 0; ${bytes} bytes of files\n${known}  ${live.ran ? `QEMU stood still for ${Math.round(live.stoodStill)} ms (memory through ${live.way}) and runs on` : `QEMU stood still before and does so now (memory through ${live.way})`}\n`;
}

async function capture(options: Options, io: Io): Promise<ExitCode> {
  const made = await emptyFolder(options.out);
  const known = await readFrom(options, io).catch(async (error: unknown) => {
    if (made) await rmdir(options.out);
    throw error;
  });
  const { live, answers } = known;
  const bytes = await writeCapture(options.out, { ...live.capture, translations: answers?.translations ?? [] }, live.smmu);
  for (const note of live.notes) io.err(`smmu-lab: ${note}\n`);
  if (options.json !== true) io.out(text(options.out, known, bytes));
  else {
    io.out(jsonLine({
      folder: options.out, qemu: live.qemu, smmu: hex(live.smmu), streams: live.capture.streams.map(({ sid, config }) => ({ sid, config })), memory: memoryBytes(live.capture), bytes,
      trace: answers === null ? null : { bytes: answers.bytes, seen: answers.seen, translations: answers.translations.length, leaving: answers.leaving.map(({ sid, iova }) => ({ sid, iova })) },
      ran: live.ran, stoodStill: live.stoodStill, way: live.way,
    }));
  }
  return EXIT.OK;
}

/** `capture --qmp SOCKET`: the SMMU of a QEMU that runs, and the memory that it uses, as a capture folder. */
export const registerCaptureLive: Register = (program, io, done) => {
  program
    .command('capture')
    .description('the SMMU of a QEMU that runs, as a capture folder: QEMU stands still while its registers and what they lead to are read')
    .requiredOption('--qmp <socket>', "QEMU's QMP monitor: a path (also unix:PATH), or tcp:HOST:PORT")
    .option('--out <folder>', 'where to; made if it is not there', 'capture')
    .option('--smmu <address>', 'physical address of the SMMU, where the machine has several', address)
    .option('--trace <file>', "QEMU's trace (it was started with -trace 'smmu*' -D FILE): translations that still stood become translations.json")
    .option('--json', 'one JSON document')
    .action(async (options: Options) => done(await capture(options, io)));
};
