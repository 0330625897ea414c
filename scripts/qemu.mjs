// The model beside a real QEMU, and beside Linux in one. With `--newer` it is one from Debian that has what the machine's own may lack.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { report, skippedLane, vitestLane } from './lanes.mjs';
import { root } from './runtime.mjs';

const USUAL = '/usr/bin/qemu-system-aarch64';

async function lane(/** @type {string} */ name, /** @type {string} */ config, /** @type {string[]} */ args) {
  const newer = args.includes('--newer');
  const path = newer ? newerQemu() : (process.env.SMMU_LAB_QEMU ?? USUAL);
  if (!existsSync(path)) return report(skippedLane(name, newer ? path : `there is no ${path}: set SMMU_LAB_QEMU`, { allowedInCi: true }));
  return report(await vitestLane(name, ['--config', config, ...args.filter((argument) => argument !== '--newer')], { SMMU_LAB_QEMU: path }));
}

/** Its path, or why there is none. */
function newerQemu() {
  const { stdout } = spawnSync('bash', [join(root, 'test/qemu/newer.sh'), join(root, '.cache/qemu')], { encoding: 'utf8' });
  return stdout?.trim() || 'newer.sh did not end';
}

/** `npm run qemu`, for QEMU 9.2 or newer (before, its SMMUv3 had no nesting): recorded answers again, random machines, sample labs. SMMU_LAB_QEMU_MACHINES for more machines. */
export const qemu = (/** @type {string[]} */ args) => lane('live QEMU', 'vitest.qemu.config.ts', args);

/** `npm run qemu:linux`: Debian's kernel in that QEMU, on a Debian whose apt has a source. It downloads some 60 MiB for each kernel, once. */
export const qemuLinux = (/** @type {string[]} */ args) => lane('Linux in QEMU', 'vitest.qemu-linux.config.ts', args);
