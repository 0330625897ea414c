/** Bytes per lazily allocated chunk of a sparse region. */
const CHUNK_BYTES = 1 << 18;
const CHUNK_SHIFT = 18;
const PAGE_BYTES = 4096;

/**
 * Memory behind the flat window: a range of physical addresses whose chunks come into being when first written.
 * Reads of a chunk never written give zero, so that an image of many GiB costs what was stored in it.
 */
export class SparseRegion {
  readonly #chunks = new Map<number, Int32Array>();
  /** Numbers of the pages written since they were last asked for. */
  readonly #fresh = new Set<number>();
  readonly base: number;
  readonly bytes: number;

  /** `base` and `bytes` are plain numbers below 2^52. */
  constructor(base: number, bytes: number) {
    this.base = base;
    this.bytes = bytes;
  }

  contains(address: number): boolean {
    return address >= this.base && address - this.base < this.bytes;
  }

  /** The aligned 32-bit word at `address`. */
  word(address: number): number {
    const offset = address - this.base;
    const chunk = this.#chunks.get(Math.floor(offset / CHUNK_BYTES));
    return chunk === undefined ? 0 : (chunk[(offset % CHUNK_BYTES) >>> 2] ?? 0);
  }

  /** Copies bytes from `address` on, all of this region, into `into` at `at`. */
  copy(address: number, into: Uint8Array, at: number, length: number): void {
    for (let done = 0; done < length; ) {
      const offset = address - this.base + done;
      const within = offset % CHUNK_BYTES;
      const count = Math.min(length - done, CHUNK_BYTES - within);
      const chunk = this.#chunks.get(Math.floor(offset / CHUNK_BYTES));
      if (chunk !== undefined) into.set(new Uint8Array(chunk.buffer, within, count), at + done);
      done += count;
    }
  }

  setWord(address: number, value: number): void {
    const offset = address - this.base;
    const number = Math.floor(offset / CHUNK_BYTES);
    let chunk = this.#chunks.get(number);
    if (chunk === undefined) {
      if (value === 0) return;
      chunk = new Int32Array(1 << (CHUNK_SHIFT - 2));
      this.#chunks.set(number, chunk);
    }
    chunk[(offset % CHUNK_BYTES) >>> 2] = value;
    this.#fresh.add(Math.floor(offset / PAGE_BYTES));
  }

  /** Address and words of each page of 4 KiB that was written since they were last asked for. */
  freshPages(): (readonly [address: number, words: Int32Array])[] {
    const fresh = [...this.#fresh];
    this.#fresh.clear();
    return fresh.map((number) => {
      const offset = number * PAGE_BYTES;
      const first = (offset % CHUNK_BYTES) >>> 2;
      return [this.base + offset, this.#chunks.get(Math.floor(offset / CHUNK_BYTES))!.subarray(first, first + PAGE_BYTES / 4)] as const;
    });
  }

  /** What was stored: address and bytes of each chunk, in ascending order. */
  *stored(): Generator<readonly [address: number, bytes: Uint8Array]> {
    const chunks = [...this.#chunks].sort(([a], [b]) => a - b);
    for (const [number, words] of chunks) yield [this.base + number * CHUNK_BYTES, new Uint8Array(words.buffer)];
  }

  clear(): void {
    this.#chunks.clear();
    this.#fresh.clear();
  }
}
