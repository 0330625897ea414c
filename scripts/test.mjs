// `npm test`: every unit, property, conformance and contract test, then the window in a Chromium.
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { browserLane } from './e2e.mjs';
import { report, vitestLane } from './lanes.mjs';
import { root, runTool } from './runtime.mjs';
import { keepTitles, stateOfTests } from './titles.mjs';

/** With arguments they go to vitest and nothing else runs: `npm test -- src/model/memory`. */
export async function test(/** @type {string[]} */ args) {
  if (args.length > 0) return (await runTool('vitest/vitest.mjs', ['run', ...args])).status;
  return report(await filesLane(), await browserLane());
}

/** `npm run test:files`: all of it but the window. */
export async function testFiles() {
  return report(await filesLane());
}

async function filesLane() {
  await ensureBuilt(['main']);
  const state = stateOfTests();
  return vitestLane('tests', [], { SMMU_LAB_BUILT: join(root, 'out', 'main') }, (file) => keepTitles(file, state));
}
