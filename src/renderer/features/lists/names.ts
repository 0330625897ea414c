import type { LookList } from '../../services/list-columns.ts';

/** As the titles of dialogs say it. */
export const LIST_NAMES: Readonly<Record<LookList, string>> = { transactions: 'the transactions', records: 'the trace' };
