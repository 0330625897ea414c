/** One document as a tree with places, for whoever asks about a place in it. It takes text that is broken. */
import { isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { Document, Node, Scalar } from 'yaml';
import type { PartName, Path, Range } from '../problem.ts';

export interface Tree {
  readonly name: PartName;
  readonly text: string;
  readonly document: Document;
  /** The part itself: what stands under its name where the text holds it so. */
  readonly root: Node | null;
  /** Where each line begins. */
  readonly lines: readonly number[];
}

/** A key or a value, and the path of the value. */
export interface Spot {
  readonly path: Path;
  readonly role: 'key' | 'value';
  readonly node: Node;
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** A host that is given as `host: {...}` alone is what stands there. */
function rootOf(name: PartName, contents: Node | null): Node | null {
  if (!isMap(contents) || contents.items.length !== 1) return contents;
  const { key, value } = contents.items[0]!;
  return isScalar(key) && key.value === name ? (value as Node | null) : contents;
}

export function treeOf(name: PartName, text: string): Tree {
  const document = parseDocument(text, { intAsBigInt: true, prettyErrors: false, logLevel: 'silent', keepSourceTokens: true });
  return { name, text, document, root: rootOf(name, document.contents as Node | null), lines: lineStarts(text) };
}

/** Line and column from 1 to an offset; beyond the end, the end. */
export function offsetOf({ lines, text }: Tree, line: number, column: number): number {
  const start = lines[line - 1];
  return start === undefined ? text.length : Math.min(start + column - 1, lines[line] === undefined ? text.length : lines[line] - 1);
}

function placeOf({ lines }: Tree, offset: number): readonly [line: number, column: number] {
  let [low, high] = [0, lines.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (lines[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return [low + 1, offset - lines[low]! + 1];
}

export function rangeOf(tree: Tree, start: number, end: number): Range {
  const [line, column] = placeOf(tree, start);
  const [endLine, endColumn] = placeOf(tree, end);
  return { line, column, endLine, endColumn };
}

/** Every key and value with its path, outermost first; `true` from `visit` leaves out what is below. */
export function visit(node: Node | null, path: Path, look: (spot: Spot) => boolean | void): void {
  if (node === null || isAlias(node)) return;
  if (look({ path, role: 'value', node }) === true) return;
  if (isSeq(node)) node.items.forEach((item, i) => visit(item as Node | null, [...path, i], look));
  if (!isMap(node)) return;
  for (const { key, value } of node.items) {
    if (!isScalar(key)) continue;
    const below = [...path, String(key.value)];
    look({ path: below, role: 'key', node: key });
    visit(value as Node | null, below, look);
  }
}

export const spans = ({ range }: Node, offset: number): boolean => range !== undefined && range !== null && range[0] <= offset && offset <= range[1];

/** The key or scalar at an offset, or null. */
export function spotAt(tree: Tree, offset: number): Spot | null {
  let found: Spot | null = null;
  visit(tree.root, [], (spot) => {
    if (isScalar(spot.node) && spans(spot.node, offset) && spot.node.range![0] < spot.node.range![1]) found = spot;
  });
  return found;
}

/** What stands at a path: the node, or null. */
export function nodeAt(root: Node | null, path: Path): Node | null {
  return path.reduce<Node | null>((node, step) => {
    if (isSeq(node)) return (node.items[Number(step)] ?? null) as Node | null;
    if (!isMap(node)) return null;
    return (node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))?.value ?? null) as Node | null;
  }, root);
}

/** The keys of a map that have a name. */
export const keysOf = (node: Node | null): readonly string[] => (isMap(node) ? node.items.flatMap(({ key }) => (isScalar(key) ? [String(key.value)] : [])) : []);

/** A scalar as the document has it. */
export const sourceOf = (node: Scalar): string => node.source ?? String(node.value);

/** The text at a path, where a scalar stands. */
export function textAt(root: Node | null, path: Path): string | null {
  const node = nodeAt(root, path);
  return isScalar(node) ? sourceOf(node) : null;
}
