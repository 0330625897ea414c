import * as zlib from 'node:zlib';
import { crc32 as slowCrc32 } from '../../formats/bundle/crc32.ts';
import type { ZipWriter } from '../../formats/bundle/zip-writer.ts';

/** 9 would take several times as long for a few per cent. */
const LEVEL = 1;
/** Bytes deflated at once: each such piece ends on a byte, so that they can be made side by side and put one behind the other. */
const STRIDE = 1024 * 1024;
/** Pieces under way: the threads that Node has for it. */
const UNDER_WAY = 4;
/** The end of a deflate stream: an empty last block. */
const END = Uint8Array.of(3, 0);

/** Node 18 has none of its own. */
const crc32: typeof slowCrc32 = 'crc32' in zlib ? zlib.crc32 : slowCrc32;

/** Ends on a byte and not with the stream: the next piece can follow. */
const deflated = (bytes: Uint8Array): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    zlib.deflateRaw(bytes, { level: LEVEL, finishFlush: zlib.constants.Z_SYNC_FLUSH }, (error, result) => (error === null ? resolve(result) : reject(error)));
  });

/** The part of an archive that was begun last, deflated off this thread; `deflate` comes back when there is room for more. */
export class DeflatedPart {
  readonly #zip: ZipWriter;
  readonly #pieces: Promise<Uint8Array>[] = [];
  #crc = 0;
  #bytes = 0;

  constructor(zip: ZipWriter) {
    this.#zip = zip;
  }

  async deflate(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength; at += STRIDE) {
      const piece = bytes.subarray(at, at + STRIDE);
      this.#crc = crc32(piece, this.#crc);
      this.#bytes += piece.byteLength;
      this.#pieces.push(deflated(piece));
      await this.#write(UNDER_WAY - 1);
    }
  }

  async finish(): Promise<void> {
    await this.#write(0);
    this.#zip.add(END);
    this.#zip.end(this.#crc, this.#bytes);
  }

  async #write(left: number): Promise<void> {
    while (this.#pieces.length > left) this.#zip.add(await this.#pieces.shift()!);
  }
}
