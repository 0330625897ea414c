/** Addresses given out and taken back, last first: what was freed is soon something else. */
import { assert } from '../../../src/model/base/assert.ts';

export class Heap {
  readonly #end: bigint;
  readonly #free = new Map<bigint, bigint[]>();
  #next: bigint;

  constructor(from: bigint, bytes: bigint) {
    this.#next = from;
    this.#end = from + bytes;
  }

  /** Aligned to its size, a power of two. */
  allocate(bytes: bigint): bigint {
    const known = this.#free.get(bytes)?.pop();
    if (known !== undefined) return known;
    const at = (this.#next + bytes - 1n) & ~(bytes - 1n);
    this.#next = at + bytes;
    assert(this.#next <= this.#end, 'the heap of a random machine has room');
    return at;
  }

  free(address: bigint, bytes: bigint): void {
    const list = this.#free.get(bytes);
    if (list === undefined) this.#free.set(bytes, [address]);
    else list.push(address);
  }
}
