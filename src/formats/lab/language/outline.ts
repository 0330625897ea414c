/** What a document consists of: its keys, the entries of its lists by their names, its steps by their verbs. */
import { isMap, isScalar, isSeq } from 'yaml';
import type { Node, Pair } from 'yaml';
import type { PartName, Range } from '../problem.ts';
import { rangeOf, sourceOf, textAt, treeOf } from './tree.ts';
import type { Tree } from './tree.ts';

export interface Entry {
  readonly name: string;
  readonly detail: string;
  readonly kind: 'map' | 'list' | 'value' | 'step';
  /** All of it, and the name alone. */
  readonly range: Range;
  readonly at: Range;
  readonly children: readonly Entry[];
}

/** Deeper than this a document is read, not gone to. */
const DEPTH = 5;
/** Of the keys of a map that are told in its line. */
const TOLD = 4;

const end = (node: Node | null, key: Node): number => Math.max(node?.range?.[1] ?? 0, key.range![1]);

/** The scalars of a map in a line, without its name. */
function summary(node: Node | null): string {
  if (isScalar(node)) return sourceOf(node);
  if (!isMap(node)) return '';
  const told = node.items.flatMap(({ key, value }) => (isScalar(key) && isScalar(value) && key.value !== 'name' && sourceOf(value) !== '' ? [`${String(key.value)} ${sourceOf(value)}`] : []));
  return told.slice(0, TOLD).join(', ');
}

function ofPair(tree: Tree, { key, value }: Pair, depth: number): readonly Entry[] {
  if (!isScalar(key) || key.range === undefined || key.range === null) return [];
  const node = value as Node | null;
  const kind = isMap(node) ? 'map' : isSeq(node) ? 'list' : 'value';
  return [{ name: String(key.value), detail: kind === 'list' ? String((node as { items: unknown[] }).items.length) : summary(node), kind, range: rangeOf(tree, key.range[0], end(node, key as Node)), at: rangeOf(tree, key.range[0], key.range[1]), children: below(tree, node, depth + 1) }];
}

function ofItem(tree: Tree, item: Node | null, index: number, depth: number): readonly Entry[] {
  if (item?.range === undefined || item.range === null) return [];
  const range = rangeOf(tree, item.range[0], item.range[1]);
  const named = textAt(item, ['name']);
  const name = named ?? (summary(item) || String(index + 1));
  return [{ name, detail: named === null ? '' : summary(item), kind: isMap(item) ? 'map' : 'value', range, at: rangeOf(tree, item.range[0], item.range[0] + 1), children: named === null && depth > 2 ? [] : below(tree, item, depth + 1) }];
}

function below(tree: Tree, node: Node | null, depth: number): readonly Entry[] {
  if (depth > DEPTH) return [];
  if (isMap(node)) return node.items.flatMap((pair) => ofPair(tree, pair as Pair, depth));
  return isSeq(node) ? node.items.flatMap((item, i) => ofItem(tree, item as Node | null, i, depth)) : [];
}

/** Keys of a step beside its verb. */
const NO_VERBS = ['only', 'diverges'];

function ofStep(tree: Tree, item: Node | null, index: number): readonly Entry[] {
  if (!isMap(item) || item.range === undefined || item.range === null) return [];
  const verb = item.items.find(({ key }) => isScalar(key) && !NO_VERBS.includes(String(key.value)));
  if (verb === undefined || !isScalar(verb.key)) return [];
  const value = verb.value as Node | null;
  const [command] = isMap(value) && verb.key.value === 'command' ? value.items : [];
  const detail = command !== undefined && isScalar(command.key) ? String(command.key.value) : summary(value);
  return [{ name: `${index + 1} ${String(verb.key.value)}`, detail, kind: 'step', range: rangeOf(tree, item.range[0], item.range[1]), at: rangeOf(tree, verb.key.range![0], verb.key.range![1]), children: [] }];
}

export function outline(part: PartName, text: string): readonly Entry[] {
  const tree = treeOf(part, text);
  if (part !== 'steps') return below(tree, tree.root, 1);
  return isSeq(tree.root) ? tree.root.items.flatMap((item, i) => ofStep(tree, item as Node | null, i)) : [];
}
