import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../formats/capture/folder.ts';
import { captureFilesOf } from '../formats/capture/write-folder.ts';
import { CAPTURE_ARGUMENT, dumpOptions, openCapture } from './dump-input.ts';
import type { DumpOptions } from './dump-input.ts';
import { EXIT } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import { Refusal } from './refusal.ts';
import type { Register } from './register.ts';

async function write(path: string, folder: string, options: DumpOptions, io: Io): Promise<ExitCode> {
  const capture = await openCapture(path, options, io);
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) throw new Refusal({ code: 'not-empty', message: 'this folder holds files already; expected an empty one, or none', at: { file: folder } });
  const files = captureFilesOf(capture, sha256, options.mmioBase ?? 0n);
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
  const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  io.out(`${folder}: ${capture.streams.length} streams, ${bytes} bytes\n`);
  return EXIT.OK;
}

/** `capture-folder CAPTURE FOLDER`: what the SMMU's structures reach of a dump, as a capture. */
export const registerCaptureFolder: Register = (program, io, done) => {
  dumpOptions(program.command('capture-folder').description("what the SMMU's structures reach of a dump, as a capture folder: small enough to send").argument('<capture>', CAPTURE_ARGUMENT))
    .argument('<folder>', 'where to; made if it is not there')
    .action(async (path: string, folder: string, options: DumpOptions) => done(await write(path, folder, options, io)));
};
