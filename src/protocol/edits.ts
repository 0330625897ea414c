/** What was typed between two states of the documents. Both ends of the protocol write it into the journal. */
import { DOCUMENT_NAMES } from './errors.ts';
import type { Edit } from './journal.ts';
import type { Documents } from './run.ts';

/** The edits that make `after` of `before`: at most one for each document, without what both begin and end with. */
export function editsBetween(before: Documents, after: Documents): Edit[] {
  const edits: Edit[] = [];
  for (const document of DOCUMENT_NAMES) {
    const [a, b] = [before[document], after[document]];
    if (a === b) continue;
    let start = 0;
    while (start < a.length && start < b.length && a[start] === b[start]) start++;
    let end = 0;
    while (end < Math.min(a.length, b.length) - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
    edits.push({ document, at: start, removed: a.slice(start, a.length - end), inserted: b.slice(start, b.length - end) });
  }
  return edits;
}
