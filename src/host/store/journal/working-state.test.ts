import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Documents } from '../../../protocol/contract.ts';
import type { StoredAction } from './action.ts';
import { editsBetween } from '../../../protocol/edits.ts';
import { apply, initialState, movesTo } from './working-state.ts';
import type { WorkingState } from './working-state.ts';

const EMPTY: Documents = { host: '', guest: '', steps: '' };

/** A session and its journal, as the store has them. */
class Session {
  readonly actions: StoredAction[] = [];
  state: WorkingState = initialState('Session', EMPTY);

  add(action: StoredAction): void {
    apply(this.state, action, (number) => this.actions[number - 1]!);
    this.actions.push(action);
  }

  /** What a restart makes of the actions. */
  replayed(): WorkingState {
    const state = initialState('Session', EMPTY);
    for (const action of this.actions) apply(state, JSON.parse(JSON.stringify(action)) as StoredAction, (number) => this.actions[number - 1]!);
    return state;
  }
}

const texts = fc.record({ host: fc.string({ unit: 'grapheme', maxLength: 12 }), guest: fc.string({ unit: 'grapheme', maxLength: 12 }), steps: fc.string({ maxLength: 12 }) });

describe('a journal', () => {
  it('leads to the same state when it is replayed, whatever was edited, undone and done again', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 3, arbitrary: texts }, fc.constantFrom('undo' as const, 'redo' as const)), { maxLength: 40 }), (what) => {
        const session = new Session();
        /** What a person expects to see: every state since the beginning, and where in them one is. */
        let [history, at] = [[EMPTY], 0];
        for (const one of what) {
          const { done, undone, documents } = session.state;
          if (one === 'undo' || one === 'redo') {
            const of = (one === 'undo' ? done : undone).at(-1);
            if (of === undefined) continue;
            session.add({ kind: one, of });
            at += one === 'undo' ? -1 : 1;
          } else {
            const edits = editsBetween(documents, one);
            if (edits.length === 0) continue;
            session.add({ kind: 'edit', edits });
            history = [...history.slice(0, at + 1), one];
            at++;
          }
          expect(session.state.documents).toEqual(history[at]);
        }
        expect(session.state.done).toHaveLength(at);
        expect(session.replayed()).toEqual(session.state);
      }),
    );
  });

  it('follows an editor that goes back or forth by itself to where it has been, however far, and nowhere else', () => {
    fc.assert(
      fc.property(fc.array(texts, { minLength: 1, maxLength: 12 }), fc.nat(), fc.nat(), (what, back, forth) => {
        const session = new Session();
        const history = [EMPTY];
        for (const one of what) {
          const edits = editsBetween(session.state.documents, one);
          if (edits.length === 0) continue;
          session.add({ kind: 'edit', edits });
          history.push(one);
        }
        const follow = (to: Documents): number => {
          const moves = movesTo(session.state, editsBetween(session.state.documents, to), (number) => session.actions[number - 1]!);
          for (const move of moves) session.add(move);
          return moves.length;
        };
        for (const at of [back % history.length, forth % history.length]) {
          if (editsBetween(session.state.documents, history[at]!).length === 0) continue;
          expect(follow(history[at]!)).toBeGreaterThan(0);
          expect(session.state.documents).toEqual(history[at]);
          expect(session.state.done.length + session.state.undone.length).toBe(history.length - 1);
        }
        expect(follow({ ...EMPTY, host: 'where it has never been' })).toBe(0);
      }),
    );
    const noted = new Session();
    noted.add({ kind: 'edit', edits: editsBetween(EMPTY, { ...EMPTY, host: 'x' }) });
    noted.add({ kind: 'notes', before: '', after: 'not to be taken back unseen' });
    expect(movesTo(noted.state, editsBetween(noted.state.documents, EMPTY), (number) => noted.actions[number - 1]!)).toEqual([]);
  });

  it('undoes titles, notes and tags in turn with edits, and not what only happened', () => {
    const session = new Session();
    session.add({ kind: 'notes', before: '', after: 'Look at event 3' });
    session.add({ kind: 'did', what: 'ran 10 steps' });
    session.add({ kind: 'tags', before: [], after: ['stall', 'pri'] });
    session.add({ kind: 'title', before: 'Session', after: 'Stalls' });
    expect(session.state).toMatchObject({ title: 'Stalls', notes: 'Look at event 3', tags: ['stall', 'pri'], done: [1, 3, 4] });
    for (const of of [4, 3, 1]) session.add({ kind: 'undo', of });
    expect(session.state).toMatchObject({ title: 'Session', notes: '', tags: [], done: [], undone: [4, 3, 1] });
    session.add({ kind: 'redo', of: 1 });
    expect(session.state).toMatchObject({ notes: 'Look at event 3', done: [1], undone: [4, 3], last: 8 });
  });

  it.each([
    ['an edit of another text', { kind: 'edit', edits: [{ document: 'host', at: 0, removed: 'x', inserted: 'y' }] }, 'the host document at offset 0'],
    ['a title that is another', { kind: 'title', before: 'Other', after: 'New' }, 'the title is not'],
    ['tags that are others', { kind: 'tags', before: ['a'], after: [] }, 'the tags are not'],
    ['undoing what was not done', { kind: 'undo', of: 1 }, 'action 1 is not the next to undo'],
  ] as const)('refuses %s, and nothing has changed', (_what, action, message) => {
    const session = new Session();
    expect(() => session.add(action as unknown as StoredAction)).toThrow(message);
    expect(session.state).toEqual(initialState('Session', EMPTY));
  });

  it('makes edits as small as they are', () => {
    expect(editsBetween({ ...EMPTY, guest: 'one two three' }, { ...EMPTY, guest: 'one four three' })).toEqual([{ document: 'guest', at: 4, removed: 'two', inserted: 'four' }]);
    expect(editsBetween({ ...EMPTY, host: 'aa' }, { ...EMPTY, host: 'aaa' })).toEqual([{ document: 'host', at: 2, removed: '', inserted: 'a' }]);
  });
});
