// Files that are made from the sources and kept with them: JSON Schemas of the lab documents, what the tests cover, tables in the documentation.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateSchemas, schemaText } from '../src/formats/lab/schemas.ts';
import { verbsMarkdown } from '../src/formats/lab/verb-reference.ts';
import { coverage, COVERAGE_FILE } from './coverage.mjs';
import { documentationPages } from './doc-tables.mjs';
import { checkLane, report } from './lanes.mjs';
import { NOTICES_FILE, noticesText } from './notices.mjs';
import { root, runTool, say } from './runtime.mjs';
import { viewsPage } from './pictures/views.mjs';

const schemas = 'resources/schema';
/** Writes docs/commands.md when it is asked to: commands are registered in the window only. */
const COMMANDS_PAGE = 'src/renderer/app/commands-page.test.ts';

/** `npm run generate` writes them; with `--check` it only says which are out of date, with `--quick` it leaves the coverage as it is. */
export async function generate(/** @type {string[]} */ args) {
  mkdirSync(join(root, schemas), { recursive: true });
  const fresh = new Map(Object.entries(generateSchemas()).map(([name, schema]) => [`${schemas}/${name}`, schemaText(schema)]));
  const covered = args.includes('--quick') ? { text: readOrEmpty(COVERAGE_FILE), unknown: [] } : await coverage();
  for (const line of covered.unknown) say(line);
  fresh.set('docs/verbs.md', verbsMarkdown());
  fresh.set('docs/views.md', viewsPage());
  fresh.set(NOTICES_FILE, noticesText());
  fresh.set(COVERAGE_FILE, covered.text);
  for (const [path, text] of documentationPages(JSON.parse(covered.text))) fresh.set(path, text);
  const left = readdirSync(join(root, schemas)).map((name) => `${schemas}/${name}`).filter((path) => !fresh.has(path));
  if (args.includes('--check')) {
    const stale = [...left, ...[...fresh].filter(([path, text]) => readOrEmpty(path) !== text).map(([path]) => path)];
    for (const path of stale) say(`${path} is out of date: npm run generate`);
    const empty = Object.entries(JSON.parse(covered.text)).filter(([, { tests }]) => tests === 0).map(([id]) => id);
    for (const id of empty) say(`${COVERAGE_FILE}: no test names the row ${id}`);
    return report(await checkLane('generated files', [async () => ({ status: stale.length + covered.unknown.length + empty.length })]));
  }
  for (const [path, text] of fresh) writeFileSync(join(root, path), text);
  for (const path of left) rmSync(join(root, path));
  return (await runTool('vitest/vitest.mjs', ['run', COMMANDS_PAGE, '-u'], { stdio: ['ignore', 2, 2] })).status;
}

function readOrEmpty(/** @type {string} */ path) {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return '';
  }
}
