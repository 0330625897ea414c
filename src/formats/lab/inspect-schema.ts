/** What `inspect` takes in labs of both kinds. */
import { COMMON_INSPECTIONS } from '../../model/lab/data.ts';
import type { CommonInspection, WalkInput } from '../../model/lab/data.ts';
import { iova } from '../../model/base/address.ts';
import { choice, object } from './objects.ts';
import { address, count, mention, name } from './scalars.ts';

export const commonInspections = {
  caches: mention.optional(),
  queues: mention.optional(),
  registers: mention.optional(),
  stage1: name.optional(),
  stage2: name.optional(),
  walk: object({
    device: name,
    iova: address('IOVA'),
    access: choice('read', 'write', 'execute').default('read'),
    ssid: count('a SubstreamID', 0, 0xf_ffff, 1).optional(),
  }).optional(),
};

type WalkDocument = { readonly device: string; readonly iova: bigint; readonly access: WalkInput['access']; readonly ssid?: number | undefined };

const isWalk = (value: unknown): value is WalkDocument => typeof value === 'object' && value !== null && 'iova' in value;

/** The walk behind a key, or null: it is another inspection. */
export const walkOf = (value: unknown): WalkInput | null => (isWalk(value) ? { ...value, iova: iova(value.iova), ssid: value.ssid ?? null } : null);

export const isCommon = (what: string): what is CommonInspection['what'] => COMMON_INSPECTIONS.some((one) => one === what);
