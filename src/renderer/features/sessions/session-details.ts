/** What the panel knows of the session that is chosen in it, and what it does with it. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { Action, Documents, ResultOf, StoreSize, Version } from '../../../protocol/contract.ts';
import { editsBetween } from '../../../protocol/edits.ts';
import { DOCUMENT_NAMES, useDocuments } from '../../services/documents.ts';
import { KINDS } from '../../services/files/files.ts';
import { useJournal, type Noted } from '../../services/journal.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { useLabJobs } from '../../services/lab-jobs.ts';
import { useMessages } from '../../services/messages.ts';
import { useSessions } from '../../services/sessions.ts';
import { useTransfers } from '../../services/transfers.ts';

type Opened = ResultOf<'sessions.open'>;
/** One stretch that differs between a version and the documents now. */
export interface Stretch {
  readonly document: string;
  readonly line: number;
  readonly removed: string;
  readonly inserted: string;
}

export const useSessionDetails = defineStore('session-details', () => {
  const client = useLabClient();
  const documents = useDocuments();
  const journal = useJournal();
  const jobs = useLabJobs();
  const messages = useMessages();
  const sessions = useSessions();
  const transfers = useTransfers();
  const chosen = ref<string | null>(null);
  const opened = shallowRef<Opened | null>(null);
  const versions = shallowRef<readonly Version[]>([]);
  const size = shallowRef<StoreSize | null>(null);
  /** What the check of the database said. */
  const checked = ref('');
  const isCurrent = computed(() => chosen.value !== null && chosen.value === sessions.current);
  const attempt = <T>(work: () => Promise<T>): Promise<T | undefined> => messages.attempt('sessions', work);

  async function choose(id: string | null): Promise<void> {
    if (id !== chosen.value) {
      opened.value = null;
      versions.value = [];
    }
    chosen.value = id;
    if (id === null) return;
    const [session, kept] = (await attempt(() => Promise.all([client.call('sessions.open', { id, look: true }), client.call('sessions.versions', { id })]))) ?? [null, []];
    if (chosen.value !== id) return;
    opened.value = session;
    versions.value = kept;
  }

  const again = (): Promise<void> => choose(chosen.value);

  async function measure(): Promise<void> {
    size.value = (await attempt(() => client.call('store.size', {}))) ?? null;
  }

  /** Title, notes or tags: actions of the session's journal, so that they can be undone. */
  async function note(change: Partial<Noted>): Promise<void> {
    const [id, before] = [chosen.value, opened.value];
    if (id === null || before === null) return;
    if (isCurrent.value) await journal.note(change);
    else {
      const actions: Action[] = [];
      if (change.title !== undefined && change.title !== before.title) actions.push({ kind: 'title', before: before.title, after: change.title });
      if (change.notes !== undefined && change.notes !== before.notes) actions.push({ kind: 'notes', before: before.notes, after: change.notes });
      if (change.tags !== undefined) actions.push({ kind: 'tags', before: before.tags, after: [...change.tags] });
      if (actions.length > 0) await attempt(() => client.call('journal.append', { id, after: before.journal.last, actions }));
    }
    await again();
    await sessions.refresh();
  }
  // Undone, or done again.
  watch(() => journal.noted, () => (isCurrent.value ? again() : undefined));

  /** A session of its own with the same documents, which is then open. */
  async function duplicate(): Promise<void> {
    const before = opened.value;
    if (before === null) return;
    const copy = await attempt(() => client.call('sessions.save', { title: `${before.title} (copy)`.slice(0, 200), documents: before.documents }));
    if (copy === undefined) return;
    await sessions.openSession(copy.id);
    await sessions.refresh();
    await choose(copy.id);
  }

  async function remove(): Promise<void> {
    const id = chosen.value;
    if (id === null) return;
    if ((await attempt(() => client.call('sessions.remove', { id }))) === undefined) return;
    sessions.gone(id);
    await choose(null);
    await sessions.refresh();
    await measure();
  }

  async function prune(runIds: readonly string[]): Promise<void> {
    await attempt(() => client.call('store.prune', { runIds: [...runIds] }, { label: 'Removing traces' }));
    await again();
    await sessions.refresh();
    await measure();
  }

  const versionOf = (version: number): Promise<Documents | undefined> => attempt(() => client.call('sessions.version', { id: chosen.value!, version }));

  /** What restoring a version would change. */
  async function differences(version: number): Promise<readonly Stretch[]> {
    const then = await versionOf(version);
    const now = isCurrent.value ? documents.snapshot() : opened.value?.documents;
    if (then === undefined || now === undefined) return [];
    return editsBetween(now, then).map(({ document, at, removed, inserted }) => ({ document, line: now[document].slice(0, at).split('\n').length, removed, inserted }));
  }

  /** The documents as they were, as an edit that can be undone. */
  async function restore(version: number): Promise<void> {
    const then = await versionOf(version);
    if (then === undefined || !isCurrent.value) return;
    for (const name of DOCUMENT_NAMES) documents.edit(name, then[name]);
    await journal.keepEdits();
    await again();
  }

  async function check(): Promise<void> {
    const answer = await attempt(() => client.call('store.check', {}, { label: 'Checking the database' }));
    if (answer !== undefined) checked.value = answer.complaints.length === 0 ? '✓ The database is sound.' : `✗ ${answer.complaints.slice(0, 5).join('; ')}`;
  }

  /** A sound copy of all that can be read, where the user wants it. */
  const copyStore = (): Promise<unknown> =>
    attempt(async () => {
      const made = await jobs.call('store.export', {}, 'Copying the database');
      try {
        await transfers.save(made, 'Save a copy of the database', KINDS.database);
      } finally {
        await transfers.end(made.transfer);
      }
    });

  return { chosen, opened, versions, size, checked, isCurrent, choose, again, measure, note, duplicate, remove, prune, differences, restore, check, copyStore };
});
