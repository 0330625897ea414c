import { ERRNO } from '../../errno.ts';

/**
 * Smallest free number first, from 1 to 2^bits - 1. VMIDs: one for each SMMU, 0 belongs to STEs that bypass stage 2.
 * ASIDs: one for all SMMUs, so that they can equal those of the CPUs; a guest's ASIDs never come from here.
 */
export class IdAllocator {
  readonly max: number;
  private readonly _used = new Set<number>();
  /** Every number below is in use. */
  private lowest = 1;

  constructor(bits: 8 | 16) {
    this.max = 2 ** bits - 1;
  }

  get used(): readonly number[] {
    return [...this._used].sort((a, b) => a - b);
  }

  /** A number, or -ENOSPC. */
  allocate(): number {
    while (this._used.has(this.lowest)) this.lowest++;
    if (this.lowest > this.max) return -ERRNO.ENOSPC;
    this._used.add(this.lowest);
    return this.lowest;
  }

  /** 0 is nobody's and is passed over. */
  free(id: number): void {
    if (this._used.delete(id)) this.lowest = Math.min(this.lowest, id);
  }
}
