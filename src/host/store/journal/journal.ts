/** The journal of each session in the database: actions added, and the state they lead to. Callers are inside a transaction. */
import type { Database } from 'better-sqlite3';
import type { Action, Documents, JournalState } from '../../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../../protocol/errors.ts';
import type { StoredAction } from './action.ts';
import { editsBetween } from '../../../protocol/edits.ts';
import { apply, initialState, movesTo } from './working-state.ts';
import type { WorkingState } from './working-state.ts';

/** Actions between two checkpoints: what reopening replays at most. */
const CHECKPOINT_EVERY = 200;
/** Sessions whose state is kept at hand. */
const KEPT = 8;

/** The code of a change that does not know of another window's. */
export const JOURNAL_CONFLICT = 'journal-conflict';

export class Journal {
  readonly #db: Database;
  readonly #states = new Map<string, WorkingState>();

  constructor(db: Database) {
    this.#db = db;
  }

  begin(id: string, title: string, documents: Documents): void {
    this.#checkpoint(id, initialState(title, documents));
  }

  /** What all actions lead to. Throws `not-found`. */
  state(id: string): WorkingState {
    const last = this.#db.prepare('SELECT max(number) FROM action WHERE session_id = ?').pluck().get(id) as number | null;
    const kept = this.#states.get(id);
    // Another window of this session may have gone on.
    if (kept !== undefined && kept.last === (last ?? 0)) return kept;
    return this.#keep(id, this.#replay(id));
  }

  /** `after` is the last action that the caller knows of: another window's in between are a `journal-conflict`. `follow`: edits that lead where the journal has been go there. */
  append(id: string, after: number, actions: readonly Action[], when: string, follow = false): JournalState {
    const { last } = this.state(id);
    if (last !== after) {
      throw new RpcError({ code: JOURNAL_CONFLICT, message: `the session was changed elsewhere: its last action is ${last}, not ${after}; open it again` });
    }
    for (const action of actions) {
      const moves = follow && action.kind === 'edit' ? movesTo(this.state(id), action.edits, (number) => this.#actionOf(id, number)) : [];
      for (const one of moves.length > 0 ? moves : [action]) this.#add(id, one, when);
    }
    return this.summary(id);
  }

  /** Documents that were edited after action `after` are not to be written over by who does not know of it. */
  refuseEditsSince(id: string, after: number): void {
    const other = this.#db.prepare("SELECT max(number) FROM action WHERE session_id = ? AND number > ? AND action ->> 'kind' IN ('edit', 'undo', 'redo')").pluck().get(id, after) as number | null;
    if (other !== null) throw new RpcError({ code: JOURNAL_CONFLICT, message: `the documents of the session were changed elsewhere: by action ${other}, after ${after}` });
  }

  /** Takes the last action back, or does again what was taken back last. Throws `not-found` when there is none. */
  move(id: string, kind: 'undo' | 'redo', when: string): WorkingState {
    const state = this.state(id);
    const of = (kind === 'undo' ? state.done : state.undone).at(-1);
    if (of === undefined) throw new RpcError({ code: RPC_CODES.notFound, message: `there is nothing to ${kind}` });
    this.#add(id, { kind, of }, when);
    return this.state(id);
  }

  /** The documents were saved as a version: what of them was not in the journal yet is now. */
  saved(id: string, version: number, title: string, documents: Documents, when: string): void {
    const state = this.state(id);
    if (state.title !== title) this.#add(id, { kind: 'title', before: state.title, after: title }, when);
    const edits = editsBetween(state.documents, documents);
    if (edits.length > 0) this.#add(id, { kind: 'edit', edits }, when);
    this.#add(id, { kind: 'save', version }, when);
  }

  summary(id: string): JournalState {
    const { last, saved, done, undone } = this.state(id);
    return { last, undo: done.length, redo: undone.length, unsaved: last - saved };
  }

  /** After a transaction that failed: what is kept may be ahead of the database. */
  forget(): void {
    this.#states.clear();
  }

  #add(id: string, action: StoredAction, when: string): void {
    const state = this.state(id);
    apply(state, action, (number) => this.#actionOf(id, number));
    this.#db.prepare('INSERT INTO action (session_id, number, at, action) VALUES (?, ?, ?, ?)').run(id, state.last, when, JSON.stringify(action));
    if (state.last % CHECKPOINT_EVERY === 0) this.#checkpoint(id, state);
  }

  #checkpoint(id: string, state: WorkingState): void {
    this.#db.prepare('INSERT INTO checkpoint (session_id, number, state) VALUES (?, ?, ?)').run(id, state.last, JSON.stringify(state));
    // Two are enough: the journal itself is never thinned out.
    this.#db.prepare('DELETE FROM checkpoint WHERE session_id = ? AND number < ? AND number > 0').run(id, state.last - CHECKPOINT_EVERY);
  }

  #replay(id: string): WorkingState {
    const row = this.#db.prepare('SELECT state FROM checkpoint WHERE session_id = ? ORDER BY number DESC LIMIT 1').pluck().get(id) as string | undefined;
    if (row === undefined) throw new RpcError({ code: RPC_CODES.notFound, message: `no session ${id} in the store` });
    const state = JSON.parse(row) as WorkingState;
    const actions = this.#db.prepare('SELECT action FROM action WHERE session_id = ? AND number > ? ORDER BY number').pluck().all(id, state.last) as string[];
    for (const action of actions) apply(state, JSON.parse(action) as StoredAction, (number) => this.#actionOf(id, number));
    return state;
  }

  #actionOf(id: string, number: number): StoredAction {
    const row = this.#db.prepare('SELECT action FROM action WHERE session_id = ? AND number = ?').pluck().get(id, number) as string | undefined;
    if (row === undefined) throw new RpcError({ code: 'store-damaged', message: `action ${number} of session ${id} is missing` });
    return JSON.parse(row) as StoredAction;
  }

  #keep(id: string, state: WorkingState): WorkingState {
    this.#states.delete(id);
    this.#states.set(id, state);
    for (const oldest of this.#states.keys()) {
      if (this.#states.size <= KEPT) break;
      this.#states.delete(oldest);
    }
    return state;
  }
}
