import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import type { ByteSource } from './byte-source.ts';

const WINDOW = 1 << 16;
/** 16 MiB are kept at most. */
const WINDOWS = 256;

export interface FileSource extends ByteSource {
  close(): void;
}

class WindowedFile implements FileSource {
  readonly name: string;
  readonly size: number;
  readonly #descriptor: number;
  /** In the order of their last use. */
  readonly #windows = new Map<number, Uint8Array>();

  constructor(name: string, descriptor: number, size: number) {
    this.name = name;
    this.size = size;
    this.#descriptor = descriptor;
  }

  read(offset: number, length: number): Uint8Array {
    const end = Math.min(offset + length, this.size);
    if (offset >= end) return new Uint8Array();
    const first = Math.floor(offset / WINDOW);
    if (end <= (first + 1) * WINDOW) return this.#window(first).subarray(offset - first * WINDOW, end - first * WINDOW);
    const bytes = new Uint8Array(end - offset);
    for (let number = first; number * WINDOW < end; number++) {
      const from = Math.max(offset, number * WINDOW);
      bytes.set(this.#window(number).subarray(from - number * WINDOW, end - number * WINDOW), from - offset);
    }
    return bytes;
  }

  close(): void {
    closeSync(this.#descriptor);
    this.#windows.clear();
  }

  #window(number: number): Uint8Array {
    const kept = this.#windows.get(number) ?? this.#load(number);
    this.#windows.delete(number);
    this.#windows.set(number, kept);
    return kept;
  }

  #load(number: number): Uint8Array {
    if (this.#windows.size >= WINDOWS) this.#windows.delete(this.#windows.keys().next().value!);
    const bytes = new Uint8Array(Math.min(WINDOW, this.size - number * WINDOW));
    let got = 0;
    while (got < bytes.length) {
      const more = readSync(this.#descriptor, bytes, got, bytes.length - got, number * WINDOW + got);
      if (more === 0) break;
      got += more;
    }
    return bytes;
  }
}

/** A file on the disk, read in windows of 64 KiB of which few are kept. */
export function openFile(path: string): Result<FileSource> {
  try {
    const descriptor = openSync(path, 'r');
    return ok(new WindowedFile(path, descriptor, statSync(path).size));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return fail('unreadable', missing ? 'there is no such file' : `cannot be read: ${(error as Error).message}`, { file: path });
  }
}
