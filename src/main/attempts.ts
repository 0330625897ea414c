/** How often something may happen again before it is left alone. */
export class Attempts {
  readonly #limit: number;
  readonly #withinMs: number;
  #times: number[] = [];

  constructor(limit: number, withinMs: number) {
    this.#limit = limit;
    this.#withinMs = withinMs;
  }

  /** Counts one at `now`; false when it is one too many. */
  allow(now: number): boolean {
    this.#times = [...this.#times.filter((time) => now - time < this.#withinMs), now];
    return this.#times.length <= this.#limit;
  }
}
