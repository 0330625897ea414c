/** struct iommu_pasid_table_config: what a VMM says of the guest's table of context descriptors (patch 1). */
import { PASID_CONFIG, PASID_FORMAT_SMMUV3 } from '../../host/driver/types.ts';
import { defineStruct, u32, u64, u8, u8s } from '../bytes.ts';

export const PASID_TABLE_CFG_VERSION_1 = 1;
export const PASID_TABLE_SMMUV3_CFG_VERSION_1 = 1;

/** With the one member its vendor_data union has, struct iommu_pasid_smmuv3, in place. */
export const IOMMU_PASID_TABLE_CONFIG = defineStruct({
  id: 'iommu_pasid_table_config',
  title: 'PASID table configuration',
  bytes: 32,
  fields: [
    u32('argsz', 0, 'Bytes the user filled; more than 32 is accepted and ignored.'),
    u32('version', 4, 'PASID_TABLE_CFG_VERSION_1.', { PASID_TABLE_CFG_VERSION_1 }),
    u64('base_ptr', 8, 'IPA of the CD table. Neither range nor alignment is checked: the STE writer masks it to bits 51:6.'),
    u32('format', 16, 'Which member of vendor_data holds.', { IOMMU_PASID_FORMAT_SMMUV3: PASID_FORMAT_SMMUV3 }),
    u8('pasid_bits', 20, 'log2 of the number of CDs. The driver accepts 0 only.'),
    u8('config', 21, 'What stage 1 does.', {
      IOMMU_PASID_CONFIG_TRANSLATE: PASID_CONFIG.TRANSLATE,
      IOMMU_PASID_CONFIG_BYPASS: PASID_CONFIG.BYPASS,
      IOMMU_PASID_CONFIG_ABORT: PASID_CONFIG.ABORT,
    }),
    u8s('padding', 22, 2, 'Should be 0; not checked.'),
    u32('smmuv3_version', 24, 'PASID_TABLE_SMMUV3_CFG_VERSION_1.', { PASID_TABLE_SMMUV3_CFG_VERSION_1 }),
    u8('smmuv3_s1fmt', 28, 'STE.S1Fmt; the driver ignores it.'),
    u8('smmuv3_s1dss', 29, 'STE.S1DSS; the driver ignores it.'),
    u8s('smmuv3_padding', 30, 2, 'Should be 0; not checked.'),
  ],
});
