/** The flattened format of makedumpfile -F and of QEMU's dump-guest-memory: pieces of a file with their offsets, as they went down a pipe. Big-endian. */
import { fail, ok } from '../../model/base/result.ts';
import type { LabError, Result } from '../../model/base/result.ts';
import type { ByteSource } from '../memory-image/byte-source.ts';
import { viewAt } from '../memory-image/byte-source.ts';

const HEADER_BYTES = 4096;
const RECORD_BYTES = 16;
const TYPE = 1n;
const END = -1n;

/** A file has few holes: a piece that lies further out than so many times what arrived is damage. */
const MAX_STRETCH = 64n;
const SLACK = 1n << 20n;

interface Piece {
  readonly offset: number;
  readonly size: number;
  /** Where its bytes are in the flattened file. */
  readonly at: number;
  /** A later piece goes over an earlier one. */
  readonly order: number;
}

class Rearranged implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #source: ByteSource;
  /** By their offsets. */
  readonly #pieces: readonly Piece[];
  readonly #largest: number;

  constructor(source: ByteSource, pieces: readonly Piece[]) {
    this.name = source.name;
    this.#source = source;
    this.#pieces = [...pieces].sort((a, b) => a.offset - b.offset);
    this.size = pieces.reduce((end, { offset, size }) => Math.max(end, offset + size), 0);
    this.#largest = pieces.reduce((most, { size }) => Math.max(most, size), 0);
  }

  /** What no piece covers is zero. */
  read(offset: number, length: number): Uint8Array {
    const end = Math.min(offset + length, this.size);
    const bytes = new Uint8Array(Math.max(0, end - offset));
    for (const piece of this.#within(offset, end)) {
      const from = Math.max(offset, piece.offset);
      const to = Math.min(end, piece.offset + piece.size);
      bytes.set(this.#source.read(piece.at + from - piece.offset, to - from), from - offset);
    }
    return bytes;
  }

  /** Pieces that touch a range, in the order in which they were written. */
  #within(offset: number, end: number): Piece[] {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#pieces[middle]!.offset + this.#largest > offset) high = middle;
      else low = middle + 1;
    }
    const found: Piece[] = [];
    for (let at = low; at < this.#pieces.length && this.#pieces[at]!.offset < end; at++) {
      const piece = this.#pieces[at]!;
      if (piece.offset + piece.size > offset) found.push(piece);
    }
    return found.sort((a, b) => a.order - b.order);
  }
}

/** The file that the pieces make. A stream that was cut gives what arrived, and `problems` says so. */
export function rearrange(source: ByteSource, problems: LabError[]): Result<ByteSource> {
  const header = viewAt(source, 0, 32);
  if (header === null) return fail('truncated-file', `this flattened dump ends after ${source.size} bytes, within its header`, { file: source.name, offset: source.size });
  if (header.getBigInt64(16) !== TYPE) return fail('bad-kdump', `this flattened dump is of type ${header.getBigInt64(16)}, expected ${TYPE}`, { file: source.name, offset: 16 });
  const pieces: Piece[] = [];
  const cut = (message: string, at: number): void => void problems.push({ code: 'truncated-file', message, at: { file: source.name, offset: at } });
  for (let at = HEADER_BYTES; ; ) {
    const record = viewAt(source, at, RECORD_BYTES);
    if (record === null) {
      cut('the flattened dump ends without its end mark: what follows never arrived', at);
      break;
    }
    const [offset, size] = [record.getBigInt64(0), record.getBigInt64(8)];
    if (offset === END) break;
    if (offset < 0n || size <= 0n || offset + size > BigInt(source.size) * MAX_STRETCH + SLACK) {
      cut(`a piece of ${size} bytes for offset ${offset} is none: it and what follows are left out`, at);
      break;
    }
    pieces.push({ offset: Number(offset), size: Number(size), at: at + RECORD_BYTES, order: pieces.length });
    at += RECORD_BYTES + Number(size);
  }
  return pieces.length === 0 ? fail('bad-kdump', 'this flattened dump holds no pieces', { file: source.name, offset: HEADER_BYTES }) : ok(new Rearranged(source, pieces));
}
