import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok } from '../../model/base/result.ts';
import type { LabError, Result } from '../../model/base/result.ts';
import type { CaptureFiles, Sha256 } from './capture.ts';

export const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** All files of a capture folder, by name. */
export async function readCaptureFolder(folder: string): Promise<Result<CaptureFiles>> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    return ok(new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const))));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return fail('no-folder', 'there is no such folder, expected a capture folder', { file: folder });
    if (code === 'ENOTDIR') return fail('no-folder', 'this is a file, expected a capture folder', { file: folder });
    return fail('unreadable', `cannot be read: ${(error as Error).message}`, { file: folder });
  }
}

/** The error with its file's place in the file system. */
export const inFolder = (folder: string, error: LabError): LabError => ({
  ...error,
  at: { ...error.at, file: error.at?.file === undefined ? folder : join(folder, error.at.file) },
});
