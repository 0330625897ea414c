/** A folder that a capture is written to. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Capture } from '../formats/capture/capture.ts';
import { sha256 } from '../formats/capture/folder.ts';
import { captureFilesOf } from '../formats/capture/write-folder.ts';
import { Refusal } from './refusal.ts';

/** Makes it, and says so, if it is not there. One that holds files is refused. */
export async function emptyFolder(folder: string): Promise<boolean> {
  try {
    const made = await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length === 0) return made !== undefined;
  } catch (error) {
    throw new Refusal({ code: 'unwritable', message: `cannot be made: ${(error as Error).message}`, at: { file: folder } });
  }
  throw new Refusal({ code: 'not-empty', message: 'this folder holds files already; expected an empty one, or none', at: { file: folder } });
}

/** Writes it; how many bytes its files have. */
export async function writeCapture(folder: string, capture: Capture, mmioBase: bigint): Promise<number> {
  await emptyFolder(folder);
  const files = captureFilesOf(capture, sha256, mmioBase);
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
  return [...files.values()].reduce((sum, { length }) => sum + length, 0);
}
