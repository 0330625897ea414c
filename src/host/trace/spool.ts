/** Pieces of a trace that no longer fit memory, in a file that nobody else sees and that is gone with the process. */
import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { RpcError } from '../../protocol/errors.ts';

export class Spool {
  readonly #path: string;
  #file: number | null = null;
  #unlinked = false;

  constructor(folder: string) {
    this.#path = join(folder, `trace-${randomUUID()}.spool`);
  }

  /** Throws an RpcError with code `spool-failed`, for instance when the disk is full. */
  write(bytes: Uint8Array, offset: number): void {
    try {
      this.#file ??= this.#open();
      for (let done = 0; done < bytes.byteLength; ) {
        done += writeSync(this.#file, bytes, done, bytes.byteLength - done, offset + done);
      }
    } catch (error) {
      throw new RpcError({ code: 'spool-failed', message: `the trace does not fit memory and cannot be written to ${this.#path}: ${(error as Error).message}` });
    }
  }

  read(bytes: Uint8Array, offset: number): void {
    if (this.#file === null) throw new RpcError({ code: 'spool-failed', message: 'the trace file was closed' });
    for (let done = 0; done < bytes.byteLength; ) {
      const count = readSync(this.#file, bytes, done, bytes.byteLength - done, offset + done);
      if (count === 0) throw new RpcError({ code: 'spool-failed', message: `${this.#path} ends before offset ${offset + done}` });
      done += count;
    }
  }

  close(): void {
    if (this.#file === null) return;
    closeSync(this.#file);
    this.#file = null;
    if (!this.#unlinked) unlinkSync(this.#path);
  }

  #open(): number {
    mkdirSync(join(this.#path, '..'), { recursive: true });
    const file = openSync(this.#path, 'wx+');
    try {
      // Without a name the file goes with the process, however that ends. Windows keeps it until `close`.
      unlinkSync(this.#path);
      this.#unlinked = true;
    } catch {
      this.#unlinked = false;
    }
    return file;
  }
}
