/** What can be written at a place: keys, verbs, fields, words, and the names and addresses that the documents have. */
import { isScalar } from 'yaml';
import { describe } from '../../../model/spec/index.ts';
import { NAMES, WORDS } from '../names.ts';
import { PART_NAMES } from '../problem.ts';
import type { Documents, PartName, Path, Range } from '../problem.ts';
import { fallbackOf, whatOf } from '../schema-words.ts';
import { definitionsOf, treesOf } from './lab.ts';
import type { Trees } from './lab.ts';
import { alternatives, propertiesAt, requiredAt, schemasAt, wordsOf } from './schema-at.ts';
import type { Marked } from './schema-at.ts';
import { keyText, nameText, verbText } from './texts.ts';
import { keysOf, nodeAt, offsetOf, rangeOf, sourceOf, treeOf, visit } from './tree.ts';
import type { Tree } from './tree.ts';

export interface Completion {
  readonly label: string;
  readonly kind: 'verb' | 'key' | 'field' | 'word' | 'name' | 'address';
  /** In a line. */
  readonly detail: string;
  /** Markdown. */
  readonly text: string;
  /** What is written, with places to fill in: `${1:nic0}`, `$0`. */
  readonly snippet: string;
  /** It stands before the others: a key that must be there, the value that stands without one. */
  readonly first: boolean;
}

export interface Completions {
  /** What is replaced. */
  readonly range: Range;
  readonly items: readonly Completion[];
}

/** Stands where the cursor is, so that the parser says what could be there. */
const HERE = 'hEreTheCursorIs';
const WORD_BEFORE = /[\w.-]*$/;
const WORD_AFTER = /^[\w.-]*/;

interface Cursor {
  readonly start: number;
  readonly end: number;
  /** Between the line's indentation, with its dashes, and the cursor nothing stands. */
  readonly startsLine: boolean;
  readonly hasDash: boolean;
  readonly hasColon: boolean;
}

function cursorAt(text: string, offset: number): Cursor {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const before = text.slice(lineStart, offset);
  const word = WORD_BEFORE.exec(before)![0].replace(/^-+/, '');
  const start = offset - word.length;
  const end = offset + WORD_AFTER.exec(text.slice(offset))![0].length;
  const ahead = text.slice(lineStart, start);
  return { start, end, startsLine: /^\s*(?:-\s+)*$/.test(ahead), hasDash: ahead.includes('-'), hasColon: /^\s*:/.test(text.slice(end)) };
}

/** How the text may be meant: what is put at the cursor, and whether the document ends there. */
function readings(text: string, { start, end, startsLine, hasDash, hasColon }: Cursor): readonly { readonly text: string; readonly dash: string }[] {
  const lineEnds = /^[^\S\n]*(?:#.*)?(?:\n|$)/.test(text.slice(end));
  const reading = (put: string, rest: string, dash = ''): { text: string; dash: string } => ({ text: text.slice(0, start) + put + rest, dash });
  const rest = text.slice(end);
  return [
    ...(startsLine && !hasColon && lineEnds ? [reading(`${HERE}:`, rest), ...(hasDash ? [] : [reading(`- ${HERE}:`, rest, '- ')])] : []),
    reading(HERE, rest),
    reading(HERE, ''),
  ];
}

interface Place {
  readonly tree: Tree;
  /** Of the map that a key would be in, or of the value. */
  readonly path: Path;
  readonly role: 'key' | 'value';
  readonly dash: string;
}

function placeIn(part: PartName, text: string, dash: string): Place | null {
  const tree = treeOf(part, text);
  let found: Place | null = null;
  visit(tree.root, [], ({ node, path, role }) => {
    if (!isScalar(node) || found !== null) return;
    const source = sourceOf(node);
    if (source === HERE || (role === 'value' && source.startsWith(`${HERE} `))) found = { tree, path: role === 'key' ? path.slice(0, -1) : path, role, dash };
  });
  return found;
}

const typeOf = (schemas: readonly Marked[]): 'map' | 'list' | 'scalar' =>
  schemas.some(({ properties, additionalProperties }) => properties !== undefined || typeof additionalProperties === 'object') ? 'map' : schemas.some(({ items }) => items !== undefined) ? 'list' : 'scalar';

/** What stands for a required value until it is written: `${2|read,write|}`, `${1:nic0}`. */
function blank(trees: Trees, schema: Marked, number: number): string {
  const forms = alternatives(schema);
  const names = forms.flatMap((form) => (form[NAMES] === undefined ? [] : definitionsOf(trees, form[NAMES]).map(({ name }) => name)));
  const words = names.length > 0 ? names : wordsOf(forms);
  if (typeOf(forms) === 'map') return `{ $${number} }`;
  if (typeOf(forms) === 'list') return `[$${number}]`;
  return words.length === 0 ? `$${number}` : words.length <= FEW_WORDS ? `\${${number}|${words.join(',')}|}` : `\${${number}:${words[0]}}`;
}

/** More words than this are not offered one by one within a snippet. */
const FEW_WORDS = 8;

function mapSnippet(trees: Trees, schemas: readonly Marked[]): string {
  const properties = propertiesAt(schemas);
  const required = requiredAt(schemas);
  return required.length === 0 ? '{ $1 }' : `{ ${required.map((key, i) => `${key}: ${blank(trees, properties[key]!, i + 1)}`).join(', ')} }`;
}

function keySnippet(trees: Trees, key: string, schema: Marked, { startsLine, hasDash, hasColon }: Cursor): string {
  const forms = alternatives(schema);
  if (hasColon) return key;
  const type = typeOf(forms);
  if (type === 'map') return `${key}: ${mapSnippet(trees, forms)}`;
  if (type === 'scalar') return `${key}: `;
  return startsLine && !hasDash ? `${key}:\n  - $1` : `${key}: [$1]`;
}

function keyItems(trees: Trees, place: Place, cursor: Cursor): readonly Completion[] {
  const { tree, path, dash } = place;
  const schemas = schemasAt(trees.kind, tree, path);
  const present = keysOf(nodeAt(tree.root, path));
  const required = requiredAt(schemas);
  const isStep = tree.name === 'steps' && path.length === 1;
  const named = schemas.flatMap((schema) => (schema['x-keys'] === undefined ? [] : definitionsOf(trees, schema['x-keys'])));
  const names = named.filter(({ name }) => !present.includes(name)).map(({ name, kind, about }): Completion => ({ label: name, kind: 'name', detail: `${kind} ${about}`, text: '', snippet: cursor.hasColon ? name : `${name}:`, first: false }));
  const keys = Object.entries(propertiesAt(schemas)).filter(([key]) => !present.includes(key)).map(([key, schema]): Completion => {
    const kind = isStep && verbText(trees.kind, key) !== null ? 'verb' : schema['x-field'] !== undefined ? 'field' : 'key';
    return { label: key, kind, ...toldOf(trees, key, schema, kind === 'verb', required.includes(key)), snippet: dash + keySnippet(trees, key, schema, cursor), first: required.includes(key) };
  });
  return [...names, ...keys];
}

type Told = Pick<Completion, 'detail' | 'text'>;

/** By schema: completing asks for dozens of keys, of which few are looked at, at every press of a key. */
const told = new WeakMap<Marked, Told>();

function toldOf({ kind }: Trees, key: string, schema: Marked, isVerb: boolean, required: boolean): Told {
  const known = told.get(schema);
  if (known !== undefined) return known;
  const text = (isVerb ? verbText(kind, key) : null) ?? nameText(key, ['command']) ?? keyText(key, alternatives(schema), required) ?? nameText(key, ['choice']) ?? '';
  const made = { detail: whatOf(schema).replace(/\s+/g, ' '), text };
  told.set(schema, made);
  return made;
}

/** Numbers that stand behind the same key elsewhere: addresses that are mapped, structures that lie somewhere. */
function addressItems({ trees }: Trees, key: string): readonly Completion[] {
  const found = new Map<string, string>();
  for (const part of PART_NAMES) {
    visit(trees[part].root, [], ({ node, path, role }) => {
      if (role !== 'value' || !isScalar(node) || path.at(-1) !== key) return;
      const source = sourceOf(node);
      if (!/^0x[0-9a-f_]+$/i.test(source) || found.has(source)) return;
      found.set(source, `${part} line ${rangeOf(trees[part], node.range![0], node.range![1]).line}`);
    });
  }
  return [...found].map(([label, detail]) => ({ label, kind: 'address', detail, text: '', snippet: label, first: false }));
}

const ADDRESS_KEYS: readonly (string | number | undefined)[] = ['iova', 'ipa', 'pa', 'tables', 'Address'];

function wordText(word: string): string {
  return nameText(word, ['command', 'event', 'register', 'rule', 'misuse']) ?? '';
}

function valueItems(trees: Trees, { tree, path, dash }: Place, cursor: Cursor): readonly Completion[] {
  const schemas = schemasAt(trees.kind, tree, path);
  const fallback = schemas.map(fallbackOf).find((one) => one !== null) ?? null;
  const item = (label: string, kind: Completion['kind'], detail: string, text: string, snippet = label): Completion => ({ label, kind, detail, text, snippet: dash + snippet, first: label === fallback });
  const names = schemas.flatMap((schema) => (schema[NAMES] === undefined ? [] : definitionsOf(trees, schema[NAMES]))).map(({ name, about }) => item(name, 'name', about, ''));
  const values = valuesOf(schemas[0]?.['x-field']);
  const words = wordsOf(schemas).map((word) => item(word, 'word', word === fallback ? 'without the key' : (values.get(word) ?? ''), wordText(word)));
  const begun = schemas.flatMap((schema) => schema[WORDS] ?? []).map((word) => item(word, 'word', '', wordText(word)));
  const other = fallback !== null && words.length === 0 && names.length === 0 ? [item(fallback, 'word', 'without the key', '')] : [];
  const addresses = ADDRESS_KEYS.includes(path.at(-1)) ? addressItems(trees, String(path.at(-1))) : [];
  const map = !cursor.startsLine && propertiesAt(schemas) !== undefined && Object.keys(propertiesAt(schemas)).length > 0 ? [item(`{ ${requiredAt(schemas).join(', ')} }`, 'key', 'a map', '', mapSnippet(trees, schemas))] : [];
  return [...names, ...words, ...begun, ...other, ...addresses, ...map];
}

/** What the values of a field mean, by their names. */
function valuesOf(field: string | undefined): ReadonlyMap<string, string> {
  const described = field === undefined ? null : describe(field);
  if (described === null || !described.ok) return new Map();
  return new Map((described.value.fields[0]?.values ?? []).map(({ name, value, doc }) => [name, `${value}: ${doc}`]));
}

function itemsAt(trees: Trees, place: Place, cursor: Cursor): readonly Completion[] {
  if (place.role === 'value') return [...valueItems(trees, place, cursor), ...(cursor.startsLine ? keyItems(trees, place, cursor) : [])];
  const keys = keyItems(trees, place, cursor);
  const alone = keysOf(nodeAt(place.tree.root, place.path)).length === 1;
  return keys.length === 0 && alone ? valueItems(trees, place, cursor) : keys;
}

/** What fits at a line and column, both from 1. */
export function complete(documents: Documents, part: PartName, line: number, column: number): Completions {
  const trees = treesOf(documents);
  const tree = trees.trees[part];
  const cursor = cursorAt(tree.text, offsetOf(tree, line, column));
  const range = rangeOf(tree, cursor.start, cursor.end);
  for (const { text, dash } of readings(tree.text, cursor)) {
    const place = placeIn(part, text, dash);
    const items = place === null ? [] : itemsAt(trees, place, cursor);
    if (items.length > 0) return { range, items };
  }
  return { range, items: [] };
}

