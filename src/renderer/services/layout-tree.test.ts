import { describe, expect, it } from 'vitest';
import { closed, groupsOf, moved, neighbourOf, panelsOf, parseLayout, resized, revealed, split, tabs, type LayoutNode } from './layout-tree.ts';
import { besideOf } from './panels.ts';

//  editors | transactions events
//          | walk
const tree = (): LayoutNode => split('row', 0.3, tabs('editors'), split('column', 0.4, tabs('transactions', 'events'), tabs('walk')));
const groups = (node: LayoutNode | null): string[] => (node === null ? [] : groupsOf(node).map((group) => group.panels.join(' ')));

describe('a layout', () => {
  it('closes a panel; a group that is then empty leaves its room to its neighbour', () => {
    expect(groups(closed(tree(), 'walk'))).toEqual(['editors', 'transactions events']);
    const left = closed(tree(), 'transactions');
    expect(left !== null && groupsOf(left)[1]?.active).toBe('events');
    expect(closed(tabs('walk'), 'walk')).toBeNull();
  });

  it('moves a panel among the tabs of another group or to a side of it', () => {
    expect(groups(moved(tree(), 'walk', 'events', 'into'))).toEqual(['editors', 'transactions events walk']);
    expect(groups(moved(tree(), 'walk', 'editors', 'up'))).toEqual(['walk', 'editors', 'transactions events']);
    expect(groups(moved(tree(), 'events', 'events', 'right'))).toEqual(['editors', 'transactions', 'events', 'walk']);
  });

  it('opens a panel that it has not', () => expect(groups(moved(tree(), 'trace', 'walk', 'into'))).toEqual(['editors', 'transactions events', 'walk trace']));

  it('stays as it is when a panel alone in its group is moved onto itself', () => {
    const node = tree();
    expect(moved(node, 'walk', 'walk', 'left')).toBe(node);
  });

  it('finds the group beside another', () => {
    const beside = (panel: 'editors' | 'walk' | 'events', direction: 'left' | 'right' | 'up' | 'down') => neighbourOf(tree(), panel, direction)?.active;
    expect([beside('editors', 'right'), beside('walk', 'up'), beside('walk', 'left'), beside('events', 'down')]).toEqual(['transactions', 'transactions', 'editors', 'walk']);
    expect([beside('editors', 'left'), beside('walk', 'down')]).toEqual([undefined, undefined]);
  });

  it('changes the share of one split', () => {
    const node = resized(tree(), ['second'], 0.7);
    expect(node.kind === 'split' && [node.share, node.second.kind === 'split' && node.second.share]).toEqual([0.3, 0.7]);
  });

  it('brings a panel forward', () => expect(groupsOf(revealed(tree(), 'events'))[1]?.active).toBe('events'));
});

describe('a stored layout', () => {
  it('is refused when damaged or when it shows a panel twice', () => {
    expect(parseLayout(null)).toBeNull();
    expect(parseLayout({ kind: 'tabs', panels: ['walk'], active: 'trace' })).toBeNull();
    expect(parseLayout(split('row', 0.5, tabs('walk'), tabs('walk')))).toBeNull();
    expect(parseLayout(tree())).toEqual(tree());
  });

  it('loses only the panels that no longer exist', () => {
    const stored = { kind: 'split', direction: 'row', share: 0.5, first: { kind: 'tabs', panels: ['gone'], active: 'gone' }, second: { kind: 'tabs', panels: ['gone2', 'walk'], active: 'gone2' } };
    const node = parseLayout(stored);
    expect(node !== null && panelsOf(node)).toEqual(['walk']);
    expect(parseLayout({ kind: 'tabs', panels: ['gone'], active: 'gone' })).toBeNull();
  });
});

it('knows beside which panels one opens, nearest first', () => expect(besideOf('trace')).toEqual(['walk', 'transactions']));
