import { reservedBits } from '../../smmu/config/reserved-bits.ts';
import type { Features, RecordDef } from '../../spec/index.ts';

/** The reserved bits of a record, found out once for each SMMU. */
export function reservedMasks(record: RecordDef): (features: Features) => Int32Array {
  const masks = new WeakMap<Features, Int32Array>();
  return (features) => {
    const known = masks.get(features);
    if (known !== undefined) return known;
    const mask = reservedBits(record, features);
    masks.set(features, mask);
    return mask;
  };
}
