/** What the inspections of both kinds of lab look at: the SMMU, memory, and where the configuration of a stream lies. Nothing is touched. */
import type { PhysicalMemory } from '../../memory/physical-memory.ts';
import type { Smmu } from '../../smmu/smmu.ts';
import type { Detail } from '../verbs/verb.ts';

export interface StreamView {
  readonly device: string;
  readonly sid: number;
  /** PA of its STE. */
  readonly ste: bigint;
  /** PA of what its guest has at an IPA; null: nothing. */
  toPa(ipa: bigint): bigint | null;
}

export interface View {
  readonly smmu: Smmu;
  readonly memory: PhysicalMemory;
  stream(device: string): StreamView;
}

/** What an inspection found; `fields` can be compared with. */
export interface Shown {
  readonly text: string;
  readonly details: readonly Detail[];
  readonly fields: Readonly<Record<string, bigint>>;
}

/** More rows than this are counted. */
const ROWS = 64;

export const rows = (details: readonly Detail[]): readonly Detail[] =>
  details.length <= ROWS ? details : [...details.slice(0, ROWS), { name: '...', value: `${details.length - ROWS} more` }];

export const counts = (numbers: Readonly<Record<string, number>>): Readonly<Record<string, bigint>> =>
  Object.fromEntries(Object.entries(numbers).map(([name, count]) => [name, BigInt(count)]));
