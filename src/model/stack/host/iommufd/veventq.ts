/**
 * A vEVENTQ: raw events of one vIOMMU for its VMM, each behind a header with a sequence number. When it is full, a lone
 * header with LOST_EVENTS stands at the end; the numbers go on, so that a gap says how many were lost (c.2, c.6).
 */
import { ERRNO } from '../../errno.ts';
import { encodeStruct } from '../../uapi/bytes.ts';
import { IOMMU_VEVENTQ_FLAG_LOST_EVENTS, STRUCT_VEVENT_ARM_SMMUV3, STRUCT_VEVENT_HEADER } from '../../uapi/iommufd/events.ts';
import type { EventWords } from '../driver/types.ts';
import type { EventFile } from './event-file.ts';

const INT_MAX = 0x7fff_ffff;

interface Queued {
  readonly sequence: number;
  /** null: only the header, which says that events were lost. */
  readonly words: EventWords | null;
}

const recordOf = ({ sequence, words }: Queued): Uint8Array => {
  const flags = words === null ? IOMMU_VEVENTQ_FLAG_LOST_EVENTS : 0;
  const header = encodeStruct(STRUCT_VEVENT_HEADER, { flags, sequence });
  if (words === null) return header;
  const bytes = new Uint8Array(STRUCT_VEVENT_HEADER.bytes + STRUCT_VEVENT_ARM_SMMUV3.bytes);
  bytes.set(header);
  bytes.set(encodeStruct(STRUCT_VEVENT_ARM_SMMUV3, { evt: words }), STRUCT_VEVENT_HEADER.bytes);
  return bytes;
};

export class Veventq implements EventFile {
  readonly depth: number;
  private readonly queue: Queued[] = [];
  private sequence: number;
  private events = 0;

  /** `firstSequence` is 0 in the kernel; another lets the numbers come round within a test. */
  constructor(depth: number, firstSequence = 0) {
    this.depth = depth;
    this.sequence = firstSequence;
  }

  /** Events that wait; a lone header is none. */
  get length(): number {
    return this.events;
  }

  /** Headers and events that wait, oldest first. */
  get waiting(): readonly Queued[] {
    return this.queue;
  }

  /** Queues an event; false: it was full, and the event is lost. */
  push(words: EventWords): boolean {
    const room = this.events < this.depth;
    // A header of lost events is only ever the last entry: whatever comes takes its place, its number tells the rest.
    if (this.queue.at(-1)?.words === null) this.queue.pop();
    this.queue.push({ sequence: this.sequence, words: room ? words : null });
    this.sequence = (this.sequence + 1) & INT_MAX;
    if (room) this.events++;
    return room;
  }

  /** read(): whole records as far as they fit into `length` bytes; none is read by halves. */
  read(length: number): Uint8Array {
    const records: number[] = [];
    for (let next = this.queue[0]; next !== undefined; next = this.queue[0]) {
      const record = recordOf(next);
      if (records.length + record.length > length) break;
      records.push(...record);
      this.queue.shift();
      if (next.words !== null) this.events--;
    }
    return Uint8Array.from(records);
  }

  /** write(): the file has none. */
  write(): number {
    return -ERRNO.EINVAL;
  }
}
