/** What `inspect` takes in labs of both kinds. */
import { COMMON_INSPECTIONS } from '../../model/lab/data.ts';
import type { CommonInspection, WalkInput } from '../../model/lab/data.ts';
import { iova } from '../../model/base/address.ts';
import { choice, object } from './objects.ts';
import { deviceName } from './names.ts';
import { address, count, flag, mention } from './scalars.ts';

export const commonInspections = {
  caches: mention.optional().describe('each cache entry, and the transaction that made it'),
  queues: mention.optional().describe('the command and event queues, and their newest records'),
  registers: mention.optional().describe('registers that are not 0'),
  stage1: deviceName.optional().describe('what the tables of stage 1 of a device map, as merged ranges'),
  stage2: deviceName.optional().describe('what the tables of stage 2 of a device map, as merged ranges'),
  walk: object({
    device: deviceName.describe('name of the device'),
    iova: address('IOVA').describe('where, an IOVA'),
    access: choice('read', 'write', 'execute').default('read').describe('as what it is walked'),
    privileged: flag.default(false).describe('as a privileged access'),
    ssid: count('a SubstreamID', 0, 0xf_ffff, 1).optional().describe('SubstreamID; without it, the access has none'),
  }).optional().describe('every step of a walk without caches; it leaves no event, no flag and no cache entry'),
};

type WalkDocument = { readonly device: string; readonly iova: bigint; readonly access: WalkInput['access']; readonly privileged: boolean; readonly ssid?: number | undefined };

const isWalk = (value: unknown): value is WalkDocument => typeof value === 'object' && value !== null && 'iova' in value;

/** The walk behind a key, or null: it is another inspection. */
export const walkOf = (value: unknown): WalkInput | null => (isWalk(value) ? { ...value, iova: iova(value.iova), ssid: value.ssid ?? null } : null);

export const isCommon = (what: string): what is CommonInspection['what'] => COMMON_INSPECTIONS.some((one) => one === what);
