/** Rows of the event list: every record that the SMMU made, decoded, whether or not the queue took it. */
import { decodeFields } from '../../formats/words/decoded.ts';
import { explainEvent } from '../../formats/words/explain-event.ts';
import { hexWord } from '../../model/base/address.ts';
import { caseOf, eventName, EVENTS } from '../../model/spec/index.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import { EVENT_VERDICTS } from '../../protocol/contract.ts';
import type { EventRow, StructureRef } from '../../protocol/contract.ts';
import type { RunRecord } from '../run/run-record.ts';
import { toField } from './field.ts';
import type { Cells } from './cells.ts';
import { recordsAt, recordsOf } from './records.ts';

/** The events at these positions of the list; it ends where one is not there. */
export function eventRows(run: RunRecord, positions: readonly number[], cells: (position: number) => Cells = () => ({})): EventRow[] {
  const rows: EventRow[] = [];
  for (const index of positions) {
    const place = run.log.index.event(index);
    const [record] = place === null ? [] : recordsAt(run, place.record, 1);
    if (place === null || record === undefined) break;
    rows.push({ index, txn: place.txn, ...eventFields(record.payload), verdict: EVENT_VERDICTS[record.verdict] ?? 'aborted', structure: decidedIn(run, place), ...cells(index) });
  }
  return rows;
}

const isRead = ({ kind }: TraceRecord): boolean => kind === 'READ' || kind === 'READ_STRUCT';

/** The structure that was read last before the event was made, in the transaction that made it. */
function decidedIn(run: RunRecord, { txn, record }: { readonly txn: number; readonly record: number }): StructureRef | null {
  if (txn === 0) return null;
  const read = recordsOf(run, txn).filter((one) => one.seq < record && isRead(one)).at(-1);
  return read === undefined ? null : run.structures.at(BigInt(read.address));
}

function eventFields(words: Uint32Array): Pick<EventRow, 'words' | 'type' | 'fields' | 'remedy'> {
  const record = caseOf(EVENTS, words, 0);
  const said = record === null ? null : explainEvent(record, words);
  return {
    ...(said === null ? {} : { remedy: said.remedy }),
    words: [0, 2, 4, 6].map((at) => hexWord(words[at + 1]!, words[at]!)),
    type: eventName(words[0]! & 0xff),
    fields: record === null ? [] : decodeFields(record, words).map(toField),
  };
}
