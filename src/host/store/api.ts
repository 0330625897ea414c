/** What the store's thread answers. Times are ISO 8601 in UTC and come from the host. */
import type { Action, Bookmark, BookmarkPlace, Documents, JournalState, Session, StoredRun, StoreSize, Version } from '../../protocol/contract.ts';
import type { LabError } from '../../model/base/result.ts';
import type { TraceLevel } from '../../model/trace/recorder.ts';

export interface StoreStatus {
  readonly canRead: boolean;
  readonly canSave: boolean;
  readonly problem: LabError | null;
}

/** A finished run, without its trace. `details` is for the host: what it needs to show the run again. */
export interface RunSummary {
  readonly sessionId: string;
  readonly version: number;
  readonly when: string;
  readonly digest: string | null;
  readonly records: number;
  readonly transactions: number;
  readonly faults: number;
  readonly details: string;
  /** Null: stored by a version that did not say. */
  readonly level: TraceLevel | null;
  readonly dropped: number;
  readonly omitted: number;
  /** A crash ended the recording. */
  readonly cut?: boolean;
}

/** What a trace turned out to be: known only when it has ended. */
export interface TraceTotals {
  readonly records: number;
  readonly transactions: number;
  readonly faults: number;
  readonly digest: string | null;
  readonly dropped: number;
  readonly omitted: number;
}

export interface StoredSummary extends RunSummary {
  readonly chunks: number;
}

export interface SavedDocuments {
  readonly id: string;
  readonly version: number;
  /** The last action of the journal. */
  readonly last: number;
}

/** What the journal leads to. */
export interface WorkingDocuments {
  readonly title: string;
  readonly notes: string;
  readonly tags: string[];
  readonly documents: Documents;
  readonly journal: JournalState;
}

export interface OpenedSession extends WorkingDocuments {
  readonly id: string;
  /** The newest. */
  readonly version: number;
  readonly layout: string | null;
  readonly runs: StoredRun[];
}

export interface Saving {
  readonly id: string | null;
  readonly title: string | null;
  readonly documents: Documents;
  readonly began?: Documents;
  readonly when: string;
  readonly after?: number | undefined;
  readonly arriving?: boolean;
}

export interface StoreApi {
  status(params: Record<never, never>): StoreStatus;
  listSessions(params: { readonly search: string | null }): Session[];
  /**
   * Without `id` a new session; with it a new version of its documents, unless they are those of the newest: then `when` is not its time.
   * `title` null: the one it has. `after`: the last action that the caller knows of; edits since then are a `journal-conflict`.
   * `began`: what the journal of a new session begins with, where that is not what is saved.
   * `arriving`: a new session is not shown before `arrived`, and goes with this process if that never comes.
   */
  save(params: Saving): SavedDocuments;
  arrived(params: { readonly id: string }): undefined;
  /** The number of the version that a run was of, a new one where there is none; the journal, and with it what was edited since, stays as it is. */
  versionOf(params: { readonly id: string; readonly documents: Documents; readonly when: string }): number;
  open(params: { readonly id: string }): OpenedSession;
  versions(params: { readonly id: string }): Version[];
  version(params: { readonly id: string; readonly version: number }): Documents;
  removeSession(params: { readonly id: string }): undefined;
  setLayout(params: { readonly id: string; readonly layout: string }): undefined;
  appendActions(params: { readonly id: string; readonly after: number; readonly actions: readonly Action[]; readonly follow?: boolean; readonly when: string }): JournalState;
  moveJournal(params: { readonly id: string; readonly kind: 'undo' | 'redo'; readonly when: string }): WorkingDocuments;
  /** Every action of a session, in order: JSON each. */
  journalLines(params: { readonly id: string }): string[];
  listBookmarks(params: { readonly id: string }): Bookmark[];
  addBookmark(params: { readonly id: string; readonly runId: string | null; readonly place: BookmarkPlace; readonly note: string; readonly when: string }): { readonly id: string };
  noteBookmark(params: { readonly id: string; readonly note: string }): undefined;
  removeBookmark(params: { readonly id: string }): undefined;
  size(params: Record<never, never>): StoreSize;
  check(params: Record<never, never>): string[];
  /** A sound copy of what can be read, in a new file. */
  copyTo(params: { readonly file: string }): undefined;
  prune(params: { readonly runIds: readonly string[] }): number;
  /** A run of the same version with the same digest is the same run: its time is renewed, and null returned. */
  beginRun(params: RunSummary): string | null;
  /** Records in order; the call before must have been answered. */
  appendTrace(params: { readonly runId: string; readonly bytes: Uint8Array }): undefined;
  finishRun(params: { readonly runId: string; readonly totals: TraceTotals | null }): undefined;
  abandonRun(params: { readonly runId: string }): undefined;
  openRun(params: { readonly runId: string }): StoredSummary;
  readTrace(params: { readonly runId: string; readonly chunk: number }): Uint8Array;
  close(params: Record<never, never>): undefined;
}
