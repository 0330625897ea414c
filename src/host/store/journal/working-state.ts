/** What the actions of a session lead to: a fold, so that the same actions give the same state after any crash. */
import type { Documents, Edit } from '../../../protocol/contract.ts';
import { DOCUMENT_NAMES, RpcError } from '../../../protocol/errors.ts';
import { isUndoable } from './action.ts';
import type { StoredAction } from './action.ts';

export interface WorkingState {
  title: string;
  notes: string;
  tags: string[];
  documents: Documents;
  /** Number of the last action, and of the one that saved a version last. */
  last: number;
  saved: number;
  /** Numbers of the actions that can be undone, and done again, the next one last. */
  done: number[];
  undone: number[];
}

export const initialState = (title: string, documents: Documents): WorkingState => ({
  title, notes: '', tags: [], documents: { ...documents }, last: 0, saved: 0, done: [], undone: [],
});

/** Adds action `last + 1`. `actionOf` gives an earlier one. Throws `journal-mismatch` and leaves the state as it was when the action does not fit it. */
export function apply(state: WorkingState, action: StoredAction, actionOf: (number: number) => StoredAction): void {
  if (action.kind === 'undo' || action.kind === 'redo') return goBackOrForth(state, action.kind, action.of, actionOf);
  if (isUndoable(action)) {
    perform(state, action, false);
    state.done.push(state.last + 1);
    state.undone = [];
  }
  state.last++;
  if (action.kind === 'save') state.saved = state.last;
}

/** So far an editor undoes in one go: actions of somebody who typed for minutes. */
const FARTHEST = 400;

/** The undos or redos that lead to the same documents as these edits, if there are any with nothing but edits on the way. */
export function movesTo(state: WorkingState, edits: readonly Edit[], actionOf: (number: number) => StoredAction): readonly StoredAction[] {
  const wanted = edited(state.documents, edits);
  for (const kind of ['undo', 'redo'] as const) {
    const moves: StoredAction[] = [];
    let { documents } = state;
    for (const number of (kind === 'undo' ? state.done : state.undone).slice(-FARTHEST).reverse()) {
      const action = actionOf(number);
      if (action.kind !== 'edit') break;
      documents = edited(documents, kind === 'undo' ? inverted(action.edits) : action.edits);
      moves.push({ kind, of: number });
      if (DOCUMENT_NAMES.every((name) => documents[name] === wanted[name])) return moves;
    }
  }
  return [];
}

function goBackOrForth(state: WorkingState, kind: 'undo' | 'redo', of: number, actionOf: (number: number) => StoredAction): void {
  const [from, to] = kind === 'undo' ? [state.done, state.undone] : [state.undone, state.done];
  if (from.at(-1) !== of) throw mismatch(`action ${of} is not the next to ${kind}`);
  perform(state, actionOf(of), kind === 'undo');
  to.push(from.pop()!);
  state.last++;
}

function perform(state: WorkingState, action: StoredAction, inverse: boolean): void {
  switch (action.kind) {
    case 'edit':
      state.documents = edited(state.documents, inverse ? inverted(action.edits) : action.edits);
      break;
    case 'title':
      state.title = replaced('title', state.title, action, inverse);
      break;
    case 'notes':
      state.notes = replaced('notes', state.notes, action, inverse);
      break;
    case 'tags': {
      const [before, after] = inverse ? [action.after, action.before] : [action.before, action.after];
      if (before.join('\n') !== state.tags.join('\n')) throw mismatch('the tags are not what the action found');
      state.tags = [...after];
      break;
    }
  }
}

function replaced(what: string, now: string, action: { readonly before: string; readonly after: string }, inverse: boolean): string {
  const [before, after] = inverse ? [action.after, action.before] : [action.before, action.after];
  if (now !== before) throw mismatch(`the ${what} is not what the action found`);
  return after;
}

const inverted = (edits: readonly Edit[]): Edit[] =>
  [...edits].reverse().map(({ document, at, removed, inserted }) => ({ document, at, removed: inserted, inserted: removed }));

function edited(documents: Documents, edits: readonly Edit[]): Documents {
  const now = { ...documents };
  for (const { document, at, removed, inserted } of edits) {
    const text = now[document];
    if (text.slice(at, at + removed.length) !== removed) throw mismatch(`the ${document} document at offset ${at} is not what the edit found`);
    now[document] = text.slice(0, at) + inserted + text.slice(at + removed.length);
  }
  return now;
}

const mismatch = (message: string): RpcError => new RpcError({ code: 'journal-mismatch', message: `the action does not fit the session: ${message}` });
