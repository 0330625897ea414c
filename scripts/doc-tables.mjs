// Tables of the documentation that are made from the one table: what stands between `<!-- generated: NAME -->` and `<!-- end -->`.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHOICES, DEVIATIONS, MISUSES, SETTLED } from '../src/model/spec/index.ts';
import { documentKeys, DOCUMENT_PARTS } from '../src/formats/lab/document-reference.ts';
import { INVALIDATION } from '../src/model/spec/coverage/invalidation.ts';
import { coverageRows } from '../src/model/spec/coverage/rows.ts';
import { root } from './runtime.mjs';

const docs = join(root, 'docs');
const BLOCK = /(<!-- generated: ([a-z-]+) -->\n)[^]*?(<!-- end -->)/g;

const row = (/** @type {readonly string[]} */ cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
const table = (/** @type {readonly string[]} */ head, /** @type {readonly (readonly string[])[]} */ rows) =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

const keyTable = (/** @type {string} */ part) =>
  table(['key', 'value', 'default'], documentKeys(part).map(({ name, what, fallback }) => [`\`${name}\``, what.replaceAll('<', '&lt;'), fallback === null ? '' : fallback === 'required' ? fallback : `\`${fallback}\``]));

const labs = join(root, 'resources/labs');

/** Where a note of a sample lab names a rule of invalidation, as links. */
function placesOf(/** @type {string} */ id) {
  return readdirSync(labs).filter((lab) => existsSync(join(labs, lab, 'steps.yaml'))).flatMap((lab) => {
    const steps = readFileSync(join(labs, lab, 'steps.yaml'), 'utf8').split('\n').filter((line) => line.startsWith('- '));
    const at = steps.findIndex((line) => line.includes(`[${id}]`));
    return at < 0 ? [] : [`[${lab}](../resources/labs/${lab}/README.md), from step ${at + 1}`];
  });
}

/** @typedef {Readonly<Record<string, { readonly tests: number, readonly examples: readonly string[] }>>} Coverage */

/** @type {Readonly<Record<string, (coverage: Coverage) => string>>} */
const TABLES = {
  coverage: (coverage) =>
    table(['row', 'what', 'section', 'tests', 'for instance'], coverageRows().map(({ id, what, section }) => [`\`${id}\``, what, section, String(coverage[id]?.tests ?? 0), coverage[id]?.examples[0] ?? ''])),
  ...Object.fromEntries(DOCUMENT_PARTS.map((part) => [part, () => keyTable(part)])),
  choices: () =>
    table(
      ['choice', 'section', 'left open', 'alternatives'],
      CHOICES.map(({ id, section, doc, alternatives }) => [`\`${id}\``, section, doc, Object.entries(alternatives).map(([name, what]) => `\`${name}\`: ${what}`).join(' ')]),
    ),
  settled: () => table(['section', 'left open', 'here', 'why it is no choice'], SETTLED.map(({ section, open, here, why }) => [section, open, here, why])),
  misuse: () => table(['kind', 'section', 'what was done, and what comes of it'], MISUSES.map(({ id, section, doc }) => [`\`${id}\``, section, doc])),
  invalidation: () => table(['rule', 'section', 'seen in'], INVALIDATION.map(({ id, section, what }) => [what, section, placesOf(id).join('; ')])),
  deviations: () => table(['switch', 'QEMU', 'the architecture', 'section'], DEVIATIONS.map(({ id, doc, instead, section }) => [`\`${id}\``, doc, instead, section])),
};

/** Every page of the documentation that has such a table, as it should be, by its path from the root. */
export function documentationPages(/** @type {Coverage} */ coverage) {
  /** @type {Map<string, string>} */
  const pages = new Map();
  for (const name of readdirSync(docs).filter((one) => one.endsWith('.md'))) {
    const text = readFileSync(join(docs, name), 'utf8');
    const fresh = text.replace(BLOCK, (_, open, table, close) => `${open}\n${TABLES[table]?.(coverage) ?? `no table ${table}`}\n\n${close}`);
    if (fresh.includes('<!-- generated: ')) pages.set(`docs/${name}`, fresh);
  }
  return pages;
}
