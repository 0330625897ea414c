// The title of every test: as the last whole run had them, if nothing has changed since, else by loading all files once more.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fingerprint } from './fingerprint.mjs';
import { giveUp, root, runTool } from './runtime.mjs';

/** @typedef {{ file: string, name: string }} Test the file from the root on, the name from the outermost describe on */

const KEPT = join(root, '.cache', 'titles.json');
/** Titles come from these: tables of tests are made of samples and of documents, too. */
const SOURCES = ['src', 'test', 'scripts', 'resources', 'docs', 'package-lock.json', 'vitest.config.ts'];

/** The state of what titles come from: taken before a run, it says what the run was of. */
export const stateOfTests = () => fingerprint(SOURCES);

/** Keeps the titles of a run of all tests, by the report that vitest wrote of it. */
export function keepTitles(/** @type {string} */ report, /** @type {string} */ state) {
  /** @type {{ testResults: { name: string, assertionResults: { ancestorTitles: string[], title: string }[] }[] }} */
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const tests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title }) => ({ file: relative(root, name), name: [...ancestorTitles, title].join(' > ') })),
  );
  mkdirSync(dirname(KEPT), { recursive: true });
  writeFileSync(KEPT, JSON.stringify({ state, tests }));
}

/** @returns {Promise<Test[]>} */
export async function titles() {
  return keptTitles() ?? listedTitles();
}

/** @returns {Test[] | null} */
function keptTitles() {
  try {
    const { state, tests } = JSON.parse(readFileSync(KEPT, 'utf8'));
    return state === stateOfTests() ? tests : null;
  } catch {
    return null;
  }
}

/** Tables written out: the files are loaded, the tests do not run. */
async function listedTitles() {
  const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-tests-'));
  try {
    const file = join(folder, 'tests.json');
    const { status } = await runTool('vitest/vitest.mjs', ['list', '--no-static-parse', `--json=${file}`], { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) giveUp('the tests could not be listed');
    const tests = /** @type {Test[]} */ (JSON.parse(readFileSync(file, 'utf8')));
    return tests.map((test) => ({ name: test.name, file: relative(root, test.file) }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
