/** What is kept: versions, bookmarks, and the database as a whole. */
import { z } from 'zod';

const count = z.number().int().nonnegative();

export const versionSchema = z.object({ version: count, when: z.string() });
export type Version = z.infer<typeof versionSchema>;

/** What a bookmark points at: a transaction, an event or a record of a run, or an address. */
export const bookmarkPlaceSchema = z.union([
  z.object({ txn: count }),
  z.object({ event: count }),
  z.object({ record: count }),
  z.object({ address: z.string().regex(/^0x[0-9a-f]{1,16}$/), space: z.enum(['iova', 'ipa', 'pa']) }),
]);
export type BookmarkPlace = z.infer<typeof bookmarkPlaceSchema>;

export const MAX_BOOKMARK_NOTE = 4000;

export const bookmarkSchema = z.object({ id: z.string(), runId: z.string().nullable(), place: bookmarkPlaceSchema, note: z.string(), made: z.string() });
export type Bookmark = z.infer<typeof bookmarkSchema>;

export const storeSizeSchema = z.object({
  file: z.string(),
  /** Of the file with its write-ahead log; of the traces in it; free inside it. */
  bytes: count,
  traces: count,
  free: count,
  sessions: count,
  runs: count,
});
export type StoreSize = z.infer<typeof storeSizeSchema>;
