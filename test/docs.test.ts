// The documentation names only what exists: files, headings, commands, keys of lab documents.
import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { run } from '../src/cli/run.ts';
import { generateSchemas } from '../src/formats/lab/schemas.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const IGNORED = new Set(['node_modules', 'out', 'coverage']);

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return IGNORED.has(entry.name) || entry.name.startsWith('.') ? [] : markdownIn(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const documents = markdownIn('.').map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
const prose = (text: string): string => text.replace(/^```.*?^```/gms, '');
const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found]) => found!);

/** A heading as its anchor, the way repository hosts make them. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
const anchorsIn = (file: string): string[] => matches(prose(readFileSync(file, 'utf8')), /^#+ +(.+)$/gm).map(anchorOf);

function isDead(path: string, link: string): boolean {
  const [file, anchor] = link.split('#') as [string, string | undefined];
  const target = file === '' ? join(root, path) : join(root, dirname(path), file);
  return !existsSync(target) || (anchor !== undefined && !anchorsIn(target).includes(anchor));
}

/** The names in the first column of tables. */
const firstColumn = (text: string): string[] =>
  matches(text, /^\| ((?:`[^`|]+`(?:, )?)+) \|/gm).flatMap((cell) => matches(cell, /`([^`]+)`/g));

/** Names of the keys of a JSON Schema, but for fields of the architecture's records, and choices, which docs-tables.test.ts looks at. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties, ...rest } = schema as { readonly properties?: Readonly<Record<string, { readonly description?: string }>> };
  const named = Object.entries(properties ?? {}).filter(([, { description = '' }]) => !/IHI 0070/.test(description));
  const own = named.flatMap(([key, value]) => [key, ...keysOf(value)]);
  return [...own, ...Object.values(rest).flatMap(keysOf)];
}

async function helpText(): Promise<string> {
  let text = '';
  await run(['help'], { out: (chunk) => (text += chunk), err: () => undefined, stdin: () => Promise.resolve('') });
  return text;
}

describe.each(documents)('$path', ({ path, text }) => {
  it('has no dead link or image', () => {
    const links = matches(prose(text), /\]\(([^)\s]+)\)/g).filter((link) => !/^[a-z]+:/.test(link));
    expect(links.filter((link) => isDead(path, link))).toEqual([]);
  });

  it('names only commands that there are', async () => {
    const known = matches(await helpText(), /^ {2}([a-z]+)\b/gm);
    const named = matches(text, /(?:npm run -s lab --|bin\/smmu-lab) ([a-z]+)/g);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('README.md of a source folder', () => {
  const ofSources = documents.filter(({ path }) => /^(src|test)\/(?!fixtures)/.test(path));

  it.each(ofSources)('$path names what is there', ({ path, text }) => {
    expect(firstColumn(text).filter((name) => !existsSync(join(root, dirname(path), name)))).toEqual([]);
  });

  it.each(ofSources)('$path names every folder beside it', ({ path, text }) => {
    const named = new Set(firstColumn(text).map((name) => name.split('/')[0]));
    const folders = readdirSync(join(root, dirname(path)), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).filter((name) => !named.has(name))).toEqual([]);
  });
});

describe('docs/labs.md', () => {
  const textOf = (name: string): string => documents.find(({ path }) => path === join('docs', name))!.text;
  const text = textOf('labs.md');
  // Members of the structures of calls are in the reference of the verbs.
  const reference = new Set(textOf('verbs.md').split(/[^\w]+/));
  const words = new Set(matches(text, /`([^`\n]+)`/g).flatMap((code) => [...code.split(/[^\w]+/), ...code.split(/[^\w-]+/)]));
  const fields = /^(S2\w+|CMD_\w+|IDR\d)$/;

  it.each(Object.entries(generateSchemas()))('names every key of %s', (schemaName, schema) => {
    expect(keysOf(schema).filter((key) => !fields.test(key) && !words.has(key) && !(/steps/.test(schemaName) && reference.has(key)))).toEqual([]);
  });
});
