import { constants, deflateRaw } from 'node:zlib';
import { ZipPassThrough } from 'fflate';

/** 9 would take several times as long for a few per cent. */
const LEVEL = 1;
/** What a directory says of that level: bits 1 and 2 of the flags. */
const FASTEST = 3;
/** Bytes deflated at once: each such piece ends on a byte, so that they can be made side by side and put one behind the other. */
const STRIDE = 1024 * 1024;
/** Pieces under way: the threads that Node has for it. */
const UNDER_WAY = 4;
/** The end of a deflate stream: an empty last block. */
const END = Uint8Array.of(3, 0);

/** Ends on a byte and not with the stream: the next piece can follow. */
const deflated = (bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> =>
  new Promise((resolve, reject) => {
    deflateRaw(bytes, { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH }, (error, result) => (error === null ? resolve(new Uint8Array(result)) : reject(error)));
  });

/** A part of an archive that is deflated off this thread; `deflate` comes back when there is room for more. */
export class DeflatedPart extends ZipPassThrough {
  readonly flag = FASTEST;
  readonly #pieces: Promise<Uint8Array<ArrayBuffer>>[] = [];

  constructor(name: string) {
    super(name);
    this.compression = 8;
  }

  async deflate(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength; at += STRIDE) {
      this.push(bytes.subarray(at, at + STRIDE));
      await this.#write(UNDER_WAY - 1);
    }
  }

  async finish(): Promise<void> {
    await this.#write(0);
    this.push(new Uint8Array(0), true);
  }

  /** Called by `push`, which has counted the bytes and their CRC. */
  protected override process(bytes: Uint8Array, final: boolean): void {
    if (final) this.ondata(null, END, true);
    else this.#pieces.push(deflated(bytes));
  }

  async #write(left: number): Promise<void> {
    while (this.#pieces.length > left) this.ondata(null, await this.#pieces.shift()!, false);
  }
}
