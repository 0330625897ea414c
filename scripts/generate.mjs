// Files that are made from the sources and kept with them: the JSON Schemas of the lab documents.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateSchemas, schemaText } from '../src/formats/lab/schemas.ts';
import { checkLane, report } from './lanes.mjs';
import { root, say } from './runtime.mjs';

const folder = join(root, 'resources', 'schema');

/** `npm run generate` writes them; with `--check` it only says which are out of date. */
export async function generate(/** @type {string[]} */ args) {
  const fresh = new Map(Object.entries(generateSchemas()).map(([name, schema]) => [name, schemaText(schema)]));
  mkdirSync(folder, { recursive: true });
  const left = readdirSync(folder).filter((name) => !fresh.has(name));
  if (args.includes('--check')) {
    const stale = [...left, ...[...fresh].filter(([name, text]) => readOrEmpty(name) !== text).map(([name]) => name)];
    for (const name of stale) say(`resources/schema/${name} is out of date: npm run generate`);
    return report(await checkLane('generated files', [async () => ({ status: stale.length })]));
  }
  for (const [name, text] of fresh) writeFileSync(join(folder, name), text);
  for (const name of left) rmSync(join(folder, name));
  return 0;
}

function readOrEmpty(/** @type {string} */ name) {
  try {
    return readFileSync(join(folder, name), 'utf8');
  } catch {
    return '';
  }
}
