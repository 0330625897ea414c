import type { Features } from '../../spec/features.ts';
import { accessor, STE } from '../../spec/index.ts';

/** STE.EATS (IHI 0070 5.2). */
export const EATS = { OFF: 0, FULL: 1, SPLIT: 2 } as const;

const config = accessor(STE, 'Config');
const field = accessor(STE, 'EATS');

/**
 * STE.EATS as it acts (3.9.1, 5.2): off without stages or without ATS; split-stage only while CR0.ATSCHK is 1; 3 needs a Device
 * Permission Table, which this SMMU does not have. The STE is legal.
 */
export function effectiveEats(words: Int32Array, at: number, features: Features, atschk: boolean): number {
  if (!features.ats || config(words, at) <= 4) return EATS.OFF;
  const eats = field(words, at);
  if (eats === EATS.SPLIT) return atschk ? EATS.SPLIT : EATS.OFF;
  return eats === EATS.FULL ? EATS.FULL : EATS.OFF;
}
