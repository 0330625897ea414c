/** The granule of each stage of a walk: which bits of a descriptor are its address depends on it. */
import type { Granule } from '../../model/spec/index.ts';
import { accessor, CD, STE } from '../../model/spec/index.ts';
import { CACHE, PURPOSE, VERDICT } from '../../model/trace/record.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import type { RunRecord } from '../run/run-record.ts';
import { recordsOf } from './records.ts';

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

/** The STE and CD as this transaction read them, or as the one read them that filled the configuration cache for it. */
export function granulesOf(run: RunRecord, records: readonly TraceRecord[]): Granules {
  const filledBy = records.find(isConfigHit)?.payload[4];
  const source = filledBy === undefined || run.log.index.transaction(filledBy) === null ? records : recordsOf(run, filledBy);
  const ste = structure(source, PURPOSE.STE);
  const cd = structure(source, PURPOSE.CD);
  const upper = records[0] !== undefined && ((records[0].address >> 55n) & 1n) === 1n;
  return {
    stage1: (cd === null ? undefined : upper ? BY_TG1[tg1(cd, 0)] : BY_TG0[tg0(cd, 0)]) ?? '4K',
    stage2: (ste === null ? undefined : BY_TG0[s2tg(ste, 0)]) ?? '4K',
  };
}

const isConfigHit = ({ kind, verdict, payload }: TraceRecord): boolean => kind === 'LOOKUP' && verdict === VERDICT.HIT && payload[0] === CACHE.CONFIG;

/** The 16 words of a structure from its two halves. */
function structure(records: readonly TraceRecord[], purpose: number): Uint32Array | null {
  const halves = records.filter((record) => record.kind === 'READ_STRUCT' && record.purpose === purpose);
  if (halves.length === 0) return null;
  const words = new Uint32Array(16);
  for (const half of halves) words.set(half.payload, half.level === 1 ? 8 : 0);
  return words;
}
