// Which test shows what of the architecture, by the names in square brackets in the titles of the tests.
import { coverageRows } from '../src/model/spec/coverage/rows.ts';
import { titles } from './titles.mjs';

export const COVERAGE_FILE = 'resources/coverage.json';
/** Enough to find one's way; the count says how many there are. */
const EXAMPLES = 3;
const NAME = /\[((?:event|command|register|ste|cd|rule|order|gotcha)\.[\w.-]+(?:\.\*)?)\]/g;

/** The text of COVERAGE_FILE, and names in titles that are no row. */
export async function coverage() {
  const rows = new Map(coverageRows().map(({ id }) => [id, /** @type {string[]} */ ([])]));
  /** @type {string[]} */
  const unknown = [];
  for (const { file, name } of await titles()) {
    for (const [, tag] of name.matchAll(NAME)) {
      const found = rowsOf(rows, tag ?? '');
      if (found.length === 0) unknown.push(`${file}: no row ${tag} in "${name}"`);
      for (const row of found) row.push(`${file}: ${name.replaceAll(NAME, '').replace(/\s+/g, ' ').trim()}`);
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
