/** The three documents as trees, and the names that they give to devices and VMs. */
import { isScalar } from 'yaml';
import type { Node, Scalar } from 'yaml';
import { KEYS_NAME, NAMES } from '../names.ts';
import type { NamedKind } from '../names.ts';
import { PART_NAMES } from '../problem.ts';
import type { Documents, PartName, Path, Range } from '../problem.ts';
import type { LabKind } from '../verb-reference.ts';
import { kindOfHost, schemasAt } from './schema-at.ts';
import { nodeAt, rangeOf, spotAt, textAt, treeOf, visit } from './tree.ts';
import type { Spot, Tree } from './tree.ts';

export interface Trees {
  readonly kind: LabKind;
  readonly trees: Readonly<Record<PartName, Tree>>;
}

export function treesOf(documents: Documents): Trees {
  const trees = { host: treeOf('host', documents.host), guest: treeOf('guest', documents.guest), steps: treeOf('steps', documents.steps) };
  return { kind: kindOfHost(trees.host), trees };
}

export interface Occurrence {
  readonly document: PartName;
  readonly range: Range;
  readonly definition: boolean;
}

export interface Named {
  readonly kind: NamedKind;
  readonly name: string;
}

const LISTS: Readonly<Record<NamedKind, string>> = { device: 'devices', vm: 'vms' };

function definedBy(part: PartName, path: Path): NamedKind | null {
  if (part !== 'host' || path.length !== 3 || path[2] !== 'name') return null;
  return path[0] === 'devices' ? 'device' : path[0] === 'vms' ? 'vm' : null;
}

const isWritten = (node: Node): node is Scalar<string> => isScalar(node) && typeof node.value === 'string' && node.value !== '';

/** What the spot names, where it names something. */
function namedBy({ kind }: Trees, tree: Tree, { node, path, role }: Spot): Named | null {
  if (!isWritten(node)) return null;
  const found = role === 'key'
    ? schemasAt(kind, tree, path.slice(0, -1)).find((schema) => schema[KEYS_NAME] !== undefined)?.[KEYS_NAME]
    : (definedBy(tree.name, path) ?? schemasAt(kind, tree, path).find((schema) => schema[NAMES] !== undefined)?.[NAMES]);
  return found === undefined ? null : { kind: found, name: node.value };
}

/** The device or VM that is named at an offset. */
export function namedAt(trees: Trees, part: PartName, offset: number): (Named & { readonly range: Range }) | null {
  const tree = trees.trees[part];
  const spot = spotAt(tree, offset);
  const named = spot === null ? null : namedBy(trees, tree, spot);
  return named === null ? null : { ...named, range: rangeOf(tree, spot!.node.range![0], spot!.node.range![1]) };
}

/** Every place that names it, its definition among them; in the order of the documents. */
export function occurrencesOf(trees: Trees, { kind, name }: Named): readonly Occurrence[] {
  const found: Occurrence[] = [];
  for (const part of PART_NAMES) {
    const tree = trees.trees[part];
    visit(tree.root, [], (spot) => {
      if (!isWritten(spot.node) || spot.node.value !== name || namedBy(trees, tree, spot)?.kind !== kind) return;
      found.push({ document: part, range: rangeOf(tree, spot.node.range![0], spot.node.range![1]), definition: spot.role === 'value' && definedBy(part, spot.path) !== null });
    });
  }
  return found;
}

export interface Definition extends Named {
  /** What its entry says besides the name, in a line. */
  readonly about: string;
}

const TOLD: Readonly<Record<NamedKind, readonly string[]>> = { device: ['StreamID', 'vSID', 'vm', 'Config'], vm: ['vmid', 'containers'] };

/** The devices or VMs that the host document has. */
export function definitionsOf({ trees: { host } }: Trees, kind: NamedKind): readonly Definition[] {
  const list = nodeAt(host.root, [LISTS[kind]]);
  const count = list !== null && 'items' in list ? (list.items as unknown[]).length : 0;
  return Array.from({ length: count }, (_, i) => [LISTS[kind], i] as const).flatMap((path) => {
    const name = textAt(host.root, [...path, 'name']);
    const told = TOLD[kind].flatMap((key) => {
      const text = textAt(host.root, [...path, key]);
      return text === null ? [] : [`${key} ${text}`];
    });
    return name === null ? [] : [{ kind, name, about: told.join(', ') }];
  });
}

