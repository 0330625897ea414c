import type { StalledRow } from '../../../protocol/contract.ts';

/** Why software cannot answer yet. */
export const HELD_WORDS: Readonly<Record<StalledRow['held'], string>> = {
  none: '',
  'queue-full': 'not told: queue full',
  'queue-disabled': 'not told: EVENTQEN 0',
  'queue-error': 'not told: EVENTQ_ABT_ERR',
  'stall-max': 'not told: STALL_MAX reached',
  duplicate: 'told of by another',
};

export const hexNumber = (value: number): string => `0x${value.toString(16)}`;
