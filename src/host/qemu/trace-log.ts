/** What QEMU's SMMUv3 said of translations since it was last asked: its trace events, which it writes to a file before the DMA ends. */
import { closeSync, openSync, readSync } from 'node:fs';

export interface Translation {
  readonly status: 'success' | 'bypass' | 'abort' | 'disabled';
  readonly iova: bigint;
  /** Of success. */
  readonly pa: bigint | null;
}

const LINE = /\bsmmuv3_translate_(success|bypass|abort|disable)\b.*?\biova[=:]?\s*(0x[0-9a-f]+)(?:.*?\btranslated=(0x[0-9a-f]+))?/;

/** One line of the trace; null where it tells of something else. */
export function translationOf(line: string): Translation | null {
  const match = LINE.exec(line);
  if (match === null) return null;
  const [, kind, iova = '0', pa] = match;
  return { status: kind === 'disable' ? 'disabled' : (kind as 'success' | 'bypass' | 'abort'), iova: BigInt(iova), pa: pa === undefined ? null : BigInt(pa) };
}

export class TraceLog {
  readonly #path: string;
  readonly #buffer = Buffer.alloc(1 << 16);
  #file: number | null = null;
  #rest = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** Translations since the last call. */
  take(): Translation[] {
    this.#file ??= openSync(this.#path, 'r');
    for (;;) {
      const read = readSync(this.#file, this.#buffer, 0, this.#buffer.length, null);
      if (read === 0) break;
      this.#rest += this.#buffer.toString('latin1', 0, read);
    }
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => translationOf(line) ?? []);
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }
}
