/** Offsets and sizes of every structure, beside those of the reference (nested-stack.md), copied by hand from its text. */
import { describe, expect, test } from 'vitest';
import type { UapiStruct } from '../../../src/model/stack/uapi/bytes.ts';
import * as events from '../../../src/model/stack/uapi/iommufd/events.ts';
import * as hwpt from '../../../src/model/stack/uapi/iommufd/hwpt.ts';
import * as ioctls from '../../../src/model/stack/uapi/iommufd/ioctls.ts';
import * as viommu from '../../../src/model/stack/uapi/iommufd/viommu.ts';
import * as cache from '../../../src/model/stack/uapi/vfio-v16/cache-invalidate.ts';
import * as container from '../../../src/model/stack/uapi/vfio-v16/container.ts';
import * as fault from '../../../src/model/stack/uapi/vfio-v16/fault.ts';
import * as regions from '../../../src/model/stack/uapi/vfio-v16/fault-regions.ts';
import { IOMMU_PASID_TABLE_CONFIG } from '../../../src/model/stack/uapi/vfio-v16/pasid-table.ts';

/** `name@offset` of every member. */
const layout = (struct: UapiStruct): string => struct.fields.map(({ name, offset }) => `${name}@${offset}`).join(' ');

const CACHE_HEAD = 'argsz@0 version@4 cache@8 granularity@9 padding@10';

const ROWS: readonly (readonly [section: string, struct: UapiStruct, bytes: number, members: string])[] = [
  [
    'a.1',
    IOMMU_PASID_TABLE_CONFIG,
    32,
    'argsz@0 version@4 base_ptr@8 format@16 pasid_bits@20 config@21 padding@22 smmuv3_version@24 smmuv3_s1fmt@28 smmuv3_s1dss@29 smmuv3_padding@30',
  ],
  ['a.7', cache.IOMMU_CACHE_INVALIDATE_INFO, 56, `${CACHE_HEAD} granu@16`],
  ['a.7 pasid_info', cache.IOMMU_CACHE_INVALIDATE_INFO_PASID, 56, `${CACHE_HEAD} flags@16 archid@20 pasid@24 unused@32`],
  [
    'a.7 addr_info',
    cache.IOMMU_CACHE_INVALIDATE_INFO_ADDR,
    56,
    `${CACHE_HEAD} flags@16 archid@20 pasid@24 addr@32 granule_size@40 nb_granules@48`,
  ],
  [
    'a.8 unrecoverable',
    fault.IOMMU_FAULT_UNRECOVERABLE,
    64,
    'type@0 padding@4 reason@8 flags@12 pasid@16 perm@20 addr@24 fetch_addr@32 unused@40',
  ],
  [
    'a.8 page request',
    fault.IOMMU_FAULT_PAGE_REQUEST,
    64,
    'type@0 padding@4 flags@8 pasid@12 grpid@16 perm@20 addr@24 private_data@32 unused@48',
  ],
  ['a.8 page response', fault.IOMMU_PAGE_RESPONSE, 24, 'argsz@0 version@4 flags@8 pasid@12 grpid@16 code@20'],
  ['b.1 SET_PASID_TABLE', container.VFIO_SET_PASID_TABLE, 8, 'argsz@0 flags@4'],
  ['b.1 CACHE_INVALIDATE', container.VFIO_CACHE_INVALIDATE, 8, 'argsz@0 flags@4'],
  ['b.1 DMA FAULT', regions.VFIO_REGION_DMA_FAULT, 20, 'tail@0 entry_size@4 nb_entries@8 offset@12 head@16'],
  ['b.1 DMA FAULT RESPONSE', regions.VFIO_REGION_DMA_FAULT_RESPONSE, 20, 'head@0 entry_size@4 nb_entries@8 offset@12 tail@16'],
  [
    'c.2',
    hwpt.STRUCT_HWPT_ALLOC,
    48,
    'size@0 flags@4 dev_id@8 pt_id@12 out_hwpt_id@16 __reserved@20 data_type@24 data_len@28 data_uptr@32 fault_id@40 __reserved2@44',
  ],
  ['c.2', hwpt.STRUCT_HWPT_ARM_SMMUV3, 16, 'ste@0'],
  [
    'c.2',
    hwpt.STRUCT_HW_INFO,
    40,
    'size@0 flags@4 dev_id@8 data_len@12 data_uptr@16 data_type@24 out_max_pasid_log2@28 __reserved@29 out_capabilities@32',
  ],
  ['c.2', hwpt.STRUCT_HW_INFO_ARM_SMMUV3, 40, 'flags@0 __reserved@4 idr@8 iidr@32 aidr@36'],
  [
    'c.2',
    viommu.STRUCT_VIOMMU_ALLOC,
    40,
    'size@0 flags@4 type@8 dev_id@12 hwpt_id@16 out_viommu_id@20 data_len@24 __reserved@28 data_uptr@32',
  ],
  ['c.2', viommu.STRUCT_VDEVICE_ALLOC, 24, 'size@0 viommu_id@4 dev_id@8 out_vdevice_id@12 virt_id@16'],
  ['c.2', hwpt.STRUCT_HWPT_INVALIDATE, 32, 'size@0 hwpt_id@4 data_uptr@8 data_type@16 entry_len@20 entry_num@24 __reserved@28'],
  ['c.2', hwpt.STRUCT_INVALIDATE_ARM_SMMUV3, 16, 'cmd@0'],
  [
    'c.2',
    events.STRUCT_VEVENTQ_ALLOC,
    32,
    'size@0 flags@4 viommu_id@8 type@12 veventq_depth@16 out_veventq_id@20 out_veventq_fd@24 __reserved@28',
  ],
  ['c.2', events.STRUCT_VEVENT_HEADER, 8, 'flags@0 sequence@4'],
  ['c.2', events.STRUCT_VEVENT_ARM_SMMUV3, 32, 'evt@0'],
  ['c.2', events.STRUCT_HWPT_PGFAULT, 40, 'flags@0 dev_id@4 pasid@8 grpid@12 perm@16 __reserved@20 addr@24 length@32 cookie@36'],
  ['c.2', events.STRUCT_HWPT_PAGE_RESPONSE, 8, 'cookie@0 code@4'],
  [
    'c.2',
    viommu.STRUCT_HW_QUEUE_ALLOC,
    40,
    'size@0 flags@4 viommu_id@8 type@12 index@16 out_hw_queue_id@20 nesting_parent_iova@24 length@32',
  ],
];

describe('structures lie as the reference says', () => {
  test.each(ROWS)('%s: %o', (_section, struct, bytes, members) => {
    expect([struct.bytes, layout(struct)]).toEqual([bytes, members]);
  });

  test('a.1: pasid_bits and config are single bytes, base_ptr is 64 bits', () => {
    const types = Object.fromEntries(IOMMU_PASID_TABLE_CONFIG.fields.map(({ name, type }) => [name, type]));
    expect(types).toMatchObject({ base_ptr: 'u64', pasid_bits: 'u8', config: 'u8', padding: 'u8[]', smmuv3_version: 'u32' });
  });
});

describe('numbers of ioctls', () => {
  test("b.1: _IO(';', 100 + 18) and + 19", () => {
    expect([container.VFIO_IOMMU_SET_PASID_TABLE, container.VFIO_IOMMU_CACHE_INVALIDATE]).toEqual([0x3b76, 0x3b77]);
  });

  test("c.2: magic ';', base 0x80", () => {
    expect(
      Object.entries(ioctls)
        .map(([name, number]) => `${name} 0x${number.toString(16)}`)
        .sort(),
    ).toEqual(
      [
        'IOMMU_DESTROY 0x3b80',
        'IOMMU_IOAS_ALLOC 0x3b81',
        'IOMMU_IOAS_MAP 0x3b85',
        'IOMMU_IOAS_UNMAP 0x3b86',
        'IOMMU_HWPT_ALLOC 0x3b89',
        'IOMMU_GET_HW_INFO 0x3b8a',
        'IOMMU_HWPT_INVALIDATE 0x3b8d',
        'IOMMU_FAULT_QUEUE_ALLOC 0x3b8e',
        'IOMMU_VIOMMU_ALLOC 0x3b90',
        'IOMMU_VDEVICE_ALLOC 0x3b91',
        'IOMMU_VEVENTQ_ALLOC 0x3b93',
        'IOMMU_HW_QUEUE_ALLOC 0x3b94',
      ].sort(),
    );
  });
});
