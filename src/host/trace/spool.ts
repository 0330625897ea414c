/** Pieces of a trace in a file: those that no longer fit memory, which nobody else sees, or all of them, for whoever comes after a crash. */
import { randomUUID } from 'node:crypto';
import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RpcError } from '../../protocol/errors.ts';

export class Spool {
  readonly #path: string;
  /** Without a name the file goes with the process, however that ends. Windows keeps it until `close`. */
  readonly #isNamed: boolean;
  #file: number | null = null;
  #unlinked = false;

  private constructor(path: string, isNamed: boolean) {
    this.#path = path;
    this.#isNamed = isNamed;
  }

  /** A file that nobody else sees and that is gone with the process. */
  static hidden(folder: string): Spool {
    return new Spool(join(folder, `trace-${randomUUID()}.spool`), false);
  }

  /** One that a crash leaves behind. */
  static named(path: string): Spool {
    return new Spool(path, true);
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

  /** Forgets what is behind `bytes`; where nothing was written yet, nothing. */
  cut(bytes: number): void {
    if (this.#file !== null && fstatSync(this.#file).size > bytes) ftruncateSync(this.#file, bytes);
  }

  close(leave = false): void {
    if (this.#file === null) return;
    closeSync(this.#file);
    this.#file = null;
    if (!leave && !this.#unlinked) rmSync(this.#path, { force: true });
  }

  /** What is in it is no longer for others; it can be read and written all the same. */
  hide(): void {
    if (this.#file === null || this.#unlinked) return;
    try {
      unlinkSync(this.#path);
      this.#unlinked = true;
    } catch {
      // Windows: not before it is closed.
    }
  }

  #open(): number {
    mkdirSync(dirname(this.#path), { recursive: true });
    this.#file = openSync(this.#path, 'wx+');
    if (!this.#isNamed) this.hide();
    return this.#file;
  }
}
