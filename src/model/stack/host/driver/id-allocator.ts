import { ERRNO } from '../../errno.ts';

/**
 * Smallest free number first, from 1 to 2^bits - 1. VMIDs: one for each SMMU, 0 belongs to STEs that bypass stage 2.
 * ASIDs: one for all SMMUs, so that they can equal those of the CPUs; a guest's ASIDs never come from here.
 */
export class IdAllocator {
  readonly max: number;
  readonly #used = new Set<number>();

  constructor(bits: 8 | 16) {
    this.max = 2 ** bits - 1;
  }

  get used(): readonly number[] {
    return [...this.#used].sort((a, b) => a - b);
  }

  /** A number, or -ENOSPC. */
  allocate(): number {
    for (let id = 1; id <= this.max; id++) {
      if (this.#used.has(id)) continue;
      this.#used.add(id);
      return id;
    }
    return -ERRNO.ENOSPC;
  }

  /** 0 is nobody's and is passed over. */
  free(id: number): void {
    this.#used.delete(id);
  }
}
