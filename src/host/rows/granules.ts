/** The granule of each stage of a walk: which bits of a descriptor are its address depends on it. */
import type { Granule } from '../../model/spec/index.ts';
import { accessor, CD, STE } from '../../model/spec/index.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import type { RunRecord } from '../run/run-record.ts';
import { structuresOf } from './structures.ts';

export interface Granules {
  readonly stage1: Granule;
  readonly stage2: Granule;
}

const s2tg = accessor(STE, 'S2TG');
const tg0 = accessor(CD, 'TG0');
const tg1 = accessor(CD, 'TG1');
/** IHI 0070 5.2 (S2TG), 5.4 (TG0, TG1): the two are coded differently. */
const BY_TG0: readonly (Granule | undefined)[] = ['4K', '64K', '16K'];
const BY_TG1: readonly (Granule | undefined)[] = [undefined, '16K', '4K', '64K'];

/** Of the STE and CD that this transaction went by; 4K where they are not known. */
export function granulesOf(run: RunRecord, records: readonly TraceRecord[]): Granules {
  const { ste, cd } = structuresOf(run, records);
  const upper = records[0] !== undefined && ((records[0].address >> 55n) & 1n) === 1n;
  return {
    stage1: (cd === null ? undefined : upper ? BY_TG1[tg1(cd, 0)] : BY_TG0[tg0(cd, 0)]) ?? '4K',
    stage2: (ste === null ? undefined : BY_TG0[s2tg(ste, 0)]) ?? '4K',
  };
}
