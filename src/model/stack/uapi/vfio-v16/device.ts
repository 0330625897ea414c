/** ioctls of a VFIO device that find the fault regions and the fault interrupt, and the structures they fill (b.1). */
import { defineStruct, u16, u32, u64 } from '../bytes.ts';
import { ioctlNumber } from '../ioctl.ts';

export const VFIO_DEVICE_GET_REGION_INFO = ioctlNumber(108);
export const VFIO_DEVICE_GET_IRQ_INFO = ioctlNumber(109);
export const VFIO_DEVICE_SET_IRQS = ioctlNumber(110);

/** Calls on the file of a device, by their numbers; the others are for its container, or for /dev/iommu. */
export const isDeviceIoctl = (cmd: number): boolean => [VFIO_DEVICE_GET_REGION_INFO, VFIO_DEVICE_GET_IRQ_INFO, VFIO_DEVICE_SET_IRQS].includes(cmd);

/** Regions and interrupts of PCI; what a device adds of its own comes behind them. */
export const VFIO_PCI_NUM_REGIONS = 9;
export const VFIO_PCI_NUM_IRQS = 5;

export const VFIO_REGION_TYPE_NESTED = 4;
export const VFIO_REGION_SUBTYPE_NESTED = { DMA_FAULT: 1, DMA_FAULT_RESPONSE: 2 } as const;
export const VFIO_IRQ_TYPE_NESTED = 1;
export const VFIO_IRQ_SUBTYPE_DMA_FAULT = 1;

export const VFIO_REGION_INFO_FLAG = { READ: 1, WRITE: 2, MMAP: 4, CAPS: 8 } as const;
export const VFIO_REGION_INFO_CAP = { SPARSE_MMAP: 1, TYPE: 2, DMA_FAULT: 6, DMA_FAULT_RESPONSE: 7 } as const;
export const VFIO_IRQ_INFO_FLAG = { EVENTFD: 1, CAPS: 16 } as const;
export const VFIO_IRQ_INFO_CAP_TYPE = 3;
export const VFIO_IRQ_SET = { DATA_NONE: 1, DATA_BOOL: 2, DATA_EVENTFD: 4, ACTION_MASK: 8, ACTION_UNMASK: 16, ACTION_TRIGGER: 32 } as const;

export const VFIO_REGION_INFO = defineStruct({
  id: 'vfio_region_info',
  title: 'A region of a device',
  bytes: 32,
  fields: [
    u32('argsz', 0, 'Bytes the user gave; out: bytes needed for everything.'),
    u32('flags', 4, 'Out: what can be done with it.', VFIO_REGION_INFO_FLAG),
    u32('index', 8, 'In: which region.'),
    u32('cap_offset', 12, 'Out: where the first capability is; 0: none, or no room for them.'),
    u64('size', 16, 'Out: bytes.'),
    u64('offset', 24, 'Out: where in the file of the device.'),
  ],
});

export const VFIO_IRQ_INFO = defineStruct({
  id: 'vfio_irq_info',
  title: 'An interrupt of a device',
  bytes: 20,
  fields: [
    u32('argsz', 0, 'Bytes the user gave; out: bytes needed for everything.'),
    u32('flags', 4, 'Out: what can be done with it.', VFIO_IRQ_INFO_FLAG),
    u32('index', 8, 'In: which interrupt.'),
    u32('count', 12, 'Out: how many of it.'),
    u32('cap_offset', 16, 'Out: where the first capability is; 0: none, or no room for them.'),
  ],
});

/** The head of struct vfio_irq_set; data (file descriptors, or booleans) follows at byte 20. */
export const VFIO_IRQ_SET_HEAD = defineStruct({
  id: 'vfio_irq_set',
  title: 'Set up or fire an interrupt',
  bytes: 20,
  fields: [
    u32('argsz', 0, 'Bytes the user filled, data included.'),
    u32('flags', 4, 'One kind of data, one action.', VFIO_IRQ_SET),
    u32('index', 8, 'Which interrupt.'),
    u32('start', 12, 'First of it.'),
    u32('count', 16, 'How many of it.'),
  ],
});

const CAP_HEADER = [
  u16('id', 0, 'Which capability.'),
  u16('version', 2, 'Its version.'),
  u32('next', 4, 'Offset of the next one in the structure; 0: the last.'),
] as const;

/** VFIO_REGION_INFO_CAP_TYPE and VFIO_IRQ_INFO_CAP_TYPE. */
export const VFIO_CAP_TYPE = defineStruct({
  id: 'vfio_info_cap_type',
  title: 'What a device-specific region or interrupt is',
  bytes: 16,
  fields: [...CAP_HEADER, u32('type', 8, 'Type.'), u32('subtype', 12, 'Subtype.')],
});

/** With its one area. */
export const VFIO_REGION_CAP_SPARSE_MMAP = defineStruct({
  id: 'vfio_region_info_cap_sparse_mmap',
  title: 'What of a region can be mapped',
  bytes: 32,
  fields: [
    ...CAP_HEADER,
    u32('nr_areas', 8, 'Areas that follow.'),
    u32('reserved', 12, '0.'),
    u64('area_offset', 16, 'First byte that can be mapped.'),
    u64('area_size', 24, 'Bytes that can be mapped.'),
  ],
});

/** VFIO_REGION_INFO_CAP_DMA_FAULT and VFIO_REGION_INFO_CAP_DMA_FAULT_RESPONSE: the version of the layout. */
export const VFIO_REGION_CAP_FAULT = defineStruct({
  id: 'vfio_region_info_cap_fault',
  title: 'Version of a fault region',
  bytes: 12,
  fields: [...CAP_HEADER, u32('abi', 8, 'Version of the layout of the region (`version` in C).')],
});
