/**
 * Keeps what a connection makes: documents when the user says so, and from then on each run that came to its end, so that a
 * trace that was worth running is still there tomorrow. A run that repeats one that is kept (same documents, same digest) is not kept
 * twice, and a sample that was only looked at is not kept at all.
 */
import type { Action, BookmarkPlace, Documents, JournalState, QueueState, ResultOf, RunState, Session } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { RunSummary, SavedDocuments, WorkingDocuments } from '../store/api.ts';
import { JOURNAL_CONFLICT } from '../store/journal/journal.ts';
import type { StoreClient } from '../store/store-client.ts';
import type { Lab } from './lab.ts';
import { RunRecord } from './run-record.ts';
import type { RunDetails } from './run-record.ts';
import { UnfinishedRun } from './unfinished.ts';

/** Of a run as it is now. */
function summaryOf(run: RunRecord, queue: QueueState | null): Omit<RunSummary, 'sessionId' | 'version'> {
  const { records, transactions, faults, level, dropped, omitted, cut } = run.counts();
  return { when: now(), digest: run.digest(), records, transactions, faults, details: JSON.stringify(run.details(queue)), level, dropped, omitted, cut };
}

const now = (): string => new Date().toISOString();

const isConflict = (error: unknown): boolean => error instanceof RpcError && error.code === JOURNAL_CONFLICT;
const same = (a: Documents | null, b: Documents): boolean => a !== null && a.host === b.host && a.guest === b.guest && a.steps === b.steps;

export interface KeeperOptions {
  readonly store: StoreClient;
  readonly lab: Lab;
  /** Where a run under way is for those who come after a crash. */
  readonly spoolFolder: string;
  readonly report: (error: unknown) => void;
  /** Nothing is listed or opened before. */
  readonly recovered: Promise<unknown>;
}

export class Keeper {
  readonly #store: StoreClient;
  readonly #lab: Lab;
  readonly #spoolFolder: string;
  readonly #report: (error: unknown) => void;
  /** The session that the user works in. */
  #session: { readonly id: string; readonly title: string | null } | null = null;
  /** The last action of each session that the user's window knows of. */
  readonly #known = new Map<string, number>();
  #work: Promise<unknown>;

  constructor({ store, lab, spoolFolder, report, recovered }: KeeperOptions) {
    this.#store = store;
    this.#lab = lab;
    this.#spoolFolder = spoolFolder;
    this.#report = report;
    this.#work = recovered;
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.#work;
  }

  /** The documents at hand are no longer those of a session. */
  leave(): void {
    this.#session = null;
  }

  async list(search: string | null): Promise<Session[]> {
    await this.settled();
    const { canRead } = await this.#store.status();
    return canRead ? this.#store.call('listSessions', { search }) : [];
  }

  async save(id: string | null, title: string | null, documents: Documents, began = documents): Promise<{ id: string }> {
    await this.#requireSaving();
    return this.#inTurn(async () => {
      const name = title ?? (this.#session?.id === id ? this.#session?.title : null) ?? null;
      const saved = await this.#write(id, title, documents, began).catch((error: unknown) => {
        // Another window's work is not written over, and neither is this one's lost.
        if (isConflict(error)) return this.#write(null, name, documents);
        throw error;
      });
      this.#session = { id: saved.id, title: name };
      if (same(this.#lab.documents, documents) && this.#lab.hasRun) await this.#keep(this.#lab.shown, await this.#lab.machine.eventQueue(), saved);
      return { id: saved.id };
    });
  }

  /** One that is only looked at is not the one that the user works in. */
  async open(id: string, look = false): Promise<ResultOf<'sessions.open'>> {
    await this.settled();
    const { title, notes, tags, documents, journal, layout, runs } = await this.#store.call('open', { id });
    if (!look) {
      this.#session = { id, title };
      this.#known.set(id, journal.last);
    }
    return { title, notes, tags, documents, journal, layout, runs };
  }

  append(id: string, after: number, actions: readonly Action[], follow = false): Promise<JournalState> {
    return this.#inTurn(async () => {
      const state = await this.#store.call('appendActions', { id, after, actions, follow, when: now() });
      this.#known.set(id, state.last);
      for (const action of actions) if (action.kind === 'title') this.#named(id, action.after);
      return state;
    });
  }

  move(id: string, kind: 'undo' | 'redo'): Promise<WorkingDocuments> {
    return this.#inTurn(async () => {
      const working = await this.#store.call('moveJournal', { id, kind, when: now() });
      this.#known.set(id, working.journal.last);
      this.#named(id, working.title);
      return working;
    });
  }

  async remove(id: string): Promise<void> {
    await this.#inTurn(() => this.#store.call('removeSession', { id }));
    if (this.#session?.id === id) this.#session = null;
  }

  addBookmark(id: string, runId: string | null, place: BookmarkPlace, note: string): Promise<{ id: string }> {
    return this.#inTurn(() => this.#store.call('addBookmark', { id, runId, place, note, when: now() }));
  }

  async openRun(runId: string): Promise<RunState> {
    await this.settled();
    const log = this.#lab.newLog();
    try {
      const { details: text, cut = false } = await this.#store.readTrace(runId, log);
      const details = JSON.parse(text) as RunDetails;
      return await this.#lab.show(RunRecord.restore(log, details, cut));
    } catch (error) {
      log.close();
      throw error;
    }
  }

  /** From here on a crash of this process leaves what is recorded of the run. */
  guard(run: RunRecord, documents: Documents): void {
    if (this.#session === null || run.unfinished !== null) return;
    const { whenFull } = this.#lab.record({});
    const summary = { ...summaryOf(run, null), sessionId: this.#session.id, cut: true };
    run.unfinished = UnfinishedRun.begin(this.#spoolFolder, { documents, whenFull, ended: false, summary }, run.log);
  }

  /** Stores a run with the session that the user works in, in the background; a failure is reported, the lab goes on. */
  keepEnded(run: RunRecord, documents: Documents): void {
    const session = this.#session;
    if (session === null) return;
    // Asked for now: when the turn comes the machine may be another.
    const queue = this.#lab.machine.eventQueue();
    const kept = this.#inTurn(async () => {
      if (!(await this.#store.status()).canSave) return;
      const { id } = session;
      await this.#keep(run, await queue, { id, version: await this.#store.call('versionOf', { id, documents, when: now() }) });
    });
    run.copying = kept;
    kept.catch(this.#report);
  }

  async #write(id: string | null, title: string | null, documents: Documents, began = documents): Promise<SavedDocuments> {
    const saved = await this.#store.call('save', { id, title, documents, began, when: now(), after: id === null ? undefined : this.#known.get(id) });
    this.#known.set(saved.id, saved.last);
    return saved;
  }

  async #keep(run: RunRecord, queue: QueueState | null, { id, version }: Pick<SavedDocuments, 'id' | 'version'>): Promise<void> {
    if (run.log.records === 0) return;
    const summary = { ...summaryOf(run, queue), sessionId: id };
    run.unfinished?.end(summary);
    const copied = this.#store.saveRun({ ...summary, version }, run.log);
    run.copying = copied;
    if (run.unfinished !== null) run.unfinished.isLeft = true;
    await copied;
    if (run.unfinished === null) return;
    run.unfinished.isLeft = false;
    run.unfinished.remove();
  }

  #named(id: string, title: string): void {
    if (this.#session?.id === id) this.#session = { id, title };
  }

  async #requireSaving(): Promise<void> {
    const { canSave, problem } = await this.#store.status();
    if (!canSave) throw new RpcError({ code: RPC_CODES.cannotSave, message: `nothing can be saved: ${problem?.message ?? 'the store is closed'}` });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#work.then(work);
    this.#work = turn.catch(() => undefined);
    return turn;
  }
}
