/**
 * Arithmetic of queue indexes (IHI 0070 3.5.1). A queue has 2^log2Size entries; an index register holds the slot in
 * [log2Size-1:0] and the wrap flag in bit log2Size. Bits above that are ignored here: a register that software owns
 * may hold anything in them.
 */

/** Bits of an index register that count: slot and wrap. */
export const indexMask = (log2Size: number): number => 2 ** (log2Size + 1) - 1;

/** The slot an index points at. */
export const slotOf = (index: number, log2Size: number): number => index & (2 ** log2Size - 1);

/** The wrap flag, 0 or 1. */
export const wrapOf = (index: number, log2Size: number): number => (index >>> log2Size) & 1;

/** The next index; the wrap flag toggles when the slot starts again at 0. */
export const nextIndex = (index: number, log2Size: number): number => (index + 1) & indexMask(log2Size);

/** Entries from `cons` up to `prod`. More than 2^log2Size when the two are inconsistent. */
export const occupancy = (prod: number, cons: number, log2Size: number): number => (prod - cons) & indexMask(log2Size);

/** Equal slots and equal wrap flags. */
export const isEmpty = (prod: number, cons: number, log2Size: number): boolean => occupancy(prod, cons, log2Size) === 0;

/** Equal slots, different wrap flags. Inconsistent indexes (CONSTRAINED UNPREDICTABLE) count as full: nothing fits. */
export const isFull = (prod: number, cons: number, log2Size: number): boolean => occupancy(prod, cons, log2Size) >= 2 ** log2Size;

/** False when the indexes are further apart than the queue is long: 3.5.1 leaves open what the SMMU does then. */
export const isConsistent = (prod: number, cons: number, log2Size: number): boolean => occupancy(prod, cons, log2Size) <= 2 ** log2Size;
