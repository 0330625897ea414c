/** Cases as QEMU's `iommu-testdev` can do them: it only writes, and always the same pattern (docs/specs/iommu-testdev.rst). */
import type { Asked, AskedCase } from './case.ts';

/** Over and over, in memory order. */
const PATTERN = [0x78, 0x56, 0x34, 0x12];

const written = (tx: Asked): Asked => ({ ...tx, op: 'W', wdata: Uint8Array.from({ length: tx.len }, (_, at) => PATTERN[at % PATTERN.length]!) });

/** StreamIDs that never read. */
export const writersOf = ({ tx }: AskedCase): number[] => [...new Set(tx.map(({ sid }) => sid))].filter((sid) => tx.every((one) => one.sid !== sid || one.op === 'W'));

/** What these StreamIDs do becomes writes of the pattern. */
export const asWrites = (one: AskedCase, sids: readonly number[]): AskedCase => ({ ...one, tx: one.tx.map((tx) => (sids.includes(tx.sid) ? written(tx) : tx)) });
