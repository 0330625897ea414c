/** LZO1X, as makedumpfile -l and QEMU's kdump-lzo write their pages: the format of Linux' Documentation/staging/lzo.rst, without its run-length extension. */

/** null: damaged, or not `length` bytes. */
export function decompressLzo(input: Uint8Array, length: number): Uint8Array | null {
  const reader = new Lzo(input, length);
  return reader.run() && reader.filled === length ? reader.out : null;
}

class Lzo {
  readonly out: Uint8Array;
  filled = 0;
  readonly #in: Uint8Array;
  #at = 0;

  constructor(input: Uint8Array, length: number) {
    this.#in = input;
    this.out = new Uint8Array(length);
  }

  /** True at the end marker. `state` is how many literals the last instruction copied, 4 for "four or more". */
  run(): boolean {
    let state = 0;
    const first = this.#in[0] ?? 0;
    if (first > 17) {
      this.#at = 1;
      const count = first - 17;
      if (!this.#literals(count)) return false;
      state = Math.min(count, 4);
    }
    while (this.#at < this.#in.length) {
      const code = this.#in[this.#at++]!;
      if (code < 16 && state === 0) {
        if (!this.#literals(code === 0 ? this.#long(15) + 3 : code + 3)) return false;
        state = 4;
        continue;
      }
      const match = this.#match(code, state);
      if (match === 'end') return true;
      if (match === 'damaged') return false;
      state = match;
      if (!this.#literals(state)) return false;
    }
    return false;
  }

  /** Copies what was written before; gives how many literals follow. */
  #match(code: number, state: number): number | 'end' | 'damaged' {
    let count: number;
    let distance: number;
    let tail = code;
    if (code >= 64) {
      count = (code >>> 5) + 1;
      distance = ((this.#byte() << 3) | ((code >>> 2) & 7)) + 1;
    } else if (code >= 32) {
      count = ((code & 31) || this.#long(31)) + 2;
      tail = this.#byte();
      distance = ((this.#byte() << 6) | (tail >>> 2)) + 1;
    } else if (code >= 16) {
      count = ((code & 7) || this.#long(7)) + 2;
      tail = this.#byte();
      distance = ((code & 8) << 11) + ((this.#byte() << 6) | (tail >>> 2));
      if (distance === 0) return 'end';
      distance += 0x4000;
    } else {
      count = state === 4 ? 3 : 2;
      distance = ((this.#byte() << 2) | (code >>> 2)) + (state === 4 ? 2049 : 1);
    }
    return this.#copy(distance, count) ? tail & 3 : 'damaged';
  }

  #byte(): number {
    return this.#in[this.#at++] ?? 0;
  }

  /** A count that goes on over bytes of 0. */
  #long(base: number): number {
    let count = base;
    while (this.#in[this.#at] === 0) {
      count += 255;
      this.#at++;
    }
    return count + this.#byte();
  }

  #literals(count: number): boolean {
    if (this.#at + count > this.#in.length || this.filled + count > this.out.length) return false;
    this.out.set(this.#in.subarray(this.#at, this.#at + count), this.filled);
    this.#at += count;
    this.filled += count;
    return true;
  }

  /** Byte by byte: source and destination may overlap. */
  #copy(distance: number, count: number): boolean {
    if (distance > this.filled || this.filled + count > this.out.length) return false;
    for (let i = 0; i < count; i++, this.filled++) this.out[this.filled] = this.out[this.filled - distance]!;
    return true;
  }
}
