/** Hardware page tables: domains, with the guest's STE as vendor data, and raw commands for them. */
import { HWPT_FLAG } from '../../host/driver/types.ts';
import { defineStruct, u32, u32s, u64, u64s, u8, u8s } from '../bytes.ts';

export const IOMMU_HWPT_DATA = { NONE: 0, VTD_S1: 1, ARM_SMMUV3: 2 } as const;
export const IOMMU_HW_INFO_TYPE = { DEFAULT: 0, INTEL_VTD: 1, ARM_SMMUV3: 2, TEGRA241_CMDQV: 3 } as const;
export const IOMMU_HW_INFO_FLAG = { INPUT_TYPE: 1 } as const;
export const IOMMU_INVALIDATE_DATA = { HWPT_VTD_S1: 0, VIOMMU_ARM_SMMUV3: 1 } as const;

const size = u32('size', 0, 'Bytes the user filled.');

export const STRUCT_HWPT_ALLOC = defineStruct({
  id: 'iommu_hwpt_alloc',
  title: 'Make a hardware page table',
  bytes: 48,
  fields: [
    size,
    u32('flags', 4, 'What it is for.', HWPT_FLAG),
    u32('dev_id', 8, 'A device it must suit.'),
    u32('pt_id', 12, 'IOAS: paging. vIOMMU (or parent): nested.'),
    u32('out_hwpt_id', 16, 'Out: the HWPT.'),
    u32('__reserved', 20, 'Must be 0.'),
    u32('data_type', 24, 'What data_uptr points to.', IOMMU_HWPT_DATA),
    u32('data_len', 28, 'Its bytes.'),
    u64('data_uptr', 32, 'Vendor data: struct iommu_hwpt_arm_smmuv3.'),
    u32('fault_id', 40, 'With FAULT_ID_VALID: the fault queue.'),
    u32('__reserved2', 44, 'Padding to 64 bits.'),
  ],
});

export const STRUCT_HWPT_ARM_SMMUV3 = defineStruct({
  id: 'iommu_hwpt_arm_smmuv3',
  title: "The first two words of the guest's STE",
  bytes: 16,
  fields: [u64s('ste', 0, 2, 'Little-endian, as in the stream table.')],
});

export const STRUCT_HW_INFO = defineStruct({
  id: 'iommu_hw_info',
  title: 'What the IOMMU of a device is',
  bytes: 40,
  fields: [
    size,
    u32('flags', 4, 'INPUT_TYPE: data_type says what is wanted.', IOMMU_HW_INFO_FLAG),
    u32('dev_id', 8, 'Whose IOMMU.'),
    u32('data_len', 12, 'In: bytes at data_uptr; out: bytes the kernel has.'),
    u64('data_uptr', 16, 'Where to put struct iommu_hw_info_arm_smmuv3.'),
    u32('data_type', 24, 'In with INPUT_TYPE, out always.', IOMMU_HW_INFO_TYPE),
    u8('out_max_pasid_log2', 28, 'Out: width of PASIDs; 0: none.'),
    u8s('__reserved', 29, 3, 'Must be 0.'),
    u64('out_capabilities', 32, 'Out: what can be asked of HWPT_ALLOC.'),
  ],
});

export const STRUCT_HW_INFO_ARM_SMMUV3 = defineStruct({
  id: 'iommu_hw_info_arm_smmuv3',
  title: 'ID registers of the SMMU, raw',
  bytes: 40,
  fields: [
    u32('flags', 0, '0.'),
    u32('__reserved', 4, '0.'),
    u32s('idr', 8, 6, 'SMMU_IDR0 to SMMU_IDR5.'),
    u32('iidr', 32, 'SMMU_IIDR.'),
    u32('aidr', 36, 'SMMU_AIDR.'),
  ],
});

export const STRUCT_HWPT_INVALIDATE = defineStruct({
  id: 'iommu_hwpt_invalidate',
  title: 'Invalidate caches',
  bytes: 32,
  fields: [
    size,
    u32('hwpt_id', 4, 'Nested HWPT or vIOMMU.'),
    u64('data_uptr', 8, 'The entries.'),
    u32('data_type', 16, 'What an entry is: 1 under a vIOMMU is an SMMUv3 command.', IOMMU_INVALIDATE_DATA),
    u32('entry_len', 20, 'Bytes from one entry to the next.'),
    u32('entry_num', 24, 'In: entries; out: entries handled.'),
    u32('__reserved', 28, 'Must be 0.'),
  ],
});

export const STRUCT_INVALIDATE_ARM_SMMUV3 = defineStruct({
  id: 'iommu_viommu_arm_smmuv3_invalidate',
  title: 'A command as the guest wrote it',
  bytes: 16,
  fields: [u64s('cmd', 0, 2, 'Little-endian, as in the command queue.')],
});
