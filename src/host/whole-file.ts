/** A file that is written beside its name and gets that name only when it is whole and on the disk. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { RpcError } from '../protocol/errors.ts';

/**
 * `what` is what a message calls the file: `the bundle`. Throws what `work` throws when that is an RpcError, else `unwritable`; the file
 * is then as it was.
 */
export async function writeWhole<T>(file: string, what: string, work: (write: (bytes: Uint8Array) => void) => Promise<T>): Promise<T> {
  const half = `${file}.part`;
  let descriptor: number | null = null;
  try {
    const opened = (descriptor = openSync(half, 'w'));
    const result = await work((bytes) => {
      for (let done = 0; done < bytes.byteLength; ) done += writeSync(opened, bytes, done);
    });
    fsyncSync(opened);
    descriptor = null;
    closeSync(opened);
    renameSync(half, file);
    return result;
  } catch (error) {
    if (descriptor !== null) closeSync(descriptor);
    rmSync(half, { force: true });
    if (error instanceof RpcError) throw error;
    throw new RpcError({ code: 'unwritable', message: `${what} cannot be written: ${(error as Error).message}`, at: { file } });
  }
}
