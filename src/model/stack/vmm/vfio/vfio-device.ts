/** An assigned device as the VMM holds it: its virtual StreamID, its container and its fault region. */
import { decodeStruct, defineStruct, encodeStruct, u32 } from '../../uapi/bytes.ts';
import { VFIO_REGION_DMA_FAULT } from '../../uapi/vfio-v16/fault-regions.ts';
import { decodeFault, IOMMU_FAULT_UNRECOVERABLE } from '../../uapi/vfio-v16/fault.ts';
import type { IommuFault } from '../../host/driver/types.ts';
import type { IoctlPort } from '../ioctl-port.ts';

/** pread() and pwrite() on the regions of a device: bytes or a count, or a negative errno. */
export interface RegionPort {
  readRegion(index: number, position: number, length: number): Uint8Array | number;
  writeRegion(index: number, position: number, data: Uint8Array): number;
}

export interface AssignedDevice {
  readonly name: string;
  /** The StreamID in the guest: the virtual BDF. */
  readonly vSid: number;
  /** QEMU makes one container, so one nested domain and one VMID, for each device. */
  readonly container: IoctlPort;
  readonly regions: RegionPort;
  /** Index of the DMA FAULT region; null: the device has none. */
  readonly faultRegion: number | null;
}

const TAIL = defineStruct({ id: 'tail', title: 'Consumer index', bytes: 4, fields: [u32('tail', 0, 'Next fault to read.')] });

/** Takes what is in the fault ring (b.4): the header is read once, the tail written once. Null: a fault of no known type. */
export function takeFaults({ regions, faultRegion }: AssignedDevice): (IommuFault | null)[] {
  const bytes = faultRegion === null ? 0 : regions.readRegion(faultRegion, 0, VFIO_REGION_DMA_FAULT.bytes);
  if (faultRegion === null || typeof bytes === 'number' || bytes.length < VFIO_REGION_DMA_FAULT.bytes) return [];
  const header = decodeStruct(VFIO_REGION_DMA_FAULT, bytes);
  const faults: (IommuFault | null)[] = [];
  for (let tail = header.tail; tail !== header.head; tail = (tail + 1) % header.nb_entries) {
    const entry = regions.readRegion(faultRegion, header.offset + tail * header.entry_size, header.entry_size);
    if (typeof entry === 'number' || entry.length < IOMMU_FAULT_UNRECOVERABLE.bytes) break;
    faults.push(decodeFault(entry));
  }
  if (faults.length > 0) regions.writeRegion(faultRegion, 0, encodeStruct(TAIL, { tail: header.head }));
  return faults;
}
