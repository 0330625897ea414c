/** YAML text with positions: every value of a lab document can be found again at its line and column. */
import { isAlias, isCollection, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node, Pair } from 'yaml';
import { PART_NAMES } from './problem.ts';
import type { Documents, PartName, Path, Problem, Range } from './problem.ts';

/** One part of a lab: its plain value and the places of what is in it. */
export interface Part {
  readonly value: unknown;
  /** The place of the value at `path`, of its key when `what` is 'key'; of the nearest that exists otherwise. */
  locate(path: Path, what?: 'key' | 'value'): Range;
}

export interface Source {
  readonly parts: Readonly<Record<PartName, Part>>;
  /** YAML errors: with one of these, the values cannot be relied on. */
  readonly problems: readonly Problem[];
}

const MAX_BYTES = 4 << 20;

interface Parsed {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly text: string;
}

function place(parsed: Parsed, start: number, end: number): Range {
  const from = parsed.lines.linePos(start);
  const to = parsed.lines.linePos(Math.max(end, start + 1));
  return { line: Math.max(from.line, 1), column: Math.max(from.col, 1), endLine: Math.max(to.line, 1), endColumn: Math.max(to.col, 1) };
}

const endOfLine = (text: string, start: number): number => {
  const end = text.indexOf('\n', start);
  return end < 0 ? text.length : end;
};

/** A scalar is marked whole, a map or list by its first line. */
function rangeOf(parsed: Parsed, node: Node | null | undefined): Range {
  const range = node?.range;
  if (range === undefined || range === null) return place(parsed, 0, endOfLine(parsed.text, 0));
  const end = isCollection(node) ? Math.min(range[1], endOfLine(parsed.text, range[0])) : range[1];
  return place(parsed, range[0], end);
}

const keyText = (pair: Pair): string => (isScalar(pair.key) ? String(pair.key.value) : String(pair.key));

interface Found {
  readonly key: Node | null;
  readonly node: Node | null;
}

function child(node: Node | null, step: string | number): Found | null {
  if (isMap(node)) {
    const pair = node.items.find((item) => keyText(item) === String(step));
    return pair === undefined ? null : { key: pair.key as Node, node: pair.value as Node | null };
  }
  if (!isSeq(node)) return null;
  const item = node.items[Number(step)];
  return item === undefined || isPair(item) ? null : { key: null, node: item as Node };
}

function find(document: Document, path: Path): Found {
  let found: Found = { key: null, node: document.contents as Node | null };
  for (const step of path) {
    const next = isAlias(found.node) ? null : child(found.node, step);
    if (next === null) return found;
    found = next;
  }
  return found;
}

function locate(parsed: Parsed, path: Path, what: 'key' | 'value'): Range {
  const { key, node } = find(parsed.document, path);
  const marksKey = key !== null && (what === 'key' || node === null || isCollection(node) || (isScalar(node) && node.source === ''));
  return rangeOf(parsed, marksKey ? key : node);
}

function yamlProblem(document: PartName, parsed: Parsed, error: { code: string; message: string; pos: [number, number] }): Problem {
  const message = error.code === 'DUPLICATE_KEY' ? 'this key is here twice; each key can stand once' : error.message;
  return { document, severity: 'error', code: 'yaml', message: `not valid YAML: ${message}`, ...place(parsed, error.pos[0], error.pos[1]) };
}

function parse(text: string): Parsed {
  const lines = new LineCounter();
  return { document: parseDocument(text, { lineCounter: lines, intAsBigInt: true, prettyErrors: false, logLevel: 'error' }), lines, text };
}

const START: Range = { line: 1, column: 1, endLine: 1, endColumn: 2 };
const nowhere = (value: unknown): Part => ({ value, locate: () => START });

function refused(document: PartName, message: string): { part: Parsed | null; value: unknown; problems: Problem[] } {
  return { part: null, value: undefined, problems: [{ document, severity: 'error', code: 'yaml', message, ...START }] };
}

/** Parses one text. Depth and aliases that exhaust the parser are refused like any other bad text. */
function read(document: PartName, text: string): { part: Parsed | null; value: unknown; problems: Problem[] } {
  if (text.length > MAX_BYTES) return refused(document, `the document is larger than ${MAX_BYTES >> 20} MiB`);
  try {
    const parsed = parse(text);
    const problems = parsed.document.errors.map((error) => yamlProblem(document, parsed, error));
    return { part: parsed, value: problems.length > 0 ? undefined : parsed.document.toJS({ maxAliasCount: 100 }), problems };
  } catch (error) {
    const why = error instanceof RangeError ? 'nested too deeply' : error instanceof Error ? error.message : String(error);
    return refused(document, `not valid YAML: ${why}`);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Three texts; each holds its part directly, or as the value of the part's own key. */
function readThree(documents: Documents): Source {
  const problems: Problem[] = [];
  const part = (name: PartName): Part => {
    const { part: parsed, value, problems: found } = read(name, documents[name]);
    problems.push(...found);
    if (parsed === null) return nowhere(undefined);
    const wrapped = isRecord(value) && Object.keys(value).length === 1 && name in value;
    const prefix = wrapped ? [name] : [];
    return { value: wrapped ? value[name] : value, locate: (path, what = 'value') => locate(parsed, [...prefix, ...path], what) };
  };
  return { parts: { host: part('host'), guest: part('guest'), steps: part('steps') }, problems };
}

function strayKeys(parsed: Parsed, value: unknown): Problem[] {
  if (!isRecord(value)) {
    const message = 'expected a map with the keys host, guest and steps';
    return [{ document: 'host', severity: 'error', code: 'bad-type', message, ...rangeOf(parsed, parsed.document.contents as Node | null) }];
  }
  const stray = Object.keys(value).filter((key) => !PART_NAMES.some((name) => name === key));
  return stray.map((key) => {
    const message = `unknown key ${key}; a lab has the keys host, guest and steps`;
    return { document: 'host', severity: 'error', code: 'unknown-key', message, ...locate(parsed, [key], 'key') };
  });
}

/** One text with the keys host, guest and steps. */
function readOne(text: string): Source {
  const { part: parsed, value, problems } = read('host', text);
  if (parsed === null || problems.length > 0) return { parts: { host: nowhere(undefined), guest: nowhere(undefined), steps: nowhere(undefined) }, problems };
  const part = (name: PartName): Part => ({
    value: isRecord(value) ? value[name] : undefined,
    locate: (path, what = 'value') => locate(parsed, [name, ...path], what),
  });
  return { parts: { host: part('host'), guest: part('guest'), steps: part('steps') }, problems: strayKeys(parsed, value) };
}

/** Reads a lab given as one text with three keys or as three texts. */
export const readSource = (documents: Documents | string): Source =>
  typeof documents === 'string' ? readOne(documents) : readThree(documents);

/** The three texts of a one-text lab, each dedented, or null when the text is not a map with those keys. */
export function splitLab(text: string): Documents | null {
  const { part: parsed, value, problems } = read('host', text);
  if (parsed === null || problems.length > 0 || !isRecord(value) || !('host' in value)) return null;
  const cut = (name: PartName): string => {
    const { node } = child(parsed.document.contents as Node | null, name) ?? { node: null };
    if (node?.range === undefined || node.range === null) return '';
    const { line, col } = parsed.lines.linePos(node.range[0]);
    const first = text.lastIndexOf('\n', node.range[0]) + 1;
    const indent = line === parsed.lines.linePos(first).line ? col - 1 : 0;
    const lines = text.slice(node.range[0], node.range[2]).split('\n');
    return lines.map((one, i) => (i > 0 && one.slice(0, indent).trim() === '' ? one.slice(indent) : one)).join('\n').trimEnd() + '\n';
  };
  return { host: cut('host'), guest: cut('guest'), steps: cut('steps') };
}
