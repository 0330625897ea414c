/** The virtual IOMMU of a VM, its devices and its hardware queues. */
import { defineStruct, u32, u64 } from '../bytes.ts';

export const IOMMU_VIOMMU_TYPE = { DEFAULT: 0, ARM_SMMUV3: 1, TEGRA241_CMDQV: 2 } as const;
export const IOMMU_HW_QUEUE_TYPE = { DEFAULT: 0, TEGRA241_CMDQV: 1 } as const;

const size = u32('size', 0, 'Bytes the user filled.');

export const STRUCT_VIOMMU_ALLOC = defineStruct({
  id: 'iommu_viommu_alloc',
  title: 'Make a vIOMMU',
  bytes: 40,
  fields: [
    size,
    u32('flags', 4, 'Must be 0.'),
    u32('type', 8, 'What it is a slice of.', IOMMU_VIOMMU_TYPE),
    u32('dev_id', 12, 'A device of the physical IOMMU.'),
    u32('hwpt_id', 16, 'The nest parent: stage 2.'),
    u32('out_viommu_id', 20, 'Out: the vIOMMU.'),
    u32('data_len', 24, 'Bytes at data_uptr.'),
    u32('__reserved', 28, 'Must be 0.'),
    u64('data_uptr', 32, 'Vendor data.'),
  ],
});

export const STRUCT_VDEVICE_ALLOC = defineStruct({
  id: 'iommu_vdevice_alloc',
  title: 'Give a device its virtual StreamID',
  bytes: 24,
  fields: [
    size,
    u32('viommu_id', 4, 'Where.'),
    u32('dev_id', 8, 'The device.'),
    u32('out_vdevice_id', 12, 'Out: the vDEVICE.'),
    u64('virt_id', 16, 'vSID.'),
  ],
});

export const STRUCT_HW_QUEUE_ALLOC = defineStruct({
  id: 'iommu_hw_queue_alloc',
  title: 'Give a queue of the guest to hardware',
  bytes: 40,
  fields: [
    size,
    u32('flags', 4, 'Must be 0.'),
    u32('viommu_id', 8, 'Where.'),
    u32('type', 12, 'What queue.', IOMMU_HW_QUEUE_TYPE),
    u32('index', 16, 'Which of them.'),
    u32('out_hw_queue_id', 20, 'Out: the queue.'),
    u64('nesting_parent_iova', 24, 'IPA of its first byte.'),
    u64('length', 32, 'Bytes.'),
  ],
});
