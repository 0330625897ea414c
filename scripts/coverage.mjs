// Which test shows what of the architecture, by the names in square brackets in the titles of the tests.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { coverageRows } from '../src/model/spec/coverage/rows.ts';
import { giveUp, root, runTool } from './runtime.mjs';

export const COVERAGE_FILE = 'resources/coverage.json';
/** Enough to find one's way; the count says how many there are. */
const EXAMPLES = 3;
const NAME = /\[((?:event|command|register|ste|cd|rule|order|gotcha)\.[\w.-]+(?:\.\*)?)\]/g;

/** @typedef {{ file: string, name: string }} Test */

/** Every test by name, tables written out: the files are loaded, the tests do not run. */
async function listTests() {
  const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-tests-'));
  try {
    const file = join(folder, 'tests.json');
    const { status } = await runTool('vitest/vitest.mjs', ['list', '--no-static-parse', `--json=${file}`], { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) giveUp('the tests could not be listed');
    return /** @type {Test[]} */ (JSON.parse(readFileSync(file, 'utf8')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The text of COVERAGE_FILE, and names in titles that are no row. */
export async function coverage() {
  const rows = new Map(coverageRows().map(({ id }) => [id, /** @type {string[]} */ ([])]));
  /** @type {string[]} */
  const unknown = [];
  for (const { file, name } of await listTests()) {
    for (const [, tag] of name.matchAll(NAME)) {
      const found = rowsOf(rows, tag ?? '');
      if (found.length === 0) unknown.push(`${relative(root, file)}: no row ${tag} in "${name}"`);
      for (const row of found) row.push(`${relative(root, file)}: ${name.replaceAll(NAME, '').replace(/\s+/g, ' ').trim()}`);
    }
  }
  const entries = [...rows].map(([id, tests]) => [id, { tests: tests.length, examples: tests.sort().slice(0, EXAMPLES) }]);
  return { text: `${JSON.stringify(Object.fromEntries(entries), null, 1)}\n`, unknown };
}

/** `command.CMD_SYNC.CS` is a test of `command.CMD_SYNC`, `register.IDR0.*` one of every field of IDR0. */
function rowsOf(/** @type {Map<string, string[]>} */ rows, /** @type {string} */ tag) {
  if (tag.endsWith('.*')) return [...rows].filter(([id]) => id.startsWith(tag.slice(0, -1))).map(([, tests]) => tests);
  const row = rows.get(tag) ?? rows.get(tag.split('.').slice(0, 2).join('.'));
  return row === undefined ? [] : [row];
}
