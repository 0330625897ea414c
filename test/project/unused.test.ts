// What nobody uses is not there: exports that no other file names, packages that none imports or starts, classes of a style sheet that no template has.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const FOLDERS = ['src', 'test', 'scripts', 'packaging'];

/** Decorations of Monaco, which it names itself or which are named piece by piece. */
const MADE = /^(squiggly-\w+|step-\w+-bar)$/;

const inside = (folder: string): string[] => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
const files = [...readdirSync(root), ...FOLDERS.flatMap(inside)].filter((name) => /\.(ts|vue|c?js|mjs|css)$/.test(name));
const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
const wordsOf = (text: string): Set<string> => new Set(text.match(/[\w$-]+/g));

it('each value that a file exports is named in another', () => {
  const timesNamed = new Map<string, number>();
  for (const text of texts.values()) for (const word of new Set(text.match(/\w+/g))) timesNamed.set(word, (timesNamed.get(word) ?? 0) + 1);
  const exported = [...texts].flatMap(([file, text]) => [...text.matchAll(/^export (?:abstract )?(?:async )?(?:const|let|function|class) (\w+)/gm)].map(([, name]) => [file, name!] as const));
  expect(exported.length).toBeGreaterThan(1000);
  expect(exported.filter(([, name]) => timesNamed.get(name)! < 2).map((one) => one.join(' '))).toEqual([]);
});

it('each package that package.json names is named in a source, a script or a configuration', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Readonly<Record<'dependencies' | 'devDependencies', Readonly<Record<string, string>>>>;
  const all = [...texts.values()].join('\n');
  expect(Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !name.startsWith('@types/') && !all.includes(name))).toEqual([]);
});

it('each class of a style sheet is in the template that it is for', () => {
  const styled = [...texts].flatMap(([file, text]) => {
    const css = file.endsWith('.css') ? text : [...text.matchAll(/<style[^>]*>(.*?)<\/style>/gs)].map(([, body]) => body).join('\n');
    const classes = new Set([...css.replace(/\/\*.*?\*\//gs, '').matchAll(/\.([a-z][\w-]*)(?=[^{};]*\{)/gi)].map(([, name]) => name!));
    return [...classes].map((name) => [file, name] as const);
  });
  expect(styled.length).toBeGreaterThan(300);
  const templates = [...texts].filter(([file]) => /^src\/renderer\/.*\.(vue|ts)$/.test(file)).map(([file, text]) => [file, wordsOf(text.replace(/<style.*?<\/style>/gs, ''))] as const);
  const isNamed = (file: string, name: string): boolean => templates.some(([template, words]) => (file.endsWith('.css') || dirname(template) === dirname(file) || template.startsWith('src/renderer/widgets')) && words.has(name));
  expect(styled.filter(([file, name]) => !MADE.test(name) && !isNamed(file, name)).map((one) => one.join(' '))).toEqual([]);
});
