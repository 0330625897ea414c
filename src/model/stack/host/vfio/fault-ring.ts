/**
 * The DMA FAULT region: a page with the header, then 512 faults. The kernel produces, the user consumes and says so by
 * writing `tail`. One slot stays empty, so that 511 faults fit (b.1).
 */
import { ERRNO } from '../../errno.ts';
import { putField, readUint } from '../../uapi/bytes.ts';
import { IOMMU_FAULT_UNRECOVERABLE, encodeFault } from '../../uapi/vfio-v16/fault.ts';
import { FAULT_RING_ENTRIES, VFIO_REGION_DMA_FAULT as HEADER } from '../../uapi/vfio-v16/fault-regions.ts';
import type { IommuFault } from '../driver/types.ts';
import { PAGE_SIZE } from './region.ts';
import { RegionRing } from './region-ring.ts';

const ENTRY = IOMMU_FAULT_UNRECOVERABLE.bytes;

export class FaultRing extends RegionRing {
  constructor() {
    super(HEADER, ENTRY);
  }

  /** Puts a fault into the ring; -ENOSPC when it is full: the driver then prints the event instead. */
  push(fault: IommuFault): number {
    const next = (this.head + 1) % FAULT_RING_ENTRIES;
    if (next === this.tail) return -ERRNO.ENOSPC;
    this.bytes.set(encodeFault(fault), PAGE_SIZE + this.head * ENTRY);
    putField(HEADER, 'head', next, this.bytes);
    return 0;
  }

  write(position: number, data: Uint8Array): number {
    if (position !== 0 || data.length !== 4) return -ERRNO.EINVAL;
    const tail = readUint(data, 0, 4);
    if (tail >= FAULT_RING_ENTRIES) return -ERRNO.EINVAL;
    putField(HEADER, 'tail', tail, this.bytes);
    return 4;
  }
}
