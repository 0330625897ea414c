/** Memory attributes of stage 1, as every Linux stage-1 table of an SMMU uses them. */
export const S1_MAIR_INDEX = { NON_CACHEABLE: 0, CACHE: 1, DEVICE: 2, INNER_CACHE: 3 } as const;

/**
 * Normal Non-cacheable, write-back, Device-nGnRE, inner Non-cacheable. The upper half is all ones because the source
 * shifts a signed int into the sign.
 */
export const S1_MAIR = 0xffff_ffff_f404_ff44n;
