// docs/model.md lists every choice as the one list has it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { CHOICES } from '../src/model/spec/index.ts';

const text = readFileSync(fileURLToPath(new URL('../docs/model.md', import.meta.url)), 'utf8');

const row = ({ id, section, doc, alternatives }: (typeof CHOICES)[number]): string =>
  `| \`${id}\` | ${section} | ${doc} | ${Object.entries(alternatives).map(([name, what]) => `\`${name}\`: ${what}`).join(' ')} |`;

it('lists the choices as they are', () => {
  const listed = text.split('\n').filter((line) => /^\| `[A-Za-z0-9.-]+` \| [0-9.]+ \| .* \| `/.test(line));
  expect(listed).toEqual(CHOICES.map(row));
});
