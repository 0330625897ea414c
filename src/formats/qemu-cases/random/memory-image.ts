/** 64-bit words of a machine that is being made, and the actions that put them in memory. */
import type { Action } from '../case.ts';

const PAGE = 4096n;

export function wordBytes(word: bigint): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, word, true);
  return bytes;
}

export class MemoryImage {
  readonly #words = new Map<bigint, bigint>();
  readonly #patterns = new Set<bigint>();
  #next: bigint;

  /** Tables are put from `heap` on. */
  constructor(heap: bigint) {
    this.#next = heap;
  }

  /** An address for a table of that size, aligned to it. */
  allocate(bytes: bigint): bigint {
    const size = bytes < 64n ? 64n : bytes;
    const at = (this.#next + size - 1n) & -size;
    this.#next = at + size;
    return at;
  }

  read(address: bigint): bigint {
    return this.#words.get(address) ?? 0n;
  }

  write(address: bigint, word: bigint): void {
    this.#words.set(address, word);
  }

  writeWords(address: bigint, words: Uint32Array): void {
    for (let at = 0; at < words.length; at += 2) this.write(address + BigInt(at * 4), (BigInt(words[at + 1]!) << 32n) | BigInt(words[at]!));
  }

  /** A page whose words tell their own address, so that a read says where it went. */
  pattern(page: bigint): void {
    this.#patterns.add(page & -PAGE);
  }

  actions(): Action[] {
    const pages = [...this.#patterns].map((page): Action => ['pattern32', page, Number(PAGE)]);
    return [...pages, ...[...this.#words].map(([address, word]): Action => ['mem', address, wordBytes(word)])];
  }
}
