/** IOVAs for the DMA API, as the kernel hands them out: from the top downwards, aligned to their size. */

interface Range {
  readonly start: bigint;
  /** Exclusive. */
  readonly end: bigint;
}

export class IovaAllocator {
  private readonly limit: bigint;
  private readonly page: bigint;
  /** What is taken, by descending end. */
  private taken: Range[] = [];

  /** `limit` is the first address that the device cannot issue. */
  constructor(limit: bigint, page: bigint) {
    this.limit = limit;
    this.page = page;
  }

  /** Takes a range that is somebody else's; it may overlap others. */
  reserve(start: bigint, length: bigint): void {
    this.#insert({ start, end: start + length });
  }

  /** `size` bytes, or null. The first page is never given out: 0 looks like no address. */
  allocate(size: bigint): bigint | null {
    const pages = this.#roundToPages(size);
    let align = this.page;
    while (align < pages) align <<= 1n;
    let top = this.limit;
    for (const { start, end } of [...this.taken, { start: 0n, end: this.page }]) {
      const at = (top - pages) & -align;
      if (at >= end) {
        this.#insert({ start: at, end: at + pages });
        return at;
      }
      if (start < top) top = start;
    }
    return null;
  }

  free(start: bigint, size: bigint): void {
    const end = start + this.#roundToPages(size);
    this.taken = this.taken.filter((range) => range.start !== start || range.end !== end);
  }

  #roundToPages(size: bigint): bigint {
    return (size + this.page - 1n) & -this.page;
  }

  #insert(range: Range): void {
    this.taken = [...this.taken, range].sort((a, b) => (a.end < b.end ? 1 : -1));
  }
}
