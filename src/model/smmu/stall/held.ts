/** Why software has no event record of a stalled transaction. */
import { DROPPED_DISABLED, DROPPED_FULL, ABORTED, DROPPED_ABT_ERR, WRITTEN } from '../queues/event-queue.ts';

/** STALL_MAX stalls are recorded already: this one has no STAG, and software does not know of it. */
export const NO_STAG_FREE = 5;
/** The record of another stalled transaction tells of this one too (3.12.2.1). */
export const DUPLICATE = 6;
/** Why software has no event record of a stalled transaction, by what EventQueue.recordStall or the two above said. */
export const HELD_NAMES = {
  [WRITTEN]: 'none',
  [DROPPED_FULL]: 'queue-full',
  [DROPPED_DISABLED]: 'queue-disabled',
  [ABORTED]: 'queue-error',
  [DROPPED_ABT_ERR]: 'queue-error',
  [NO_STAG_FREE]: 'stall-max',
  [DUPLICATE]: 'duplicate',
} as const;
export type Held = (typeof HELD_NAMES)[keyof typeof HELD_NAMES];
