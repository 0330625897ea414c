/** What is told of the key or value at a place. */
import { isScalar } from 'yaml';
import type { Description } from '../../../model/spec/index.ts';
import { FIELD } from '../names.ts';
import type { Documents, PartName, Range } from '../problem.ts';
import { ignoredAt } from './ignored.ts';
import { definitionsOf, namedAt, treesOf } from './lab.ts';
import type { Trees } from './lab.ts';
import { requiredAt, schemasAt, wordsOf } from './schema-at.ts';
import { fieldText, keyText, nameText, verbText } from './texts.ts';
import { offsetOf, rangeOf, sourceOf, spotAt } from './tree.ts';
import type { Spot, Tree } from './tree.ts';

export interface Hover {
  readonly range: Range;
  /** Markdown. */
  readonly text: string;
}

const ANYWHERE: readonly Description['kind'][] = ['command', 'event'];
/** Where the schema knows the words, its words are those of the table. */
const AMONG_WORDS: readonly Description['kind'][] = ['command', 'event', 'register', 'rule', 'choice', 'misuse'];

const WORD = /[A-Za-z][A-Za-z0-9_]*/g;

/** The command or event whose name stands at an offset, also within a text. */
function wordAt(tree: Tree, { node }: Spot, offset: number): Hover | null {
  const [start, end] = node.range!;
  for (const match of tree.text.slice(start, end).matchAll(WORD)) {
    const from = start + match.index;
    if (offset < from || offset > from + match[0].length) continue;
    const text = nameText(match[0], ANYWHERE);
    return text === null ? null : { range: rangeOf(tree, from, from + match[0].length), text };
  }
  return null;
}

function textOfKey({ kind }: Trees, tree: Tree, { path }: Spot): string | null {
  const key = String(path.at(-1));
  const verb = tree.name === 'steps' && path.length === 2 ? verbText(kind, key) : null;
  if (verb !== null) return verb;
  const required = requiredAt(schemasAt(kind, tree, path.slice(0, -1))).includes(key);
  return (tree.name === 'steps' && path.length === 3 ? nameText(key, ['command']) : null) ?? keyText(key, schemasAt(kind, tree, path), required) ?? nameText(key, ['choice']);
}

function textOfValue({ kind }: Trees, tree: Tree, { node, path }: Spot): string | null {
  if (!isScalar(node)) return null;
  const schemas = schemasAt(kind, tree, path);
  const field = schemas.find((schema) => schema[FIELD] !== undefined)?.[FIELD];
  if (field !== undefined) return fieldText(field);
  const source = sourceOf(node);
  const known = schemas.some((schema) => 'x-words' in schema) || wordsOf(schemas).includes(source) ? nameText(source, AMONG_WORDS) : null;
  return known ?? (wordsOf(schemas).length === 0 ? null : keyText(String([...path].reverse().find((step) => typeof step === 'string') ?? ''), schemas, false));
}

/** Null: there is nothing to tell. */
export function hover(documents: Documents, part: PartName, line: number, column: number): Hover | null {
  const trees = treesOf(documents);
  const tree = trees.trees[part];
  const offset = offsetOf(tree, line, column);
  const named = namedAt(trees, part, offset);
  const defined = named === null ? undefined : definitionsOf(trees, named.kind).find(({ name }) => name === named.name);
  if (named !== null && defined !== undefined) return { range: named.range, text: `**${named.name}** ${named.kind === 'vm' ? 'VM' : 'device'}${defined.about === '' ? '' : `: ${defined.about}`}` };
  const spot = spotAt(tree, offset);
  if (spot === null) return null;
  const word = spot.role === 'value' ? wordAt(tree, spot, offset) : null;
  if (word !== null) return word;
  const text = spot.role === 'key' ? textOfKey(trees, tree, spot) : textOfValue(trees, tree, spot);
  if (text === null) return null;
  const field = schemasAt(trees.kind, tree, spot.path).find((schema) => schema[FIELD] !== undefined)?.[FIELD];
  const ignored = field === undefined ? null : ignoredAt(trees, part, spot.path, field);
  return { range: rangeOf(tree, spot.node.range![0], spot.node.range![1]), text: ignored === null ? text : `**Ignored here:** ${ignored}.\n\n${text}` };
}
