// The licences of what is shipped: the packages of package.json's dependencies and those that the sources import, with all that these need.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './runtime.mjs';

export const NOTICES_FILE = 'resources/licences/third-party.txt';

/** @typedef {{ name: string, version: string, license?: string, dependencies?: Record<string, string>, devDependencies?: Record<string, string> }} Package */

/** The notices as text, by name. Throws for a package without a licence. */
export function noticesText() {
  const parts = [...shipped()].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, folder]) => notice(folder));
  return `SMMU Lab contains these packages. Each is used under its own licence, which follows it.\n\n${parts.join('\n')}`;
}

/** Folders of all packages that are shipped, by name and version. */
export function shipped() {
  const own = /** @type {Package} */ (read(root));
  const imported = importedPackages().filter((name) => own.devDependencies?.[name] !== undefined && name !== 'electron');
  /** @type {Map<string, string>} */
  const found = new Map();
  const visit = (/** @type {string} */ name, /** @type {string} */ from) => {
    const folder = resolve(name, from);
    if (folder === null) return;
    const { version, dependencies = {} } = read(folder);
    const key = `${name} ${version}`;
    if (found.has(key)) return;
    found.set(key, folder);
    for (const needed of Object.keys(dependencies)) visit(needed, folder);
  };
  for (const name of [...Object.keys(own.dependencies ?? {}), ...imported]) visit(name, root);
  return found;
}

/** Names of packages that some source of the product imports. */
function importedPackages() {
  const names = new Set();
  for (const file of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!/\.(ts|vue)$/.test(file) || /\.test\.ts$|\/testing\//.test(file)) continue;
    for (const [, name] of readFileSync(join(root, 'src', file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'((?:@[\w-]+\/)?[\w-]+)[/']/g)) names.add(name);
  }
  return [...names];
}

/** As Node looks for it: the nearest node_modules that has it. */
function resolve(/** @type {string} */ name, /** @type {string} */ from) {
  for (let folder = from; folder.startsWith(root); folder = join(folder, '..')) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
  }
  return null;
}

/** @returns {Package} */
function read(/** @type {string} */ folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function notice(/** @type {string} */ folder) {
  const { name, version, license } = read(folder);
  const file = readdirSync(folder).sort().find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (file === undefined && license === undefined) throw new Error(`${name} ${version} says nothing of its licence`);
  const text = file === undefined ? `Licence: ${license}` : readFileSync(join(folder, file), 'utf8').trim();
  return `${'='.repeat(80)}\n${name} ${version} (${license ?? 'see below'})\n${'='.repeat(80)}\n\n${text.replace(/\r/g, '')}\n`;
}
