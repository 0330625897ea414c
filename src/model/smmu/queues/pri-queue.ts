import type { PhysicalMemory } from '../../memory/physical-memory.ts';
import type { RegisterFile } from '../registers/register-file.ts';
import { newestRecords, pendingRecords, queueView } from './queue-view.ts';
import type { QueueView } from './queue-view.ts';

const ENTRY_WORDS = 4;
/** PRI entry D0 [62]. */
const LAST = 1 << 30;

/** What became of a page request (IHI 0070 8.1). */
export const PPR = {
  WRITTEN: 0,
  /** The queue was full: the overflow is flagged. */
  FULL: 1,
  /** PRIQEN or SMMUEN is 0. */
  DISABLED: 2,
  /** Memory refused the write: PRIQ_ABT_ERR became active. */
  ABORTED: 3,
  /** PRIQ_ABT_ERR of an earlier request is still active. */
  ERROR: 4,
  /** An overflow that software has not acknowledged: nothing is written, even if there is room again. */
  OVERFLOWED: 5,
} as const;

/** The PRI queue (IHI 0070 8.1): a ring of 16-byte page requests in memory at PRIQ_BASE. */
export class PriQueue {
  private readonly registers: RegisterFile;
  private readonly memory: PhysicalMemory;

  constructor(registers: RegisterFile, memory: PhysicalMemory) {
    this.registers = registers;
    this.memory = memory;
  }

  /** Writes an entry (4 words from index 0) if the queue takes it; returns a PPR verdict. The interrupt is `notify`'s. */
  record(words: Int32Array): number {
    const registers = this.registers;
    const queue = registers.priq;
    if (!registers.priQueueEnabled) return PPR.DISABLED;
    if (registers.errorActive('PRIQ_ABT_ERR')) return PPR.ERROR;
    if (queue.overflowed) return PPR.OVERFLOWED;
    if (queue.full) {
      queue.overflow();
      return PPR.FULL;
    }
    const lo = queue.slotLo(queue.prod);
    for (let word = 0; word < ENTRY_WORDS; word++) {
      if (!this.memory.store32(queue.baseHi, lo + word * 4, words[word]!)) {
        if (registers.choices['PRIQ.write-abort'] === 'asynchronous') queue.advance();
        return PPR.ABORTED;
      }
    }
    queue.advance();
    return PPR.WRITTEN;
  }

  /** 6.3.36 PRIQ_IRQ_CFG2.LO: an interrupt for the last request of a group, lost in an overflow or not; else when the queue was empty. */
  notify(words: Int32Array, verdict: number, wasEmpty: boolean): void {
    const overflow = verdict === PPR.FULL || verdict === PPR.OVERFLOWED;
    const due = this.registers.priqLastOnly
      ? (words[1]! & LAST) !== 0 && (verdict === PPR.WRITTEN || overflow)
      : verdict === PPR.WRITTEN && wasEmpty;
    if (due) this.registers.signal('PRIQ');
    if (verdict === PPR.ABORTED) this.registers.activateError('PRIQ_ABT_ERR');
  }

  /** The requests that software has not consumed, oldest first. */
  entries(): Uint32Array[] {
    return pendingRecords(this.registers.priq, this.memory, ENTRY_WORDS);
  }

  /** The `limit` newest slots before PRIQ_PROD, consumed or not, oldest first. */
  newest(limit: number): Uint32Array[] {
    return newestRecords(this.registers.priq, this.memory, ENTRY_WORDS, limit);
  }

  view(): QueueView {
    return queueView(this.registers.priq, this.registers.priQueueEnabled, this.registers.errorActive('PRIQ_ABT_ERR'));
  }
}
