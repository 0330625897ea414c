import { PAGE } from './memory-image.ts';
import type { MemoryImage } from './memory-image.ts';

/** 16 MiB: tables are read again and again, data never. */
const KEPT = 4096;

/** Bytes and words of an image, by physical address; its pages are kept as long as they are used. */
export class PagedMemory {
  readonly #image: MemoryImage;
  /** In the order of their last use. */
  readonly #pages = new Map<bigint, Uint8Array | null>();

  constructor(image: MemoryImage) {
    this.#image = image;
  }

  /** The 4 KiB around an address. */
  page(pa: bigint): Uint8Array | null {
    const at = pa - (pa % BigInt(PAGE));
    let page = this.#pages.get(at);
    if (page === undefined) {
      page = this.#image.page(at);
      if (this.#pages.size >= KEPT) this.#pages.delete(this.#pages.keys().next().value!);
    } else this.#pages.delete(at);
    this.#pages.set(at, page);
    return page;
  }

  /** null: not all of it is in the image. */
  readBytes(pa: bigint, length: number): Uint8Array | null {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const at = pa + BigInt(done);
      const page = this.page(at);
      if (page === null) return null;
      const from = Number(at % BigInt(PAGE));
      const part = page.subarray(from, Math.min(PAGE, from + length - done));
      bytes.set(part, done);
      done += part.length;
    }
    return bytes;
  }

  /** The aligned 64-bit word at an address. */
  read64(pa: bigint): bigint | null {
    const page = this.page(pa);
    if (page === null) return null;
    const at = Number(pa % BigInt(PAGE));
    return (BigInt(word(page, at + 4)) << 32n) | BigInt(word(page, at));
  }
}

const word = (page: Uint8Array, at: number): number => (page[at]! | (page[at + 1]! << 8) | (page[at + 2]! << 16) | (page[at + 3]! << 24)) >>> 0;
