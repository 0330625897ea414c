/** A folder of files that is written beside its name and gets that name only when all of them are whole and on the disk. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { RpcError } from '../protocol/errors.ts';

export interface FolderWriter {
  /** The file before is on the disk. */
  begin(name: string): void;
  write(bytes: Uint8Array): void;
}

class Files implements FolderWriter {
  readonly #folder: string;
  #file: number | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  begin(name: string): void {
    this.end();
    this.#file = openSync(join(this.#folder, name), 'wx');
  }

  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.byteLength; ) done += writeSync(this.#file!, bytes, done);
  }

  end(): void {
    if (this.#file === null) return;
    fsyncSync(this.#file);
    this.abandon();
  }

  abandon(): void {
    if (this.#file === null) return;
    closeSync(this.#file);
    this.#file = null;
  }
}

/**
 * `what` is what a message calls the folder; one that is there already is replaced only if `own` holds for every name in it. Throws what `work`
 * throws when that is an RpcError, else `unwritable`; the folder is then as it was.
 */
export async function writeWholeFolder<T>(folder: string, what: string, own: (name: string) => boolean, work: (files: FolderWriter) => Promise<T>): Promise<T> {
  const half = `${folder}.part`;
  const files = new Files(half);
  try {
    requireOwn(folder, what, own);
    rmSync(half, { recursive: true, force: true });
    mkdirSync(half);
    const result = await work(files);
    files.end();
    rmSync(folder, { recursive: true, force: true });
    renameSync(half, folder);
    return result;
  } catch (error) {
    files.abandon();
    rmSync(half, { recursive: true, force: true });
    if (error instanceof RpcError) throw error;
    throw new RpcError({ code: 'unwritable', message: `${what} cannot be written: ${(error as Error).message}`, at: { file: folder } });
  }
}

function requireOwn(folder: string, what: string, own: (name: string) => boolean): void {
  if (!existsSync(folder)) return;
  const stranger = readdirSync(folder).find((name) => !own(name));
  if (stranger === undefined) return;
  throw new RpcError({ code: 'unwritable', message: `${what} cannot be written: ${stranger} is in the folder, and would be lost; expected a new folder`, at: { file: folder } });
}
