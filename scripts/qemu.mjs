// The model beside a real QEMU: recorded answers again, random machines, sample labs. `npm run qemu`; SMMU_LAB_QEMU_MACHINES for more machines.
import { existsSync } from 'node:fs';
import { report, skippedLane, vitestLane } from './lanes.mjs';

const NAME = 'live QEMU';
const USUAL = '/usr/bin/qemu-system-aarch64';

/** `npm run qemu`, for QEMU 9.2 or newer: before, its SMMUv3 had no nesting. */
export async function qemu(/** @type {string[]} */ args) {
  const path = process.env.SMMU_LAB_QEMU ?? USUAL;
  if (!existsSync(path)) return report(skippedLane(NAME, `there is no ${path}: set SMMU_LAB_QEMU`, { allowedInCi: true }));
  return report(await vitestLane(NAME, ['--config', 'vitest.qemu.config.ts', ...args], { SMMU_LAB_QEMU: path }));
}
