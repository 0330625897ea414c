/** How the window is divided, as plain data: splits of two nodes down to groups of tabs. Changes give a new tree. */
import { z } from 'zod';
import { isPanelId, type PanelId } from './panels.ts';

export interface TabGroup {
  readonly kind: 'tabs';
  readonly panels: readonly PanelId[];
  readonly active: PanelId;
}
export interface Split {
  readonly kind: 'split';
  readonly direction: 'row' | 'column';
  /** The first node's part of the whole, 0 to 1. */
  readonly share: number;
  readonly first: LayoutNode;
  readonly second: LayoutNode;
}
export type LayoutNode = TabGroup | Split;

/** Where a panel goes, seen from a group: among its tabs, or beside it in a group of its own. */
export type DropSide = 'into' | 'left' | 'right' | 'up' | 'down';
export type Direction = Exclude<DropSide, 'into'>;

export const tabs = (...panels: readonly [PanelId, ...PanelId[]]): TabGroup => ({ kind: 'tabs', panels, active: panels[0] });
export const split = (direction: 'row' | 'column', share: number, first: LayoutNode, second: LayoutNode): Split => ({ kind: 'split', direction, share, first, second });

/** Every tab group, in the order of the layout. */
export const groupsOf = (node: LayoutNode): readonly TabGroup[] => (node.kind === 'tabs' ? [node] : [...groupsOf(node.first), ...groupsOf(node.second)]);

export const panelsOf = (node: LayoutNode): readonly PanelId[] => groupsOf(node).flatMap((group) => group.panels);

export const groupOf = (node: LayoutNode, panel: PanelId): TabGroup | undefined => groupsOf(node).find((group) => group.panels.includes(panel));

/** The tree with each group as `change` returns it; a group that becomes null goes, and its neighbour takes the room. */
function mapGroups(node: LayoutNode, change: (group: TabGroup) => LayoutNode | null): LayoutNode | null {
  if (node.kind === 'tabs') return change(node);
  const first = mapGroups(node.first, change);
  const second = mapGroups(node.second, change);
  if (first === null || second === null) return first ?? second;
  return first === node.first && second === node.second ? node : { ...node, first, second };
}

function withoutPanel(group: TabGroup, panel: PanelId): TabGroup | null {
  if (!group.panels.includes(panel)) return group;
  const panels = group.panels.filter((own) => own !== panel);
  const next = panels[Math.min(group.panels.indexOf(panel), panels.length - 1)];
  if (next === undefined) return null;
  return { ...group, panels, active: group.active === panel ? next : group.active };
}

/** Without a panel; null when it was the last. */
export const closed = (node: LayoutNode, panel: PanelId): LayoutNode | null => mapGroups(node, (group) => withoutPanel(group, panel));

/** With a panel in front of its group. */
export const revealed = (node: LayoutNode, panel: PanelId): LayoutNode =>
  mapGroups(node, (group) => (group.panels.includes(panel) && group.active !== panel ? { ...group, active: panel } : group)) ?? node;

/** With a panel, taken from where it was, at a side of the group that holds `anchor`. Moved onto itself alone it stays. */
export function moved(node: LayoutNode, panel: PanelId, anchor: PanelId, side: DropSide): LayoutNode {
  const home = groupOf(node, panel);
  const own = home !== undefined && home.panels.includes(anchor);
  if (own && side === 'into') return revealed(node, panel);
  if (own && home.panels.length === 1) return node;
  const target = own && anchor === panel ? home.panels.find((other) => other !== panel) : anchor;
  const rest = closed(node, panel);
  if (rest === null || target === undefined) return node;
  return mapGroups(rest, (group) => (group.panels.includes(target) ? placed(group, panel, side) : group)) ?? node;
}

function placed(group: TabGroup, panel: PanelId, side: DropSide): LayoutNode {
  if (side === 'into') return { ...group, panels: [...group.panels, panel], active: panel };
  const direction = side === 'left' || side === 'right' ? 'row' : 'column';
  return side === 'left' || side === 'up' ? split(direction, 0.5, tabs(panel), group) : split(direction, 0.5, group, tabs(panel));
}

/** The group next to a panel's own in a direction, if there is one: the nearest one that a split of that direction parts from it. */
export function neighbourOf(node: LayoutNode, panel: PanelId, direction: Direction): TabGroup | undefined {
  if (node.kind === 'tabs') return undefined;
  const inFirst = panelsOf(node.first).includes(panel);
  const nearer = neighbourOf(inFirst ? node.first : node.second, panel, direction);
  if (nearer !== undefined) return nearer;
  const isAlong = (node.direction === 'row') === (direction === 'left' || direction === 'right');
  const isForward = direction === 'right' || direction === 'down';
  if (!isAlong || isForward !== inFirst) return undefined;
  const beyond = groupsOf(inFirst ? node.second : node.first);
  return isForward ? beyond[0] : beyond[beyond.length - 1];
}

/** With another share of the split at a path of firsts and seconds from the root. */
export function resized(node: LayoutNode, path: readonly ('first' | 'second')[], share: number): LayoutNode {
  if (node.kind === 'tabs') return node;
  const [step, ...rest] = path;
  return step === undefined ? { ...node, share } : { ...node, [step]: resized(node[step], rest, share) };
}

const nodeSchema: z.ZodType<LayoutNode> = z.lazy(() =>
  z.union([
    z.object({ kind: z.literal('tabs'), panels: z.array(z.custom<PanelId>((id) => typeof id === 'string')).min(1), active: z.custom<PanelId>((id) => typeof id === 'string') }),
    z.object({ kind: z.literal('split'), direction: z.enum(['row', 'column']), share: z.number().min(0).max(1), first: nodeSchema, second: nodeSchema }),
  ]),
);

/** A stored layout; panels that no longer exist are left out. Null when it is damaged, shows a panel twice or is then empty. */
export function parseLayout(stored: unknown): LayoutNode | null {
  const parsed = nodeSchema.safeParse(stored);
  if (!parsed.success) return null;
  const all = panelsOf(parsed.data);
  if (new Set(all).size !== all.length) return null;
  if (groupsOf(parsed.data).some((group) => !group.panels.includes(group.active))) return null;
  return mapGroups(parsed.data, (group) => group.panels.filter((id) => !isPanelId(id)).reduce<TabGroup | null>((left, id) => (left === null ? null : withoutPanel(left, id)), group));
}
