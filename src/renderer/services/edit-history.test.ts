import { describe, expect, it } from 'vitest';
import { EditHistory } from './edit-history.ts';
import type { Change } from './edit-history.ts';

const change = (document: Change['document'], before: string, after: string, position: number | null = null): Change => ({ document, before, after, position });

describe('the history of edits', () => {
  it('undoes in the order of the edits, whichever document they were in, and does them again', () => {
    const history = new EditHistory();
    history.record(change('host', 'a', 'b'), 0);
    history.record(change('guest', 'x', 'y'), 10);
    history.record(change('host', 'b', 'c'), 20);
    expect([history.undo(), history.undo(), history.undo(), history.undo()]).toEqual([change('host', 'b', 'c'), change('guest', 'x', 'y'), change('host', 'a', 'b'), null]);
    expect(history.redo()).toEqual(change('host', 'a', 'b'));
    history.record(change('steps', '', '- sync:'), 30);
    expect([history.redo(), history.last]).toEqual([null, change('steps', '', '- sync:')]);
  });

  it('takes keys that follow each other as one edit, and a step that was put in by hand as another', () => {
    const history = new EditHistory();
    history.record(change('steps', '', 'a'), 0);
    history.record(change('steps', 'a', 'ab'), 100);
    history.record(change('steps', 'ab', 'ab\n- sync:', 1), 200);
    history.record(change('steps', 'ab\n- sync:', 'c'), 5000);
    expect([history.undo()?.before, history.undo(), history.undo()]).toEqual(['ab\n- sync:', change('steps', 'ab', 'ab\n- sync:', 1), change('steps', '', 'ab')]);
  });

  it('follows an editor that undoes by itself, in part or whole', () => {
    const history = new EditHistory();
    history.record(change('host', '', 'abc'), 0);
    history.record(change('guest', '', 'x'), 10);
    history.within('undo', 'host', 'abc', 'ab');
    expect(history.last).toEqual(change('guest', '', 'x'));
    history.within('undo', 'host', 'ab', '');
    expect([history.undone, history.last]).toEqual([change('host', '', 'ab'), change('guest', '', 'x')]);
    history.within('redo', 'host', '', 'ab');
    expect(history.last).toEqual(change('host', '', 'ab'));
  });
});
