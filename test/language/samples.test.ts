// The language service over every sample lab: what it says of text that is right.
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { describe, expect, it } from 'vitest';
import { readLab } from '../../src/formats/lab/files.ts';
import { parseLab } from '../../src/formats/lab/index.ts';
import { complete, format, hover, outline } from '../../src/formats/lab/language/index.ts';
import { treesOf } from '../../src/formats/lab/language/lab.ts';
import { propertiesAt, schemasAt } from '../../src/formats/lab/language/schema-at.ts';
import { rangeOf, visit } from '../../src/formats/lab/language/tree.ts';
import { PART_NAMES } from '../../src/formats/lab/problem.ts';
import type { Documents, PartName } from '../../src/formats/lab/problem.ts';
import { LABS, names } from '../labs/sample-labs.ts';

function documentsOf(name: string): Documents {
  const lab = readLab(join(LABS, name));
  if (!lab.ok || typeof lab.value.documents === 'string') throw new Error(`${name} has three documents`);
  return lab.value.documents;
}

interface Key {
  readonly key: string;
  readonly line: number;
  readonly column: number;
}

/** Positions of keys that were asked about: what differs in the numbers of list items only is asked once. */
const asked = new Set<string>();

/** The keys of a document that the schema knows, each at a position of its kind. */
function keysIn(documents: Documents, part: PartName): readonly Key[] {
  const { trees, kind } = treesOf(documents);
  const found: Key[] = [];
  visit(trees[part].root, [], ({ node, path, role }) => {
    const key = String(path.at(-1));
    const position = [kind, part, ...path.map((step) => (typeof step === 'number' ? '*' : step))].join('/');
    if (role !== 'key' || asked.has(position) || !(key in propertiesAt(schemasAt(kind, trees[part], path.slice(0, -1))))) return;
    asked.add(position);
    const { line, column } = rangeOf(trees[part], node.range![0], node.range![1]);
    found.push({ key, line, column });
  });
  return found;
}

const plain = (text: string): string => JSON.stringify(parseDocument(text, { intAsBigInt: true }).toJS(), (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));

const comments = (text: string): string[] => text.split('\n').flatMap((line) => /(?:^|\s)#\s(.*)$/.exec(line)?.[1] ?? []);

/** What these labs mean to be told. */
const TOLD: Readonly<Record<string, readonly string[]>> = { ecmdq: ['later-version'], 'first-nested': ['unmapped-ipa'], 'stage-1-permission': ['unmapped-ipa'] };

describe.each(names)('%s', (name) => {
  const documents = documentsOf(name);

  it('has no squiggle but the warnings that it is about', () => {
    expect(parseLab(documents).problems.map(({ severity, code }) => `${severity} ${code}`)).toEqual((TOLD[name] ?? []).map((code) => `warning ${code}`));
  });

  it.each(PART_NAMES)('%s: completion at each of its keys offers that key', (part) => {
    for (const { key, line, column } of keysIn(documents, part)) {
      const offered = complete(documents, part, line, column).items.map(({ label }) => label);
      expect(offered, `${part} ${line}:${column}`).toContain(key);
      expect(hover(documents, part, line, column)?.text, `hover of ${part} ${line}:${column}`).toBeTruthy();
    }
  });

  it.each(PART_NAMES)('%s: format says the same, keeps every comment, and has nothing more to do the second time', (part) => {
    const text = documents[part];
    const formatted = format(text);
    expect(formatted).not.toBeNull();
    expect(plain(formatted!)).toBe(plain(text));
    expect(comments(formatted!)).toEqual(comments(text));
    expect(format(formatted!)).toBe(formatted);
  });

  it('has an outline of every step', () => {
    const steps: unknown = parseDocument(documents.steps).toJS();
    expect(outline('steps', documents.steps)).toHaveLength(Array.isArray(steps) ? steps.length : 0);
  });
});
