import { CAPTURE_ARGUMENT, dumpOptions, openCapture } from './dump-input.ts';
import type { DumpOptions } from './dump-input.ts';
import { EXIT } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import type { Register } from './register.ts';
import { writeCapture } from './write-capture.ts';

async function write(path: string, folder: string, options: DumpOptions, io: Io): Promise<ExitCode> {
  const capture = await openCapture(path, options, io);
  const bytes = await writeCapture(folder, capture, options.mmioBase ?? 0n);
  io.out(`${folder}: ${capture.streams.length} streams, ${bytes} bytes\n`);
  return EXIT.OK;
}

/** `capture-folder CAPTURE FOLDER`: what the SMMU's structures reach of a dump, as a capture. */
export const registerCaptureFolder: Register = (program, io, done) => {
  dumpOptions(program.command('capture-folder').description("what the SMMU's structures reach of a dump, as a capture folder: small enough to send").argument('<capture>', CAPTURE_ARGUMENT))
    .argument('<folder>', 'where to; made if it is not there')
    .action(async (path: string, folder: string, options: DumpOptions) => done(await write(path, folder, options, io)));
};
