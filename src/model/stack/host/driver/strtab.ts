/** The stream table (d.1): linear, or two levels with 256 STEs in each lazily allocated second one. */
import { ERRNO } from '../../errno.ts';
import type { DriverFeatures } from './features.ts';
import type { PageSource } from './page-allocator.ts';
import type { DriverMemory } from './choices.ts';

export const STE_BYTES = 64;
const SPLIT = 8;
/** The first level takes at most 1 MiB: 2^17 descriptors. */
const L1_MAX_BITS = 17;
const L1_SPAN = 9n;
const L2_PTR = 0x000f_ffff_ffff_ffc0n;

export const LEAF_BYTES = STE_BYTES << SPLIT;

/** Bytes of a linear table, or of a first level. */
const bytesOf = (twoLevel: boolean, log2size: number): number => (twoLevel ? 8 << (log2size - SPLIT) : STE_BYTES * 2 ** log2size);

/** What fills new STEs before the SMMU can see them: the generations differ. */
export type InitialSte = readonly bigint[];

export class StreamTable {
  readonly base: bigint;
  readonly twoLevel: boolean;
  readonly log2size: number;
  private readonly memory: DriverMemory;
  private readonly pages: PageSource;
  private readonly initial: InitialSte;
  private readonly _leaves: bigint[] = [];

  private constructor(base: bigint, twoLevel: boolean, log2size: number, memory: DriverMemory, pages: PageSource, initial: InitialSte) {
    this.base = base;
    this.twoLevel = twoLevel;
    this.log2size = log2size;
    this.memory = memory;
    this.pages = pages;
    this.initial = initial;
  }

  /** null: no memory for it. */
  static create(features: DriverFeatures, memory: DriverMemory, pages: PageSource, initial: InitialSte): StreamTable | null {
    const twoLevel = features.twoLevelStreamTable;
    const l1Bits = Math.min(L1_MAX_BITS, Math.max(features.sidBits - SPLIT, 0));
    const log2size = twoLevel ? l1Bits + SPLIT : features.sidBits;
    const base = pages.allocate(bytesOf(twoLevel, log2size));
    if (base === null) return null;
    const table = new StreamTable(base, twoLevel, log2size, memory, pages, initial);
    if (!twoLevel) table.#fill(base, 2 ** features.sidBits);
    return table;
  }

  /** Bytes of the table, or of its first level. */
  get bytes(): number {
    return bytesOf(this.twoLevel, this.log2size);
  }

  /** Second levels, of LEAF_BYTES each. */
  get leaves(): readonly bigint[] {
    return this._leaves;
  }

  /** Value of STRTAB_BASE_CFG. */
  get config(): bigint {
    return BigInt(this.log2size | (this.twoLevel ? (SPLIT << 6) | (1 << 16) : 0));
  }

  /** Makes the STE of a StreamID exist: -ERANGE outside the table, -ENOMEM. */
  reach(sid: number): number {
    if (sid >= 2 ** this.log2size) return -ERRNO.ERANGE;
    if (!this.twoLevel) return 0;
    const at = this.base + BigInt(sid >>> SPLIT) * 8n;
    if ((this.memory.read64(at) ?? 0n) !== 0n) return 0;
    const leaf = this.pages.allocate(LEAF_BYTES);
    if (leaf === null) return -ERRNO.ENOMEM;
    this.#fill(leaf, 1 << SPLIT);
    this._leaves.push(leaf);
    this.memory.write64(at, leaf | L1_SPAN);
    return 0;
  }

  /** Address of the STE; the StreamID must have been reached. */
  steOf(sid: number): bigint {
    if (!this.twoLevel) return this.base + BigInt(sid * STE_BYTES);
    const descriptor = this.memory.read64(this.base + BigInt(sid >>> SPLIT) * 8n) ?? 0n;
    return (descriptor & L2_PTR) + BigInt((sid & 255) * STE_BYTES);
  }

  #fill(at: bigint, count: number): void {
    for (let ste = 0; ste < count; ste++) {
      this.initial.forEach((word, index) => {
        if (word !== 0n) this.memory.write64(at + BigInt(ste * STE_BYTES + index * 8), word);
      });
    }
  }
}
