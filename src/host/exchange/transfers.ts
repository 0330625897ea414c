/** Files that cross a connection in pieces: under names of their own in a folder of this process, and gone with the connection. */
import { randomUUID } from 'node:crypto';
import { closeSync, ftruncateSync, mkdirSync, openSync, readdirSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_PIECE, MAX_TRANSFERS } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import { isAlive } from '../process-alive.ts';

interface Held {
  readonly file: string;
  /** What its owner calls it. */
  readonly name: string;
  /** Of a file that comes in: how long it will be, and what is there; null: it was made here. */
  readonly expected: number | null;
  there: number;
}

const FOLDER = /^transfers-(\d+)-/;

export class Transfers {
  readonly #parent: string;
  readonly #folder: string;
  readonly #held = new Map<string, Held>();

  /** Nothing is made before the first transfer. */
  constructor(parent: string) {
    this.#parent = parent;
    this.#folder = join(parent, `transfers-${process.pid}-${randomUUID()}`);
  }

  begin(name: string, bytes: number): string {
    const transfer = this.#add(name, bytes);
    writing(() => closeSync(openSync(this.#held.get(transfer)!.file, 'wx')));
    return transfer;
  }

  /** How many bytes are there now. */
  write(transfer: string, at: number, bytes: Uint8Array): number {
    const held = this.#require(transfer);
    if (held.expected === null) throw new RpcError({ code: RPC_CODES.badRequest, message: `${held.name} was made here: it can be read` });
    if (bytes.byteLength > MAX_PIECE) throw new RpcError({ code: RPC_CODES.badRequest, message: `a piece has at most ${MAX_PIECE} bytes; got ${bytes.byteLength}` });
    if (at !== held.there || at + bytes.byteLength > held.expected) {
      throw new RpcError({ code: RPC_CODES.badRequest, message: `${held.name}: ${held.there} of ${held.expected} bytes are there; a piece of ${bytes.byteLength} at ${at} does not fit` });
    }
    writing(() => {
      const descriptor = openSync(held.file, 'r+');
      try {
        for (let done = 0; done < bytes.byteLength; ) done += writeSync(descriptor, bytes, done, bytes.byteLength - done, at + done);
      } catch (error) {
        ftruncateSync(descriptor, held.there);
        throw error;
      } finally {
        closeSync(descriptor);
      }
    });
    return (held.there += bytes.byteLength);
  }

  read(transfer: string, at: number, count: number): Uint8Array {
    const { file } = this.#require(transfer);
    const descriptor = openSync(file, 'r');
    try {
      const bytes = new Uint8Array(count);
      return bytes.slice(0, readSync(descriptor, bytes, 0, count, at));
    } finally {
      closeSync(descriptor);
    }
  }

  /** The file of a transfer that came in whole, or was made here. */
  whole(transfer: string): { readonly file: string; readonly name: string } {
    const held = this.#require(transfer);
    if (held.expected !== null && held.there !== held.expected) throw new RpcError({ code: RPC_CODES.badRequest, message: `${held.name}: only ${held.there} of ${held.expected} bytes are there` });
    return held;
  }

  /** What `work` writes becomes a transfer; when it fails there is none. */
  async make(name: string, work: (file: string) => Promise<void>): Promise<{ transfer: string; name: string; bytes: number }> {
    const transfer = this.#add(name, null);
    const { file } = this.#held.get(transfer)!;
    try {
      await work(file);
      return { transfer, name, bytes: statSync(file).size };
    } catch (error) {
      this.end(transfer);
      throw error;
    }
  }

  end(transfer: string): void {
    const { file } = this.#require(transfer);
    this.#held.delete(transfer);
    rmSync(file, { force: true });
  }

  close(): void {
    this.#held.clear();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #add(name: string, expected: number | null): string {
    if (this.#held.size >= MAX_TRANSFERS) throw new RpcError({ code: RPC_CODES.busy, message: `${MAX_TRANSFERS} files are open already` });
    writing(() => {
      if (this.#held.size === 0) this.#sweep();
      mkdirSync(this.#folder, { recursive: true });
    });
    const transfer = randomUUID();
    this.#held.set(transfer, { file: join(this.#folder, transfer), name, expected, there: 0 });
    return transfer;
  }

  /** Folders of processes that were killed. */
  #sweep(): void {
    mkdirSync(this.#parent, { recursive: true });
    for (const name of readdirSync(this.#parent)) {
      const pid = FOLDER.exec(name)?.[1];
      if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(this.#parent, name), { recursive: true, force: true });
    }
  }

  #require(transfer: string): Held {
    const held = this.#held.get(transfer);
    if (held === undefined) throw new RpcError({ code: RPC_CODES.notFound, message: `no transfer ${transfer}` });
    return held;
  }
}

function writing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new RpcError({ code: 'unwritable', message: `the file cannot be kept while it is handed over: ${(error as Error).message}` });
  }
}
