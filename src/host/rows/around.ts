/** What the STE and CD of a transaction say of the fields of what it read: whose addresses they are, and which are not looked at. */
import { stage1Of } from '../../formats/words/decoded.ts';
import type { Around } from '../../formats/words/decoded.ts';
import { whyIgnored } from '../../model/smmu/config/used-when.ts';
import { accessor, CD, STE } from '../../model/spec/index.ts';
import type { RecordDef } from '../../model/spec/index.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import type { RunRecord } from '../run/run-record.ts';
import { structuresOf } from './structures.ts';

const strw = accessor(STE, 'STRW');
const NO_CD = new Uint32Array(CD.bytes / 4);

/** For fields of `record`, an STE, a CD or null for a descriptor. */
export function aroundOf(run: RunRecord, records: readonly TraceRecord[], record: RecordDef | null): Around {
  const { ste, cd } = structuresOf(run, records);
  if (ste === null) return {};
  const { features } = run;
  // With STRW set, CR2.E2H decides of some fields of the CD, and what it was is not among these records.
  const isKnown = features !== null && (record === STE || (record === CD && cd !== null && strw(ste, 0) === 0));
  return {
    stage1: stage1Of(ste),
    ...(isKnown && record !== null ? { ignored: (field) => whyIgnored(record, field, { ste, cd: cd ?? NO_CD, features, e2h: false }) } : {}),
  };
}
