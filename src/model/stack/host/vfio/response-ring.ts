/**
 * The DMA FAULT RESPONSE region: the user produces page responses and writes `head`; the kernel consumes them. A proof
 * of concept: nobody in the stack of v16 uses it, and what becomes of a response is told to nobody (b.1).
 */
import { ERRNO } from '../../errno.ts';
import { decodeStruct, encodeStruct, putField, readUint } from '../../uapi/bytes.ts';
import { IOMMU_PAGE_RESPONSE } from '../../uapi/vfio-v16/fault.ts';
import { FAULT_RING_ENTRIES, VFIO_REGION_DMA_FAULT_RESPONSE as HEADER } from '../../uapi/vfio-v16/fault-regions.ts';
import { PAGE_SIZE, regionBytes } from './region.ts';
import type { VfioRegion } from './region.ts';

const ENTRY = IOMMU_PAGE_RESPONSE.bytes;

export class ResponseRing implements VfioRegion {
  readonly bytes = regionBytes(ENTRY);
  readonly #respond: (response: Uint8Array) => void;

  /** `respond` gets the 24 bytes of each response. */
  constructor(respond: (response: Uint8Array) => void) {
    this.#respond = respond;
    this.bytes.set(encodeStruct(HEADER, { entry_size: ENTRY, nb_entries: FAULT_RING_ENTRIES, offset: PAGE_SIZE }));
  }

  get head(): number {
    return decodeStruct(HEADER, this.bytes).head;
  }

  get tail(): number {
    return decodeStruct(HEADER, this.bytes).tail;
  }

  get size(): number {
    return FAULT_RING_ENTRIES;
  }

  /** The bytes in a slot, consumed or not. */
  entry(slot: number): Uint8Array {
    return this.bytes.slice(PAGE_SIZE + slot * ENTRY, PAGE_SIZE + (slot + 1) * ENTRY);
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
      const at = PAGE_SIZE + tail * ENTRY;
      this.#respond(this.bytes.slice(at, at + ENTRY));
      tail = (tail + 1) % FAULT_RING_ENTRIES;
      putField(HEADER, 'tail', tail, this.bytes);
    }
  }
}
