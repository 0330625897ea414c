// A lane is one kind of check. Each ends with one line of counts; .ci/run adds them up from the file that SMMU_LAB_COUNTS names.
import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, runTool } from './runtime.mjs';

/** @typedef {{ name: string, passed: number, failed: number, skipped: number, reason?: string }} Lane */

/**
 * Runs vitest and counts its tests. A file that does not even load counts as one failure.
 * @param {string} name
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env] on top of this process's own
 * @param {(report: string) => void} [passed] what is done with vitest's report when all passed
 * @returns {Promise<Lane>}
 */
export async function vitestLane(name, args, env = {}, passed = () => {}) {
  const reports = join(root, '.cache', 'reports');
  const file = join(reports, `${name.replaceAll(' ', '-')}-${process.pid}.json`);
  mkdirSync(reports, { recursive: true });
  const report = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const { status } = await runTool('vitest/vitest.mjs', ['run', ...args, ...report], { env: { ...process.env, ...env } });
  const counts = readCounts(file);
  if (status === 0) passed(file);
  rmSync(file, { force: true });
  return { name, ...counts, failed: Math.max(counts.failed, status === 0 ? 0 : 1) };
}

function readCounts(/** @type {string} */ file) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(file, 'utf8'));
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/**
 * Runs checks that each either hold or do not.
 * @param {string} name
 * @param {(() => Promise<{ status: number }>)[]} checks
 * @returns {Promise<Lane>}
 */
export async function checkLane(name, checks) {
  const lane = { name, passed: 0, failed: 0, skipped: 0 };
  for (const check of checks) {
    if ((await check()).status === 0) lane.passed++;
    else lane.failed++;
  }
  return lane;
}

/** A lane that cannot run here: seen and counted, and an error in CI unless it is one that CI may lack. */
export function skippedLane(/** @type {string} */ name, /** @type {string} */ reason, { allowedInCi = false } = {}) {
  const isError = process.env.CI === 'true' && !allowedInCi;
  return { name, passed: 0, failed: isError ? 1 : 0, skipped: isError ? 0 : 1, reason };
}

/** Prints the lanes' counts, one line each, and gives the exit status they make. */
export function report(/** @type {Lane[]} */ ...lanes) {
  for (const lane of lanes) {
    const { name, passed, failed, skipped, reason } = lane;
    const why = reason === undefined ? '' : ` (${failed > 0 ? 'cannot run, and in CI it must' : 'skipped'}: ${reason})`;
    process.stdout.write(`${name}: ${passed} passed, ${failed} failed, ${skipped} skipped${why}\n`);
    if (process.env.SMMU_LAB_COUNTS !== undefined) appendFileSync(process.env.SMMU_LAB_COUNTS, `${passed} ${failed} ${skipped} ${name}\n`);
  }
  return lanes.some((lane) => lane.failed > 0) ? 1 : 0;
}
