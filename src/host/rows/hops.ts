/** Hops as the trace has them: the record, and its text in the records behind it. */
import { HOPS, parseHop } from '../../model/trace/hop.ts';
import type { HopText } from '../../model/trace/hop.ts';
import { errnoText } from '../../model/stack/errno.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import { dataText } from '../../model/trace/steps.ts';
import type { RunRecord } from '../run/run-record.ts';
import { recordsAt } from './records.ts';

/** Bytes of text in a record. */
const TEXT = 32;

export interface HopRow extends HopText {
  readonly hop: (typeof HOPS)[number];
  readonly path: number;
  /** The answer in words; null: it gave none. */
  readonly result: string | null;
  /** It answered with an errno. */
  readonly failed: boolean;
}

/** The hop at `position` of the trace, whose record this is. */
export function hopAt(run: RunRecord, position: number, { payload }: TraceRecord): HopRow {
  const [hop, path, result, answered, , bytes] = payload;
  const text = recordsAt(run, position + 1, Math.ceil(bytes! / TEXT)).map(dataText).join('');
  const answer = answered === 1 ? result! | 0 : null;
  return { ...parseHop(text), hop: HOPS[hop!] ?? 'guest', path: path!, result: answer === null ? null : errnoText(answer), failed: answer !== null && answer < 0 };
}
