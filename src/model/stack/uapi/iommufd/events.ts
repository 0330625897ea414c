/** Event queues: raw events of a vIOMMU, and page faults with their answers. What is read from their files, too. */
import { FAULT_PAGE_REQUEST, FAULT_PERM, PAGE_RESPONSE } from '../../host/driver/types.ts';
import { defineStruct, u32, u64, u64s } from '../bytes.ts';

export const IOMMU_VEVENTQ_TYPE = { DEFAULT: 0, ARM_SMMUV3: 1, TEGRA241_CMDQV: 2 } as const;
export const IOMMU_VEVENTQ_FLAG_LOST_EVENTS = 1;

const size = u32('size', 0, 'Bytes the user filled.');

export const STRUCT_VEVENTQ_ALLOC = defineStruct({
  id: 'iommu_veventq_alloc',
  title: 'Make an event queue of a vIOMMU',
  bytes: 32,
  fields: [
    size,
    u32('flags', 4, 'Must be 0.'),
    u32('viommu_id', 8, 'Whose events.'),
    u32('type', 12, 'What an event is.', IOMMU_VEVENTQ_TYPE),
    u32('veventq_depth', 16, 'Events it holds.'),
    u32('out_veventq_id', 20, 'Out: the queue.'),
    u32('out_veventq_fd', 24, 'Out: the file to read them from.'),
    u32('__reserved', 28, 'Must be 0.'),
  ],
});

export const STRUCT_VEVENT_HEADER = defineStruct({
  id: 'iommufd_vevent_header',
  title: 'What precedes every event',
  bytes: 8,
  fields: [
    u32('flags', 0, 'LOST_EVENTS: no event follows, some were lost.', { IOMMU_VEVENTQ_FLAG_LOST_EVENTS }),
    u32('sequence', 4, '0 to INT_MAX and round; a gap: events were lost.'),
  ],
});

export const STRUCT_VEVENT_ARM_SMMUV3 = defineStruct({
  id: 'iommu_vevent_arm_smmuv3',
  title: 'An event record with the virtual StreamID',
  bytes: 32,
  fields: [u64s('evt', 0, 4, 'Little-endian, as in the event queue.')],
});

export const STRUCT_FAULT_ALLOC = defineStruct({
  id: 'iommu_fault_alloc',
  title: 'Make a queue of page faults',
  bytes: 16,
  fields: [
    size,
    u32('flags', 4, 'Must be 0.'),
    u32('out_fault_id', 8, 'Out: the queue.'),
    u32('out_fault_fd', 12, 'Out: the file to read faults from and write answers to.'),
  ],
});

export const STRUCT_HWPT_PGFAULT = defineStruct({
  id: 'iommu_hwpt_pgfault',
  title: 'A page fault',
  bytes: 40,
  fields: [
    u32('flags', 0, 'What holds, and whether the group ends here.', FAULT_PAGE_REQUEST),
    u32('dev_id', 4, 'The device.'),
    u32('pasid', 8, 'PASID.'),
    u32('grpid', 12, 'Group.'),
    u32('perm', 16, 'Permissions the access asked for.', FAULT_PERM),
    u32('__reserved', 20, '0.'),
    u64('addr', 24, 'IOVA.'),
    u32('length', 32, 'Bytes that are wanted; 0: not said.'),
    u32('cookie', 36, 'To be given back with the answer.'),
  ],
});

export const STRUCT_HWPT_PAGE_RESPONSE = defineStruct({
  id: 'iommu_hwpt_page_response',
  title: 'The answer to a group of page faults',
  bytes: 8,
  fields: [
    u32('cookie', 0, 'Of the group.'),
    u32('code', 4, 'The answer.', { SUCCESS: PAGE_RESPONSE.SUCCESS, INVALID: PAGE_RESPONSE.INVALID }),
  ],
});
