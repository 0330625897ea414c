/** The STE and CD that a transaction went by. */
import { CACHE, PURPOSE, VERDICT } from '../../model/trace/record.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import type { RunRecord } from '../run/run-record.ts';
import { recordsOf } from './records.ts';

/** 16 words each; null what no record of the trace holds. */
export interface Structures {
  readonly ste: Uint32Array | null;
  readonly cd: Uint32Array | null;
}

/** As this transaction read them, or as the one read them that filled the cache it hit. */
export function structuresOf(run: RunRecord, records: readonly TraceRecord[]): Structures {
  return { ste: structure(sourceOf(run, records, CACHE.STE), PURPOSE.STE), cd: structure(sourceOf(run, records, CACHE.CONFIG), PURPOSE.CD) };
}

/** The configuration cache holds both structures, the STE cache one of them. */
function sourceOf(run: RunRecord, records: readonly TraceRecord[], cache: number): readonly TraceRecord[] {
  const hit = records.find(({ kind, verdict, payload }) => kind === 'LOOKUP' && verdict === VERDICT.HIT && (payload[0] === CACHE.CONFIG || payload[0] === cache));
  const filledBy = hit?.payload[4];
  return filledBy === undefined || run.log.index.transaction(filledBy) === null ? records : recordsOf(run, filledBy);
}

/** The 16 words of a structure from its two halves. */
function structure(records: readonly TraceRecord[], purpose: number): Uint32Array | null {
  const halves = records.filter((record) => record.kind === 'READ_STRUCT' && record.purpose === purpose);
  if (halves.length === 0) return null;
  const words = new Uint32Array(16);
  for (const half of halves) words.set(half.payload, half.level === 1 ? 8 : 0);
  return words;
}
