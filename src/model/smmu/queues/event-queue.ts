import type { PhysicalMemory } from '../../memory/physical-memory.ts';
import { SILENT } from '../journal.ts';
import type { Journal } from '../journal.ts';
import type { RegisterFile } from '../registers/register-file.ts';
import { newestRecords, pendingRecords, queueView } from './queue-view.ts';
import type { QueueView } from './queue-view.ts';

/** What became of an event record. */
export const WRITTEN = 0;
/** The queue was full: the event is lost and the overflow flagged (IHI 0070 7.4). */
export const DROPPED_FULL = 1;
/** EVENTQEN is 0: the event is lost without a sign. */
export const DROPPED_DISABLED = 2;
/** Memory refused the write: EVENTQ_ABT_ERR became active and the event is lost. */
export const ABORTED = 3;
/** EVENTQ_ABT_ERR of an earlier event is still active: the event is lost without a sign. */
export const DROPPED_ABT_ERR = 4;
/** It is like the last record, which software has not consumed, and has none of its own (3.5.5). */
const MERGED = 5;

const RECORD_WORDS = 8;
/** Low word of InputAddr. */
const INPUT_ADDRESS = 4;
/** F_TRANSL_FORBIDDEN, F_WALK_EABT, F_TRANSLATION to F_PERMISSION, F_TLB_CONFLICT. */
const MERGED_BY_PAGE: readonly number[] = [0x07, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x20];

/**
 * The event queue (IHI 0070 3.5.2, 7.2): a ring of 32-byte records in memory at EVENTQ_BASE. The SMMU writes at
 * EVENTQ_PROD, software reads at EVENTQ_CONS. Each record is written, merged or dropped at once, but for
 * those of stalled transactions, which wait until the queue is writable.
 */
export class EventQueue {
  private readonly registers: RegisterFile;
  private readonly memory: PhysicalMemory;
  private readonly journal: Journal;

  constructor(registers: RegisterFile, memory: PhysicalMemory, journal: Journal = SILENT) {
    this.registers = registers;
    this.memory = memory;
    this.journal = journal;
  }

  /** Writes an event record (8 words from index 0) if the queue is writable; returns WRITTEN or why not. `mergeable`: it may go with the last. */
  record(words: Int32Array, mergeable = false): number {
    if (mergeable && this.#isLikeLast(words)) {
      this.journal.event(words, MERGED);
      return MERGED;
    }
    const obstacle = this.obstacle();
    if (obstacle === DROPPED_FULL) this.#overflow();
    if (obstacle === WRITTEN) return this.#write(words);
    this.journal.event(words, obstacle);
    return obstacle;
  }

  /** Writes the record of a stalled transaction; anything but WRITTEN says that it must wait. No overflow (3.5.3). */
  recordStall(words: Int32Array): number {
    const obstacle = this.obstacle();
    return obstacle === WRITTEN ? this.#write(words) : obstacle;
  }

  /** WRITTEN when the queue is writable (7.2), else why it is not. */
  obstacle(): number {
    const registers = this.registers;
    if (!registers.eventQueueEnabled) return DROPPED_DISABLED;
    if (!registers.deviates['event-overflow'] && registers.errorActive('EVENTQ_ABT_ERR')) return DROPPED_ABT_ERR;
    return registers.eventq.full ? DROPPED_FULL : WRITTEN;
  }

  /** 7.3.1: alike in everything but, of some events, the offset of the input address within its page. */
  #isLikeLast(words: Int32Array): boolean {
    const { eventq } = this.registers;
    const obstacle = this.obstacle();
    if (eventq.empty || (obstacle !== WRITTEN && obstacle !== DROPPED_FULL)) return false;
    const lo = eventq.slotLo(eventq.prod - 1);
    const offset = MERGED_BY_PAGE.includes(words[0]! & 0xff) ? 0xfff : 0;
    for (let word = 0; word < RECORD_WORDS; word += 2) {
      if (!this.memory.load(eventq.baseHi, lo + word * 4)) return false;
      const low = word === INPUT_ADDRESS ? ~offset : -1;
      if (((this.memory.lo ^ words[word]!) & low) !== 0 || this.memory.hi !== words[word + 1]) return false;
    }
    return true;
  }

  /** 7.4: an event that is lost because the queue is full. A stall is not lost, and no overflow. */
  #overflow(): void {
    const { deviates, eventq } = this.registers;
    if (deviates['event-overflow']) this.registers.activateError('EVENTQ_ABT_ERR');
    else eventq.overflow();
  }

  #write(words: Int32Array): number {
    const wasEmpty = this.registers.eventq.empty;
    const verdict = this.#store(words);
    this.journal.event(words, verdict);
    // 3.18: the record and the index are visible before the interrupt. Only empty -> non-empty is one.
    if (verdict === WRITTEN && (wasEmpty || this.registers.deviates['event-interrupt'])) this.registers.signal('EVENTQ');
    if (verdict === ABORTED) this.registers.activateError('EVENTQ_ABT_ERR');
    return verdict;
  }

  #store(words: Int32Array): number {
    const registers = this.registers;
    const queue = registers.eventq;
    const lo = queue.slotLo(queue.prod);
    // A slot is 32 aligned bytes, within one page: either all of it is memory or none.
    for (let word = 0; word < RECORD_WORDS; word++) {
      if (this.memory.store32(queue.baseHi, lo + word * 4, words[word]!)) continue;
      if (registers.choices['EVENTQ.write-abort'] === 'asynchronous') queue.advance();
      return ABORTED;
    }
    queue.advance();
    return WRITTEN;
  }

  /** The records that software has not consumed, oldest first; empty when the ring is not in memory. */
  entries(): Uint32Array[] {
    return pendingRecords(this.registers.eventq, this.memory, RECORD_WORDS);
  }

  /** The `limit` newest slots before EVENTQ_PROD, consumed or not, oldest first: what a stopped machine still shows. */
  newest(limit: number): Uint32Array[] {
    return newestRecords(this.registers.eventq, this.memory, RECORD_WORDS, limit);
  }

  view(): QueueView {
    return queueView(this.registers.eventq, this.registers.eventQueueEnabled, this.registers.errorActive('EVENTQ_ABT_ERR'));
  }
}
