/** arm_smmu_rmr_install_bypass_ste(): streams that firmware says do DMA already start with bypass, before the SMMU is enabled (b.5). */
import { steWords } from './entry.ts';
import type { SmmuDevice } from './smmu-device.ts';

/** 0, or why a StreamID cannot be reached: -ERANGE, -ENOMEM. */
export function presetBypass(smmu: SmmuDevice, streamIds: readonly number[]): number {
  const { strtab, memory, features, choices } = smmu;
  const incoming = choices.generation === 'v16' || features.attrTypesOvr;
  const words = steWords({ V: true, Config: 4, SHCFG: incoming ? 1 : 0 });
  for (const sid of streamIds) {
    const result = strtab.reach(sid);
    if (result !== 0) return result;
    words.forEach((word, i) => memory.write64(strtab.steOf(sid) + BigInt(i) * 8n, word));
  }
  return 0;
}
