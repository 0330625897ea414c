/** What both regions of faults are (b.1): a page with the header, then 512 slots; the producer goes on at `head`, the consumer at `tail`. */
import { decodeStruct, encodeStruct } from '../../uapi/bytes.ts';
import { FAULT_RING_ENTRIES } from '../../uapi/vfio-v16/fault-regions.ts';
import type { VFIO_REGION_DMA_FAULT, VFIO_REGION_DMA_FAULT_RESPONSE } from '../../uapi/vfio-v16/fault-regions.ts';
import { PAGE_SIZE, regionBytes } from './region.ts';
import type { VfioRegion } from './region.ts';

export abstract class RegionRing implements VfioRegion {
  readonly bytes: Uint8Array;
  private readonly header: typeof VFIO_REGION_DMA_FAULT | typeof VFIO_REGION_DMA_FAULT_RESPONSE;
  private readonly entryBytes: number;

  constructor(header: typeof VFIO_REGION_DMA_FAULT | typeof VFIO_REGION_DMA_FAULT_RESPONSE, entryBytes: number) {
    this.header = header;
    this.entryBytes = entryBytes;
    this.bytes = regionBytes(entryBytes);
    this.bytes.set(encodeStruct(header, { entry_size: entryBytes, nb_entries: FAULT_RING_ENTRIES, offset: PAGE_SIZE }));
  }

  abstract write(position: number, data: Uint8Array): number;

  get head(): number {
    return decodeStruct(this.header, this.bytes).head;
  }

  get tail(): number {
    return decodeStruct(this.header, this.bytes).tail;
  }

  get size(): number {
    return FAULT_RING_ENTRIES;
  }

  /** The bytes in a slot, consumed or not. */
  entry(slot: number): Uint8Array {
    const at = PAGE_SIZE + slot * this.entryBytes;
    return this.bytes.slice(at, at + this.entryBytes);
  }
}
