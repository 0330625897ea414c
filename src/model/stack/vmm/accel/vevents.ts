/** What comes out of a vEVENTQ: raw events behind headers whose numbers tell of losses (c.2). */
import { decodeStruct } from '../../uapi/bytes.ts';
import { IOMMU_VEVENTQ_FLAG_LOST_EVENTS, STRUCT_VEVENT_ARM_SMMUV3, STRUCT_VEVENT_HEADER } from '../../uapi/iommufd/events.ts';

const SEQUENCE_MASK = 0x7fff_ffff;

export type Vevent =
  | { readonly words: Int32Array }
  /** Events that are missing at this place; 0: some, but not how many. */
  | { readonly lost: number };

export class VeventReader {
  private next = 0;

  /** Takes whole records apart, in order. */
  parse(bytes: Uint8Array): Vevent[] {
    const found: Vevent[] = [];
    for (let at = 0; at + STRUCT_VEVENT_HEADER.bytes <= bytes.length;) {
      const { flags, sequence } = decodeStruct(STRUCT_VEVENT_HEADER, bytes, at);
      at += STRUCT_VEVENT_HEADER.bytes;
      const missing = (sequence - this.next) & SEQUENCE_MASK;
      this.next = (sequence + 1) & SEQUENCE_MASK;
      const alone = (flags & IOMMU_VEVENTQ_FLAG_LOST_EVENTS) !== 0;
      // The event that the lone header stands for is missing too.
      if (missing > 0 || alone) found.push({ lost: missing + (alone ? 1 : 0) });
      if (alone) continue;
      found.push({ words: wordsOf(bytes, at) });
      at += STRUCT_VEVENT_ARM_SMMUV3.bytes;
    }
    return found;
  }
}

function wordsOf(bytes: Uint8Array, at: number): Int32Array {
  const { evt } = decodeStruct(STRUCT_VEVENT_ARM_SMMUV3, bytes, at);
  return Int32Array.from(evt.flatMap((word) => [Number(BigInt.asIntN(32, word)), Number(BigInt.asIntN(32, word >> 32n))]));
}
