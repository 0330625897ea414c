/** What is done in a session: actions that are kept in order, from which its documents come back after a crash and by which they are undone. */
import { z } from 'zod';
import { DOCUMENT_NAMES } from './errors.ts';
import { MAX_DOCUMENT } from './run.ts';

const count = z.number().int().nonnegative();
export const tagsSchema = z.array(z.string().min(1).max(60)).max(50);
export const MAX_NOTES = 1024 * 1024;

/** `removed` is what was at offset `at` (in UTF-16 units): an edit that does not fit is refused instead of guessed at. */
const editSchema = z.object({ document: z.enum(DOCUMENT_NAMES), at: count, removed: z.string().max(MAX_DOCUMENT), inserted: z.string().max(MAX_DOCUMENT) });
export type Edit = z.infer<typeof editSchema>;

/** What a caller may add; each is undone as one. `did` is something that only happened, such as a run, and is not undone. */
export const actionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('edit'), edits: z.array(editSchema).min(1).max(1000) }),
  z.object({ kind: z.literal('title'), before: z.string(), after: z.string().min(1).max(200) }),
  z.object({ kind: z.literal('notes'), before: z.string(), after: z.string().max(MAX_NOTES) }),
  z.object({ kind: z.literal('tags'), before: tagsSchema, after: tagsSchema }),
  z.object({ kind: z.literal('did'), what: z.string().min(1).max(500) }),
]);
export type Action = z.infer<typeof actionSchema>;

export const journalStateSchema = z.object({
  /** Number of the last action; 0 before the first. */
  last: count,
  /** Actions that can be undone, and done again. */
  undo: count,
  redo: count,
  /** Actions since a version was last saved: what a crash would have lost without the journal. */
  unsaved: count,
});
export type JournalState = z.infer<typeof journalStateSchema>;
