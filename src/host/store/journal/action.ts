/** Actions as they are stored: those of the protocol, and what the journal itself adds. */
import type { Action } from '../../../protocol/contract.ts';

export type StoredAction =
  | Action
  /** A version of the documents was saved. */
  | { readonly kind: 'save'; readonly version: number }
  /** The action of this number is taken back, or done again. */
  | { readonly kind: 'undo' | 'redo'; readonly of: number };

export const isUndoable = (action: StoredAction): action is Exclude<Action, { kind: 'did' }> =>
  action.kind === 'edit' || action.kind === 'title' || action.kind === 'notes' || action.kind === 'tags';
