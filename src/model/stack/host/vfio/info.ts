/** VFIO_DEVICE_GET_REGION_INFO and GET_IRQ_INFO: how a VMM finds the fault regions and the fault interrupt (b.1). */
import { ERRNO } from '../../errno.ts';
import { decodeStruct, encodeStruct, endOf, putField } from '../../uapi/bytes.ts';
import {
  VFIO_CAP_TYPE,
  VFIO_IRQ_INFO,
  VFIO_IRQ_INFO_CAP_TYPE,
  VFIO_IRQ_INFO_FLAG,
  VFIO_IRQ_SUBTYPE_DMA_FAULT,
  VFIO_IRQ_TYPE_NESTED,
  VFIO_PCI_NUM_REGIONS,
  VFIO_REGION_CAP_FAULT,
  VFIO_REGION_CAP_SPARSE_MMAP,
  VFIO_REGION_INFO,
  VFIO_REGION_INFO_CAP as CAP,
  VFIO_REGION_INFO_FLAG as FLAG,
  VFIO_REGION_SUBTYPE_NESTED as SUBTYPE,
  VFIO_REGION_TYPE_NESTED,
} from '../../uapi/vfio-v16/device.ts';
import { copyFromUser } from '../core/user-copy.ts';
import { FAULT_IRQ_INDEX } from './fault-irq.ts';
import { PAGE_SIZE } from './region.ts';
import type { VfioRegion } from './region.ts';

/** VFIO_PCI_INDEX_TO_OFFSET: every region has 2^40 bytes of the file. */
const OFFSET_SHIFT = 40n;

/** Capabilities one after another, each with the offset of the next from the start of a structure of `base` bytes. */
function chain(base: number, caps: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(caps.reduce((sum, cap) => sum + cap.length, 0));
  let at = 0;
  caps.forEach((cap, i) => {
    bytes.set(cap, at);
    const next = at + cap.length;
    if (i < caps.length - 1) putField(VFIO_CAP_TYPE, 'next', base + next, bytes, at);
    at = next;
  });
  return bytes;
}

function regionCaps(index: number, region: VfioRegion): Uint8Array {
  const fault = index === VFIO_PCI_NUM_REGIONS;
  return chain(VFIO_REGION_INFO.bytes, [
    encodeStruct(VFIO_CAP_TYPE, {
      id: CAP.TYPE,
      version: 1,
      type: VFIO_REGION_TYPE_NESTED,
      subtype: fault ? SUBTYPE.DMA_FAULT : SUBTYPE.DMA_FAULT_RESPONSE,
    }),
    encodeStruct(VFIO_REGION_CAP_SPARSE_MMAP, {
      id: CAP.SPARSE_MMAP,
      version: 1,
      nr_areas: 1,
      area_offset: BigInt(PAGE_SIZE),
      area_size: BigInt(region.bytes.length - PAGE_SIZE),
    }),
    encodeStruct(VFIO_REGION_CAP_FAULT, { id: fault ? CAP.DMA_FAULT : CAP.DMA_FAULT_RESPONSE, version: 1, abi: 1 }),
  ]);
}

/**
 * VFIO_DEVICE_GET_REGION_INFO: the regions of PCI itself (0 to 8) are empty here. Capabilities are copied when argsz
 * leaves room for them; otherwise argsz says how much they need.
 */
export function regionInfo(regions: readonly VfioRegion[], user: Uint8Array): number {
  const bytes = copyFromUser(user, 0, VFIO_REGION_INFO.bytes);
  if (bytes === null) return -ERRNO.EFAULT;
  const { argsz, index } = decodeStruct(VFIO_REGION_INFO, bytes);
  if (argsz < VFIO_REGION_INFO.bytes || index >= VFIO_PCI_NUM_REGIONS + regions.length) return -ERRNO.EINVAL;
  const region = regions[index - VFIO_PCI_NUM_REGIONS];
  const info = { argsz, index, offset: BigInt(index) << OFFSET_SHIFT };
  if (region === undefined) return copyToUser(user, encodeStruct(VFIO_REGION_INFO, info));
  const caps = regionCaps(index, region);
  const whole = VFIO_REGION_INFO.bytes + caps.length;
  const room = argsz >= whole;
  const head = encodeStruct(VFIO_REGION_INFO, {
    ...info,
    argsz: room ? argsz : whole,
    flags: FLAG.READ | FLAG.WRITE | FLAG.MMAP | FLAG.CAPS,
    cap_offset: room ? VFIO_REGION_INFO.bytes : 0,
    size: BigInt(region.bytes.length),
  });
  return copyToUser(user, head, room ? caps : undefined);
}

/** VFIO_DEVICE_GET_IRQ_INFO: the interrupts of PCI itself (0 to 4) are not there; `exists`: the fault interrupt is. */
export function irqInfo(exists: boolean, user: Uint8Array): number {
  const least = endOf(VFIO_IRQ_INFO, 'count');
  const bytes = copyFromUser(user, 0, least);
  if (bytes === null) return -ERRNO.EFAULT;
  const full = new Uint8Array(VFIO_IRQ_INFO.bytes);
  full.set(bytes);
  const { argsz, index } = decodeStruct(VFIO_IRQ_INFO, full);
  if (argsz < least || index >= FAULT_IRQ_INDEX + (exists ? 1 : 0)) return -ERRNO.EINVAL;
  if (index !== FAULT_IRQ_INDEX) return copyToUser(user, encodeStruct(VFIO_IRQ_INFO, { argsz, index }).subarray(0, least));
  const cap = encodeStruct(VFIO_CAP_TYPE, {
    id: VFIO_IRQ_INFO_CAP_TYPE,
    version: 1,
    type: VFIO_IRQ_TYPE_NESTED,
    subtype: VFIO_IRQ_SUBTYPE_DMA_FAULT,
  });
  const whole = VFIO_IRQ_INFO.bytes + cap.length;
  const room = argsz >= whole;
  const flags = VFIO_IRQ_INFO_FLAG.EVENTFD | VFIO_IRQ_INFO_FLAG.CAPS;
  const head = encodeStruct(VFIO_IRQ_INFO, {
    argsz: room ? argsz : whole,
    flags,
    index,
    count: 1,
    cap_offset: room ? VFIO_IRQ_INFO.bytes : 0,
  });
  return copyToUser(user, argsz >= VFIO_IRQ_INFO.bytes ? head : head.subarray(0, least), room ? cap : undefined);
}

/** copy_to_user() of a structure and what follows it: -EFAULT when the caller's memory ends before. */
function copyToUser(user: Uint8Array, head: Uint8Array, tail: Uint8Array = new Uint8Array(0)): number {
  if (head.length + tail.length > user.length) return -ERRNO.EFAULT;
  user.set(head);
  user.set(tail, head.length);
  return 0;
}
