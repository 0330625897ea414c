import { fromWords } from '../../base/address.ts';
import type { PhysicalMemory } from '../../memory/physical-memory.ts';
import type { QueueRegisters } from '../registers/queue-registers.ts';
import { slotOf, wrapOf } from './queue-index.ts';

export interface QueueIndexView {
  /** The slot it points at. */
  readonly index: number;
  readonly wrap: number;
}

/** A queue for people: nothing here touches the queue. */
export interface QueueView {
  readonly enabled: boolean;
  /** Effective physical address of slot 0. */
  readonly base: bigint;
  readonly log2Size: number;
  readonly prod: QueueIndexView;
  readonly cons: QueueIndexView;
  /** Entries from CONS to PROD; 0 when the indexes are inconsistent. */
  readonly pending: number;
  /** Whether the indexes are at most the queue's length apart (IHI 0070 3.5.1). */
  readonly consistent: boolean;
  readonly full: boolean;
  /** An overflow that software has not acknowledged; always false for the command queue. */
  readonly overflowed: boolean;
  /** The queue's global error is active: CMDQ_ERR, EVENTQ_ABT_ERR. */
  readonly stopped: boolean;
}

const indexView = (index: number, log2Size: number): QueueIndexView => ({ index: slotOf(index, log2Size), wrap: wrapOf(index, log2Size) });

export function queueView(queue: QueueRegisters, enabled: boolean, stopped: boolean): QueueView {
  const { log2Size, consistent, full, overflowed } = queue;
  return {
    enabled,
    base: fromWords(queue.baseHi, queue.baseLo),
    log2Size,
    prod: indexView(queue.prod, log2Size),
    cons: indexView(queue.cons, log2Size),
    pending: consistent ? queue.occupancy : 0,
    consistent,
    full,
    overflowed,
    stopped,
  };
}

/** `count` records of `words` 32-bit words from index `start` on; slots outside memory are left out. */
function records(queue: QueueRegisters, memory: PhysicalMemory, words: number, start: number, count: number): Uint32Array[] {
  const found: Uint32Array[] = [];
  for (let i = 0; i < count; i++) {
    const bytes = memory.readBytes(fromWords(queue.baseHi, queue.slotLo(start + i)), words * 4);
    if (bytes === null) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    found.push(Uint32Array.from({ length: words }, (_, word) => view.getUint32(word * 4, true)));
  }
  return found;
}

/** The records from CONS to PROD, oldest first; none when the indexes are inconsistent. */
export function pendingRecords(queue: QueueRegisters, memory: PhysicalMemory, words: number): Uint32Array[] {
  return records(queue, memory, words, queue.cons, queue.consistent ? queue.occupancy : 0);
}

/** The `limit` slots before PROD, oldest first, whether consumed or not; at most the whole ring. */
export function newestRecords(queue: QueueRegisters, memory: PhysicalMemory, words: number, limit: number): Uint32Array[] {
  const size = 2 ** queue.log2Size;
  const count = Math.max(0, Math.min(limit, size));
  return records(queue, memory, words, queue.prod + size - count, count);
}
