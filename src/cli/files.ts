import { gunzipSync } from 'fflate';
import { readFile } from 'node:fs/promises';
import { fail, ok } from '../model/base/result.ts';
import type { Result } from '../model/base/result.ts';
import type { Io } from './io.ts';

/** How a message calls an input. */
export const inputName = (file: string): string => (file === '-' ? 'standard input' : file);

const GZIP_MAGIC = [0x1f, 0x8b];

/** The text of a file (unpacked when it is gzip), or of standard input for `-`. */
export async function readText(file: string, io: Io): Promise<Result<string>> {
  if (file === '-') return ok(await io.stdin());
  const bytes = await readBytes(file);
  return bytes.ok ? ok(new TextDecoder().decode(bytes.value)) : bytes;
}

/** The bytes of a file, unpacked when it is gzip. */
export async function readBytes(file: string): Promise<Result<Uint8Array>> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return fail('unreadable', missing ? 'there is no such file' : `cannot be read: ${(error as Error).message}`, { file });
  }
  if (bytes[0] !== GZIP_MAGIC[0] || bytes[1] !== GZIP_MAGIC[1]) return ok(bytes);
  try {
    return ok(gunzipSync(bytes));
  } catch (error) {
    return fail('bad-gzip', `damaged gzip data: ${(error as Error).message}`, { file });
  }
}
