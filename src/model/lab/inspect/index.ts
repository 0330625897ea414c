/** Inspections that both kinds of lab have. */
import { assert } from '../../base/assert.ts';
import { ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import type { CommonInspection } from '../access-data.ts';
import { inspectCaches } from './caches.ts';
import { inspectQueues, inspectRegisters } from './queues.ts';
import { inspectRanges } from './ranges.ts';
import type { Shown, View } from './view.ts';
import { inspectWalk } from './walk.ts';

export type { Shown, StreamView, View } from './view.ts';

export function inspectCommon(view: View, { what, device, ssid, walk }: CommonInspection): Result<Shown> {
  const { smmu, memory } = view;
  switch (what) {
    case 'caches':
      return ok(inspectCaches(smmu));
    case 'queues':
      return ok(inspectQueues('the SMMU', smmu.registers, (address, bytes) => memory.readBytes(address, bytes), smmu.enhancedQueues?.touched ?? []));
    case 'registers':
      return ok(inspectRegisters('the SMMU', smmu.registers));
    case 'walk':
      assert(walk !== null, 'a walk is of an access');
      return ok(inspectWalk(view, walk));
    default:
      assert(device !== null, 'a stage is that of a device');
      return inspectRanges(view, device, what === 'stage1' ? 1 : 2, ssid);
  }
}
