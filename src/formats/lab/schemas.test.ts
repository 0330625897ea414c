import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { VERBS } from '../../model/lab/verbs.ts';
import { generateSchemas, schemaText } from './schemas.ts';
import { verbsMarkdown } from './verb-reference.ts';

const folder = fileURLToPath(new URL('../../../resources/schema/', import.meta.url));

test.each(Object.entries(generateSchemas()))('resources/schema/%s is current (npm run generate)', (file, schema) => {
  expect(readFileSync(`${folder}${file}`, 'utf8')).toBe(schemaText(schema));
});

test.each(Object.entries(generateSchemas()))('%s has no number twice: it is named in $defs, and what a place says of it stays there', (_file, schema) => {
  const numbers: string[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const number = { ...value, description: undefined, default: undefined };
    if ('pattern' in number && typeof number.pattern === 'string') numbers.push(JSON.stringify(number));
    Object.values(value).forEach(look);
  };
  look(schema);
  expect(numbers.filter((one, i) => numbers.indexOf(one) < i)).toEqual([]);
});

test('docs/verbs.md is current (npm run generate)', () => {
  expect(readFileSync(fileURLToPath(new URL('../../../docs/verbs.md', import.meta.url)), 'utf8')).toBe(verbsMarkdown());
});

test('every verb is a key of a step, with its doc', () => {
  type Schema = { readonly $ref?: string; readonly description?: string };
  const { items, $defs } = generateSchemas()['steps.schema.json'] as { items: { properties: Record<string, Schema> }; $defs: Record<string, Schema> };
  const resolved = (schema: Schema): Schema => (schema.$ref === undefined ? schema : { ...$defs[schema.$ref.slice('#/$defs/'.length)], ...schema });
  expect(Object.keys(items.properties).sort()).toEqual(Object.keys(VERBS).sort());
  for (const [verb, schema] of Object.entries(items.properties)) expect(resolved(schema).description, verb).toBe(VERBS[verb as keyof typeof VERBS].doc);
});
