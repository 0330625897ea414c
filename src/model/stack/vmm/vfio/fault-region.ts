/** How a VMM finds the fault region of a device and has its interrupt signalled (b.1): by capability, not by number. */
import { decodeStruct, encodeStruct } from '../../uapi/bytes.ts';
import type { UapiStruct } from '../../uapi/bytes.ts';
import {
  VFIO_CAP_TYPE,
  VFIO_DEVICE_GET_IRQ_INFO,
  VFIO_DEVICE_GET_REGION_INFO,
  VFIO_DEVICE_SET_IRQS,
  VFIO_IRQ_INFO,
  VFIO_IRQ_INFO_CAP_TYPE,
  VFIO_IRQ_SET,
  VFIO_IRQ_SET_HEAD,
  VFIO_IRQ_SUBTYPE_DMA_FAULT,
  VFIO_IRQ_TYPE_NESTED,
  VFIO_PCI_NUM_IRQS,
  VFIO_PCI_NUM_REGIONS,
  VFIO_REGION_INFO,
  VFIO_REGION_INFO_CAP,
  VFIO_REGION_SUBTYPE_NESTED,
  VFIO_REGION_TYPE_NESTED,
} from '../../uapi/vfio-v16/device.ts';
import type { IoctlPort } from '../ioctl-port.ts';

/** Room for the structure and its capabilities. */
const INFO_BYTES = 256;

interface Kind {
  readonly cmd: number;
  readonly info: UapiStruct;
  readonly first: number;
  readonly cap: { readonly id: number; readonly type: number; readonly subtype: number };
}

const region = (subtype: number): Kind => ({
  cmd: VFIO_DEVICE_GET_REGION_INFO,
  info: VFIO_REGION_INFO,
  first: VFIO_PCI_NUM_REGIONS,
  cap: { id: VFIO_REGION_INFO_CAP.TYPE, type: VFIO_REGION_TYPE_NESTED, subtype },
});

const IRQ: Kind = {
  cmd: VFIO_DEVICE_GET_IRQ_INFO,
  info: VFIO_IRQ_INFO,
  first: VFIO_PCI_NUM_IRQS,
  cap: { id: VFIO_IRQ_INFO_CAP_TYPE, type: VFIO_IRQ_TYPE_NESTED, subtype: VFIO_IRQ_SUBTYPE_DMA_FAULT },
};

/** Index of the DMA FAULT region; null: the device has none. */
export const findFaultRegion = (device: IoctlPort): number | null => find(device, region(VFIO_REGION_SUBTYPE_NESTED.DMA_FAULT));

/** Index of the DMA FAULT RESPONSE region; null: the device has none. */
export const findResponseRegion = (device: IoctlPort): number | null => find(device, region(VFIO_REGION_SUBTYPE_NESTED.DMA_FAULT_RESPONSE));

/** Has an eventfd signalled with every fault; a negative errno, or null when the device has no fault interrupt. */
export function signalFaults(device: IoctlPort, eventfd: number): number | null {
  const index = find(device, IRQ);
  if (index === null) return null;
  const bytes = new Uint8Array(VFIO_IRQ_SET_HEAD.bytes + 4);
  bytes.set(
    encodeStruct(VFIO_IRQ_SET_HEAD, {
      argsz: bytes.length,
      flags: VFIO_IRQ_SET.DATA_EVENTFD | VFIO_IRQ_SET.ACTION_TRIGGER,
      index,
      count: 1,
    }),
  );
  new DataView(bytes.buffer).setInt32(VFIO_IRQ_SET_HEAD.bytes, eventfd, true);
  return device.ioctl(VFIO_DEVICE_SET_IRQS, bytes);
}

function find(device: IoctlPort, kind: Kind): number | null {
  for (let index = kind.first; ; index++) {
    const bytes = new Uint8Array(INFO_BYTES);
    bytes.set(encodeStruct(kind.info, { argsz: INFO_BYTES, index }));
    if (device.ioctl(kind.cmd, bytes) !== 0) return null;
    if (hasCap(bytes, Number(decodeStruct(kind.info, bytes)['cap_offset' as never]), kind.cap)) return index;
  }
}

/** Follows the chain of capabilities; an offset outside the bytes ends it. */
function hasCap(bytes: Uint8Array, first: number, wanted: Kind['cap']): boolean {
  for (let at = first; at > 0 && at + VFIO_CAP_TYPE.bytes <= bytes.length;) {
    const cap = decodeStruct(VFIO_CAP_TYPE, bytes, at);
    if (cap.id === wanted.id && cap.type === wanted.type && cap.subtype === wanted.subtype) return true;
    at = cap.next > at ? cap.next : 0;
  }
  return false;
}
