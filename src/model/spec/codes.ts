/** Codes that several structures share. */
import type { EnumValues } from './fields.ts';

/** Cacheability of table walks: CD.IR0, OR0, IR1, OR1. */
export const WALK_CACHEABILITY: EnumValues = {
  0: ['NC', 'Non-cacheable.'],
  1: ['WB-RAWA', 'Write-back, read-allocate, write-allocate.'],
  2: ['WT-RA', 'Write-through, read-allocate.'],
  3: ['WB-RA', 'Write-back, read-allocate, no write-allocate.'],
};

/** Cacheability of CD fetches: STE.S1CIR and S1COR. */
export const FETCH_CACHEABILITY: EnumValues = {
  0: ['NC', 'Non-cacheable.'],
  1: ['WB-RA', 'Write-back, read-allocate.'],
  2: ['WT-RA', 'Write-through, read-allocate.'],
  3: ['WB', 'Write-back, no read-allocate.'],
};

/** Cacheability of queues and configuration tables: CR1. */
export const TABLE_CACHEABILITY: EnumValues = {
  0: ['NC', 'Non-cacheable.'],
  1: ['WB', 'Write-back cacheable.'],
  2: ['WT', 'Write-through cacheable.'],
  3: ['reserved', 'Acts as Non-cacheable.'],
};

/** Shareability of accesses that the SMMU makes itself, and of descriptors. */
export const SHAREABILITY: EnumValues = {
  0: ['NSH', 'Non-shareable.'],
  1: ['reserved', 'Acts as Non-shareable.'],
  2: ['OSH', 'Outer shareable.'],
  3: ['ISH', 'Inner shareable.'],
};

/** STE.SHCFG and GBPA.SHCFG: unlike other overrides, incoming is 1. */
export const SHCFG: EnumValues = {
  0: ['NSH', 'Non-shareable.'],
  1: ['incoming', 'As the transaction says.'],
  2: ['OSH', 'Outer shareable.'],
  3: ['ISH', 'Inner shareable.'],
};

export const PRIVCFG: EnumValues = {
  0: ['incoming', 'As the transaction says.'],
  1: ['reserved', 'Acts as incoming.'],
  2: ['unprivileged', 'Every transaction is unprivileged.'],
  3: ['privileged', 'Every transaction is privileged.'],
};

export const INSTCFG: EnumValues = {
  0: ['incoming', 'As the transaction says.'],
  1: ['reserved', 'Acts as incoming.'],
  2: ['data', 'Every read is a data read.'],
  3: ['instruction', 'Every read is an instruction fetch.'],
};

export const MTCFG: EnumValues = {
  0: ['incoming', 'Memory type as the transaction says.'],
  1: ['MemAttr', 'Memory type from MemAttr.'],
};

/** Memory type code of STE.MemAttr, GBPA.MemAttr and the *_IRQ_CFG2 registers: that of stage-2 descriptors. */
export const MEMATTR: EnumValues = {
  0: ['Device-nGnRnE', 'Device, no gathering, no reordering, no early acknowledgement.'],
  1: ['Device-nGnRE', 'Device, no gathering, no reordering.'],
  2: ['Device-nGRE', 'Device, no gathering.'],
  3: ['Device-GRE', 'Device.'],
  4: ['reserved', 'Acts as Device-nGnRnE outside descriptors.'],
  5: ['oNC-iNC', 'Normal, outer and inner Non-cacheable.'],
  6: ['oNC-iWT', 'Normal, outer Non-cacheable, inner write-through.'],
  7: ['oNC-iWB', 'Normal, outer Non-cacheable, inner write-back.'],
  8: ['reserved', 'Acts as Device-nGnRnE outside descriptors.'],
  9: ['oWT-iNC', 'Normal, outer write-through, inner Non-cacheable.'],
  10: ['oWT-iWT', 'Normal, outer and inner write-through.'],
  11: ['oWT-iWB', 'Normal, outer write-through, inner write-back.'],
  12: ['reserved', 'Acts as Device-nGnRnE outside descriptors.'],
  13: ['oWB-iNC', 'Normal, outer write-back, inner Non-cacheable.'],
  14: ['oWB-iWT', 'Normal, outer write-back, inner write-through.'],
  15: ['oWB-iWB', 'Normal, outer and inner write-back.'],
};

/** CD.TG0 and STE.S2TG. */
export const TG0: EnumValues = {
  0: ['4K', '4 KiB granule.'],
  1: ['64K', '64 KiB granule.'],
  2: ['16K', '16 KiB granule.'],
  3: ['reserved', 'No granule: the structure is ILLEGAL.'],
};

/** CD.TG1: not the encoding of TG0. */
export const TG1: EnumValues = {
  0: ['reserved', 'No granule: the structure is ILLEGAL.'],
  1: ['16K', '16 KiB granule.'],
  2: ['4K', '4 KiB granule.'],
  3: ['64K', '64 KiB granule.'],
};

/** log2 of the granule in bytes by the code of CD.TG0 and STE.S2TG; 0 is reserved. */
export const TG0_SHIFT: readonly number[] = [12, 16, 14, 0];

/** log2 of the granule in bytes by the code of CD.TG1; 0 is reserved. */
export const TG1_SHIFT: readonly number[] = [0, 14, 12, 16];

/** IDR5.OAS, CD.IPS and STE.S2PS. */
export const ADDRESS_SIZE: EnumValues = {
  0: ['32 bits', '4 GiB.'],
  1: ['36 bits', '64 GiB.'],
  2: ['40 bits', '1 TiB.'],
  3: ['42 bits', '4 TiB.'],
  4: ['44 bits', '16 TiB.'],
  5: ['48 bits', '256 TiB.'],
  6: ['52 bits', '4 PiB.'],
  7: ['56 bits', 'From v3.4; acts as 52 bits before.'],
};

export const ENDIANNESS: EnumValues = {
  0: ['little', 'Tables are little-endian.'],
  1: ['big', 'Tables are big-endian.'],
};
