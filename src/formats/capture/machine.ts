import { PhysicalMemory } from '../../model/memory/physical-memory.ts';
import { DEFAULT_CACHES } from '../../model/smmu/options.ts';
import { Smmu } from '../../model/smmu/smmu.ts';
import type { CacheOptions } from '../../model/smmu/options.ts';
import { PROFILES } from '../../model/spec/index.ts';
import type { Profile } from '../../model/spec/index.ts';
import type { Capture } from './capture.ts';
import { contains, joinRanges } from './ranges.ts';

/** A captured SMMU running again, with the memory that was captured and nothing else. */
export interface CaptureMachine {
  readonly memory: PhysicalMemory;
  readonly smmu: Smmu;
}

/**
 * Builds memory and SMMU from a capture. What was not captured is outside memory: a walk that needs it ends in an
 * external abort, of which `isMissing` tells whether it is the capture's or the SMMU's. `checkCoherence` as that of Smmu.
 */
export function buildMachine(capture: Capture, caches: CacheOptions = DEFAULT_CACHES, profile: Profile = 'arch', checkCoherence = false): CaptureMachine {
  const memory = new PhysicalMemory(joinRanges([...capture.segments, ...capture.zeroRanges]));
  for (const { base, bytes } of capture.segments) memory.writeBytes(base, bytes);
  const smmu = new Smmu({ id: capture.id, memory, caches, deviates: PROFILES[profile], checkCoherence });
  smmu.registers.restore(capture.registers);
  return { memory, smmu };
}

/** Whether the machine had memory at this physical address that the capture does not hold. */
export const isMissing = (capture: Capture, pa: bigint): boolean =>
  capture.ram.some((range) => contains(range, pa)) && ![...capture.segments, ...capture.zeroRanges].some((range) => contains(range, pa));
