// The window against its budgets: `npm run measure`. In CI a shorter run, and only twice a budget is a failure: a machine of others has other speeds.
import { ensureBuilt } from './build.mjs';
import { findChromium } from './chromium.mjs';
import { report, skippedLane } from './lanes.mjs';
import { measureWindow } from '../test/measure/window.ts';

const NAME = 'window within its budgets';
const inCi = process.env.CI === 'true';
const SECONDS = inCi ? 8 : 30;
const TOLERANCE = inCi ? 2 : 1;

export async function measure() {
  const found = await findChromium();
  if ('reason' in found) return report(skippedLane(NAME, found.reason));
  await ensureBuilt(['main', 'renderer']);
  const measured = await measureWindow(found, SECONDS);
  const isWithin = (/** @type {import('../test/measure/window.ts').Measured} */ { value, budget }) => value <= budget * TOLERANCE;
  for (const one of measured) {
    const { what, value, budget, unit } = one;
    process.stdout.write(`${isWithin(one) ? 'ok  ' : 'SLOW'} ${value.toFixed(0).padStart(6)} ${unit} of ${budget} ${unit}  ${what}\n`);
  }
  const passed = measured.filter(isWithin).length;
  return report({ name: NAME, passed, failed: measured.length - passed, skipped: 0 });
}
