/** What the store's thread answers. Times are ISO 8601 in UTC and come from the host. */
import type { Documents, Session, StoredRun } from '../../protocol/contract.ts';
import type { LabError } from '../../model/base/result.ts';

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
}

export interface SavedDocuments {
  readonly id: string;
  readonly version: number;
}

export interface OpenedSession extends SavedDocuments {
  readonly title: string;
  readonly documents: Documents;
  readonly runs: StoredRun[];
}

export interface StoreApi {
  status(params: Record<never, never>): StoreStatus;
  listSessions(params: Record<never, never>): Session[];
  /** Without `id` a new session; with it a new version of its documents, unless they are those of the newest: then `when` is not its time. */
  save(params: { readonly id: string | null; readonly title: string; readonly documents: Documents; readonly when: string }): SavedDocuments;
  open(params: { readonly id: string }): OpenedSession;
  /** A run of the same version with the same digest is the same run: its time is renewed, and null returned. */
  beginRun(params: RunSummary): string | null;
  /** Records in order; the call before must have been answered. */
  appendTrace(params: { readonly runId: string; readonly bytes: Uint8Array }): undefined;
  finishRun(params: { readonly runId: string }): undefined;
  openRun(params: { readonly runId: string }): RunSummary & { readonly chunks: number };
  readTrace(params: { readonly runId: string; readonly chunk: number }): Uint8Array;
  close(params: Record<never, never>): undefined;
}
