/** What the copy menu offers: the rows selected together, the record on show and the selected transaction, in every form. */
import { REGISTERS } from '../../../model/spec/index.ts';
import { ACCESS_FORMS, ACCESS_TITLES, copyAccess } from '../../../query/copy-access.ts';
import { COPY_TITLES, copyRecord, formsOf, type CopiedRecord } from '../../../query/copy-record.ts';
import { copyRows, ROW_FORMS, selectedRows } from '../../services/copy-rows.ts';
import { copyText } from '../../services/exporting.ts';
import { fuzzyRank } from '../../services/fuzzy.ts';
import { useInspection, type Inspection } from '../../services/inspection.ts';
import { useMessages } from '../../services/messages.ts';
import { useSelection } from '../../services/selection.ts';
import type { PaletteItem } from './palette-item.ts';

export function copyItems(query: string): readonly PaletteItem[] {
  return fuzzyRank(query, [...rowItems(), ...recordItems(), ...transactionItems()], ({ title }) => title);
}

const item = (id: string, title: string, text: string): PaletteItem => ({ id, title, detail: text.split('\n').slice(0, 2).join(' '), run: () => useMessages().attempt('app', () => copyText(text)) });

function rowItems(): readonly PaletteItem[] {
  const rows = selectedRows();
  if (rows === null) return [];
  const title = `${rows.count.toLocaleString()} rows`;
  return ROW_FORMS.map((form) => ({ id: `rows:${form}`, title: `${title} as ${form.toUpperCase()}`, detail: rows.title, run: () => useMessages().attempt(rows.list, () => copyRows(rows, form)) }));
}

function recordItems(): readonly PaletteItem[] {
  const shown = useInspection().shown;
  if (shown === null || shown.words.length === 0) return [];
  const at = placeOf(shown);
  const record: CopiedRecord = { type: shown.title, words: shown.words, fields: shown.fields, ...(at === undefined ? {} : { at }) };
  return formsOf(record).map((form) => item(`record:${form}`, `${shown.title} as ${COPY_TITLES[form]}`, copyRecord(record, form)));
}

/** A PA is an address of the host, an IPA one of the guest; where a device would go says nothing. */
function placeOf({ origin, title, address }: Inspection): CopiedRecord['at'] {
  const register = origin === 'registers' ? REGISTERS.get(title) : undefined;
  if (register !== undefined) return { offset: register.offset, bits: register.bits };
  return address === undefined || address.space === 'iova' ? undefined : address.value;
}

function transactionItems(): readonly PaletteItem[] {
  const { present, row } = useSelection();
  if (present === null || row === undefined) return [];
  return ACCESS_FORMS.flatMap((form) => {
    const text = copyAccess(row, form);
    return text === null ? [] : [item(`txn:${form}`, `Transaction ${row.txn} as ${ACCESS_TITLES[form]}`, text)];
  });
}
