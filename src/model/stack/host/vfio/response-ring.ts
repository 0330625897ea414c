/**
 * The DMA FAULT RESPONSE region: the user produces page responses and writes `head`; the kernel consumes them. A proof
 * of concept: nobody in the stack of v16 uses it, and what becomes of a response is told to nobody (b.1).
 */
import { ERRNO } from '../../errno.ts';
import { putField, readUint } from '../../uapi/bytes.ts';
import { IOMMU_PAGE_RESPONSE } from '../../uapi/vfio-v16/fault.ts';
import { FAULT_RING_ENTRIES, VFIO_REGION_DMA_FAULT_RESPONSE as HEADER } from '../../uapi/vfio-v16/fault-regions.ts';
import { RegionRing } from './region-ring.ts';

const ENTRY = IOMMU_PAGE_RESPONSE.bytes;

export class ResponseRing extends RegionRing {
  private readonly respond: (response: Uint8Array) => void;

  /** `respond` gets the 24 bytes of each response. */
  constructor(respond: (response: Uint8Array) => void) {
    super(HEADER, ENTRY);
    this.respond = respond;
  }

  write(position: number, data: Uint8Array): number {
    if (position !== 0 || data.length !== 4) return -ERRNO.EINVAL;
    const head = readUint(data, 0, 4);
    if (head >= FAULT_RING_ENTRIES) return -ERRNO.EINVAL;
    putField(HEADER, 'head', head, this.bytes);
    this.#consume(head);
    return 4;
  }

  /** The work that a write of `head` queues. */
  #consume(head: number): void {
    let { tail } = this;
    while (tail !== head) {
      this.respond(this.entry(tail));
      tail = (tail + 1) % FAULT_RING_ENTRIES;
      putField(HEADER, 'tail', tail, this.bytes);
    }
  }
}
