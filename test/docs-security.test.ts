// Every control of docs/security.md names a test that there is.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const rows = readFileSync(join(root, 'docs', 'security.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .map((line) => line.slice(2, -2).split(' | '));
const sources = ['src', 'test'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(test|spec)\.ts$/.test(name))
    .map((name) => ({ name, text: readFileSync(join(root, folder, name), 'utf8').replaceAll("\\'", "'") })),
);
const withTest = (title: string): string[] => sources.filter(({ text }) => ["'", '"', '`'].some((quote) => text.includes(`(${quote}${title}${quote},`))).map(({ name }) => name);

it.each(rows)('%s: %s', (control, _value, title) => {
  const found = withTest(title!);
  expect(found).not.toEqual([]);
  if (control!.includes('(Electron)')) expect(found.some((name) => name.includes('electron'))).toBe(true);
});

it('lists no control twice', () => {
  expect(new Set(rows.map(([control]) => control)).size).toBe(rows.length);
});
