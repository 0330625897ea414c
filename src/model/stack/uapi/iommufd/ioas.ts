/** Objects in general, and I/O address spaces: what stage 2 maps. */
import { defineStruct, u32, u64 } from '../bytes.ts';

export const IOMMU_IOAS_MAP_FLAG = { FIXED_IOVA: 1, WRITEABLE: 2, READABLE: 4 } as const;

const size = u32('size', 0, 'Bytes the user filled.');

export const STRUCT_DESTROY = defineStruct({
  id: 'iommu_destroy',
  title: 'Destroy an object',
  bytes: 8,
  fields: [size, u32('id', 4, 'Any object.')],
});

export const STRUCT_IOAS_ALLOC = defineStruct({
  id: 'iommu_ioas_alloc',
  title: 'Make an I/O address space',
  bytes: 12,
  fields: [size, u32('flags', 4, 'Must be 0.'), u32('out_ioas_id', 8, 'Out: the IOAS.')],
});

export const STRUCT_IOAS_MAP = defineStruct({
  id: 'iommu_ioas_map',
  title: 'Map memory of the process',
  bytes: 40,
  fields: [
    size,
    u32('flags', 4, 'Permissions; FIXED_IOVA: at iova, otherwise wherever there is room.', IOMMU_IOAS_MAP_FLAG),
    u32('ioas_id', 8, 'Where.'),
    u32('__reserved', 12, 'Must be 0.'),
    u64('user_va', 16, 'Where in the process.'),
    u64('length', 24, 'Bytes.'),
    u64('iova', 32, 'In or out: where for the device, an IPA when nested.'),
  ],
});

export const STRUCT_IOAS_UNMAP = defineStruct({
  id: 'iommu_ioas_unmap',
  title: 'Unmap',
  bytes: 24,
  fields: [
    size,
    u32('ioas_id', 4, 'Where.'),
    u64('iova', 8, 'First byte; 0 with the largest length: everything.'),
    u64('length', 16, 'Bytes, whole mappings; out: bytes that were unmapped.'),
  ],
});
