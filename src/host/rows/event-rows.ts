/** Rows of the event list: every record that the SMMU made, decoded, whether or not the queue took it. */
import { decodeFields } from '../../formats/words/decoded.ts';
import { hexWord } from '../../model/base/address.ts';
import { caseOf, eventName, EVENTS } from '../../model/spec/index.ts';
import { EVENT_VERDICTS } from '../../protocol/contract.ts';
import type { EventRow } from '../../protocol/contract.ts';
import type { RunRecord } from '../run/run-record.ts';
import { toField } from './field.ts';
import { recordsAt } from './records.ts';

/** The events at these positions of the list; it ends where one is not there. */
export function eventRows(run: RunRecord, positions: readonly number[]): EventRow[] {
  const rows: EventRow[] = [];
  for (const index of positions) {
    const place = run.log.index.event(index);
    const [record] = place === null ? [] : recordsAt(run, place.record, 1);
    if (place === null || record === undefined) break;
    rows.push({ index, txn: place.txn, ...eventFields(record.payload), verdict: EVENT_VERDICTS[record.verdict] ?? 'aborted' });
  }
  return rows;
}

function eventFields(words: Uint32Array): Pick<EventRow, 'words' | 'type' | 'fields'> {
  const record = caseOf(EVENTS, words, 0);
  return {
    words: [0, 2, 4, 6].map((at) => hexWord(words[at + 1]!, words[at]!)),
    type: eventName(words[0]! & 0xff),
    fields: record === null ? [] : decodeFields(record, words).map(toField),
  };
}
