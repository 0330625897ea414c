// Tables of the documentation that are made from the one table are current, and every alternative of a choice has a test that names it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, test } from 'vitest';
import { CHOICES } from '../src/model/spec/index.ts';
import { documentationPages } from '../scripts/doc-tables.mjs';

const ROOT = join(import.meta.dirname, '..');

test.each(['docs/model.md', 'docs/qemu.md'])('%s is current (npm run generate)', (path) => {
  expect(documentationPages({}).get(path)).toBe(readFileSync(join(ROOT, path), 'utf8'));
});

const tests = ['test/conformance', 'src/model/smmu'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts')).map((name) => readFileSync(join(ROOT, folder, name), 'utf8')),
);

it.each(CHOICES.flatMap(({ id, alternatives }) => Object.keys(alternatives).map((alternative) => [id, alternative] as const)))('%s: %s is shown by a test', (id, alternative) => {
  const shown = tests.some((text) => text.includes(id.split('.')[1]!) && (text.includes(`'${alternative}'`) || text.includes(`${alternative}:`) || text.includes(`: ${alternative} `)));
  // What the model does otherwise is in the tests of each part.
  expect(shown || CHOICES.some((one) => one.id === id && one.pick === alternative)).toBe(true);
});
