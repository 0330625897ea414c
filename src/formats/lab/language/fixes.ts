/** What would mend a problem, where that is known: edits of the documents. */
import { isMap, isScalar } from 'yaml';
import type { Node, YAMLMap } from 'yaml';
import { nearest } from '../../../model/spec/nearest.ts';
import { NAMES } from '../names.ts';
import { parseLab } from '../parse.ts';
import type { Documents, PartName, Problem, Range } from '../problem.ts';
import { fallbackOf } from '../schema-words.ts';
import { definitionsOf, treesOf } from './lab.ts';
import type { Trees } from './lab.ts';
import { alternatives, propertiesAt, requiredAt, schemasAt, wordsOf } from './schema-at.ts';
import type { Marked } from './schema-at.ts';
import { keysOf, offsetOf, rangeOf, sourceOf, visit } from './tree.ts';
import type { Spot, Tree } from './tree.ts';

export interface TextEdit {
  readonly document: PartName;
  readonly range: Range;
  readonly text: string;
}

export interface Fix {
  readonly title: string;
  /** Code of the problem that it mends, at `range`. */
  readonly code: string;
  readonly range: Range;
  readonly edits: readonly TextEdit[];
  /** The one that is surely meant. */
  readonly preferred: boolean;
}

/** More than these are not offered one by one. */
const FEW = 6;

/** The keys and values of which one begins where the problem does, outermost first. */
function spotsAt(tree: Tree, { line, column }: Range): readonly Spot[] {
  const offset = offsetOf(tree, line, column);
  const found: Spot[] = [];
  visit(tree.root, [], (spot) => {
    if (spot.node.range?.[0] === offset) found.push(spot);
  });
  return found;
}

function replacing(problem: Problem, text: string, preferred: boolean): Fix {
  const { document, line, column, endLine, endColumn, code } = problem;
  const range = { line, column, endLine, endColumn };
  return { title: `Change to ${text}`, code, range, preferred, edits: [{ document, range, text }] };
}

/** The word that was meant, or each where there are few. */
function meant(problem: Problem, wrong: string, words: readonly string[]): readonly Fix[] {
  const hint = nearest(wrong, words);
  if (hint !== null) return [replacing(problem, hint, true)];
  return words.length <= FEW ? words.map((word) => replacing(problem, word, false)) : [];
}

function keyFixes(trees: Trees, tree: Tree, problem: Problem): readonly Fix[] {
  const spot = spotsAt(tree, problem).find(({ role }) => role === 'key');
  if (spot === undefined || !isScalar(spot.node)) return [];
  const properties = Object.keys(propertiesAt(schemasAt(trees.kind, tree, spot.path.slice(0, -1))));
  const hint = nearest(sourceOf(spot.node), properties);
  return hint === null ? [] : [replacing(problem, hint, true)];
}

function valueFixes(trees: Trees, tree: Tree, problem: Problem): readonly Fix[] {
  const spot = spotsAt(tree, problem).find(({ role, node }) => role === 'value' && isScalar(node));
  if (spot === undefined || !isScalar(spot.node)) return [];
  const words = wordsOf(schemasAt(trees.kind, tree, spot.path));
  return words.length === 0 ? [] : meant(problem, sourceOf(spot.node), words);
}

function nameFixes(trees: Trees, tree: Tree, problem: Problem, kind: 'device' | 'vm'): readonly Fix[] {
  const spot = spotsAt(tree, problem).find(({ node }) => isScalar(node));
  const names = definitionsOf(trees, kind).map(({ name }) => name);
  return spot === undefined || !isScalar(spot.node) ? [] : meant(problem, sourceOf(spot.node), names);
}

/** What a required key may hold until it is looked at: the first of its words or names, else a number that parses. */
function standIn(trees: Trees, schema: Marked): string {
  const forms = alternatives(schema);
  const [name] = forms.flatMap((form) => (form[NAMES] === undefined ? [] : definitionsOf(trees, form[NAMES])));
  if (name !== undefined) return name.name;
  const [word] = wordsOf(forms);
  if (word !== undefined) return word;
  if (forms.some(({ properties }) => properties !== undefined)) return '{}';
  if (forms.some(({ items }) => items !== undefined)) return '[]';
  const least = forms.find(({ minimum }) => minimum !== undefined)?.minimum;
  return forms.map(fallbackOf).find((one) => one !== null) ?? (least === undefined ? 'name' : least === 0 ? '0x0' : (forms[0]?.description ?? '').includes('bytes') ? '4K' : String(least));
}

/** Adds every key that a map must have and has not. */
function missingKeyFixes(trees: Trees, tree: Tree, problem: Problem): readonly Fix[] {
  const spots = spotsAt(tree, problem);
  const key = spots.find(({ role }) => role === 'key');
  const path = key?.path ?? spots.find(({ node }) => isMap(node))?.path;
  if (path === undefined) return [];
  let map: Spot | undefined;
  visit(tree.root, [], (spot) => {
    if (spot.role === 'value' && isMap(spot.node) && spot.path.join('/') === path.join('/')) map = spot;
  });
  if (map === undefined || !isMap(map.node)) return [];
  const schemas = schemasAt(trees.kind, tree, path);
  const properties = propertiesAt(schemas);
  const present = keysOf(map.node);
  const missing = requiredAt(schemas).filter((name) => !present.includes(name));
  if (missing.length === 0) return [];
  const written = missing.map((name) => `${name}: ${standIn(trees, properties[name]!)}`);
  const { document, line, column, endLine, endColumn, code } = problem;
  return [{ title: `Add ${missing.join(', ')}`, code, range: { line, column, endLine, endColumn }, preferred: true, edits: [{ document, ...insertion(tree, map.node, written) }] }];
}

/** Where and how further keys are put into a map: behind its last, as that one stands. */
function insertion(tree: Tree, map: YAMLMap, written: readonly string[]): Pick<TextEdit, 'range' | 'text'> {
  const last = map.items.at(-1);
  const lastNode = (last?.value ?? last?.key) as Node | undefined;
  if (map.flow === true || lastNode?.range === undefined || lastNode.range === null) {
    const end = lastNode?.range?.[1] ?? (map.range?.[0] ?? 0) + 1;
    return { range: rangeOf(tree, end, end), text: lastNode === undefined ? ` ${written.join(', ')} ` : `, ${written.join(', ')}` };
  }
  const first = (map.items[0]!.key as Node).range!;
  const indent = ' '.repeat(rangeOf(tree, first[0], first[0]).column - 1);
  const at = lastNode.range[1];
  return { range: rangeOf(tree, at, at), text: written.map((one) => `\n${indent}${one}`).join('') };
}

function fixesOf(trees: Trees, problem: Problem): readonly Fix[] {
  const tree = trees.trees[problem.document];
  if (problem.suggestion !== undefined) return [replacing(problem, problem.suggestion, true)];
  switch (problem.code) {
    case 'unknown-key':
    case 'unknown-field':
      return keyFixes(trees, tree, problem);
    case 'bad-value':
      return valueFixes(trees, tree, problem);
    case 'unknown-device':
      return nameFixes(trees, tree, problem, 'device');
    case 'unknown-vm':
      return nameFixes(trees, tree, problem, 'vm');
    case 'missing-key':
      return missingKeyFixes(trees, tree, problem);
    default:
      return [];
  }
}

const before = (a: readonly [number, number], b: readonly [number, number]): boolean => a[0] < b[0] || (a[0] === b[0] && a[1] <= b[1]);

const touches = (a: Range, b: Range): boolean => before([a.line, a.column], [b.endLine, b.endColumn]) && before([b.line, b.column], [a.endLine, a.endColumn]);

/** What mends the problems that touch a range of a document. */
export function fixes(documents: Documents, part: PartName, range: Range): readonly Fix[] {
  const problems = parseLab(documents).problems.filter((problem) => problem.document === part && touches(problem, range));
  if (problems.length === 0) return [];
  const trees = treesOf(documents);
  return problems.flatMap((problem) => fixesOf(trees, problem));
}
