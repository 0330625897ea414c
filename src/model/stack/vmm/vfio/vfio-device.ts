/** An assigned device as the VMM holds it: its virtual StreamID, its container and its fault region. */
import { decodeStruct, defineStruct, encodeStruct, u32 } from '../../uapi/bytes.ts';
import { ERRNO } from '../../errno.ts';
import { VFIO_REGION_DMA_FAULT, VFIO_REGION_DMA_FAULT_RESPONSE } from '../../uapi/vfio-v16/fault-regions.ts';
import { decodeFault, IOMMU_FAULT_UNRECOVERABLE, IOMMU_PAGE_RESP_PASID_VALID, IOMMU_PAGE_RESP_VERSION_1, IOMMU_PAGE_RESPONSE } from '../../uapi/vfio-v16/fault.ts';
import type { IommuFault } from '../../host/driver/types.ts';
import type { IoctlPort } from '../ioctl-port.ts';

/** pread(), pwrite() and mmap() on the regions of a device: bytes or a count, or a negative errno. */
export interface RegionPort {
  readRegion(index: number, position: number, length: number): Uint8Array | number;
  writeRegion(index: number, position: number, data: Uint8Array): number;
  /** The bytes themselves, shared with the kernel. */
  mapRegion(index: number, position: number, length: number): Uint8Array | number;
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
  /** Index of the DMA FAULT RESPONSE region; null: the device has none. */
  readonly responseRegion: number | null;
}

/** What mmap() takes multiples of. */
const PAGE = 4096;

const TAIL = defineStruct({ id: 'tail', title: 'Consumer index', bytes: 4, fields: [u32('tail', 0, 'Next fault to read.')] });
const HEAD = defineStruct({ id: 'head', title: 'Producer index', bytes: 4, fields: [u32('head', 0, 'Next response to write.')] });

/** What the VMM answers to a page request; without a PASID where `pasid` is null. */
export interface FaultAnswer {
  readonly grpid: number;
  readonly pasid: number | null;
  readonly code: number;
}

/**
 * Puts an answer into the response ring (b.1): the entry at `head` through the mapped pages, then `head` itself, which has
 * the kernel work on it. Bytes taken, or a negative errno; what the kernel makes of the answer it tells nobody.
 */
export function answerFault({ regions, responseRegion }: Pick<AssignedDevice, 'regions' | 'responseRegion'>, { grpid, pasid, code }: FaultAnswer): number {
  if (responseRegion === null) return -ERRNO.EINVAL;
  const bytes = regions.readRegion(responseRegion, 0, VFIO_REGION_DMA_FAULT_RESPONSE.bytes);
  if (typeof bytes === 'number') return bytes;
  const { head, nb_entries, entry_size, offset } = decodeStruct(VFIO_REGION_DMA_FAULT_RESPONSE, bytes);
  const pages = regions.mapRegion(responseRegion, offset, Math.ceil((nb_entries * entry_size) / PAGE) * PAGE);
  if (typeof pages === 'number') return pages;
  const flags = pasid === null ? 0 : IOMMU_PAGE_RESP_PASID_VALID;
  pages.set(encodeStruct(IOMMU_PAGE_RESPONSE, { argsz: IOMMU_PAGE_RESPONSE.bytes, version: IOMMU_PAGE_RESP_VERSION_1, flags, pasid: pasid ?? 0, grpid, code }), head * entry_size);
  return regions.writeRegion(responseRegion, 0, encodeStruct(HEAD, { head: (head + 1) % nb_entries }));
}

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
