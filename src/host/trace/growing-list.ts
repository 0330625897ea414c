/** A list of unsigned 32-bit numbers that grows: millions of them at 4 bytes each. */
export class GrowingList {
  #values = new Uint32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Uint32Array(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** Replaces a value that is there. */
  set(index: number, value: number): void {
    if (index >= 0 && index < this.#length) this.#values[index] = value;
  }

  /** Lets go what is at `length` and behind. */
  cut(length: number): void {
    this.#length = Math.min(this.#length, length);
  }

  /** Undefined outside the list. */
  at(index: number): number | undefined {
    return index >= 0 && index < this.#length ? this.#values[index] : undefined;
  }
}
