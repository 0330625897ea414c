import { fromWords } from '../../base/address.ts';
import type { RegisterFile } from '../../smmu/registers/register-file.ts';
import type { HopData } from '../journal.ts';
import { writeWords } from './guest-memory.ts';
import type { GuestMemory } from './guest-memory.ts';

/** What became of a record: written, or why it is lost. */
export type Injected = 'written' | 'disabled' | 'full' | 'aborted' | 'blocked';

/** The record as bytes, for the journal. */
export const eventData = (words: Int32Array): HopData => ({ type: 'event', bytes: new Uint8Array(Int32Array.from(words).buffer) });

/** Why the guest does not see the record; undefined: it does. */
export const whyLost = (injected: Injected): string | undefined =>
  injected === 'written' ? undefined : `the guest's event queue is ${injected}`;

/** What happens when the queue is full: the architecture flags an overflow (IHI 0070 7.4); QEMU reports EVENTQ_ABT_ERR. */
export type WhenFull = 'OVFLG' | 'EVENTQ_ABT_ERR';

/** The guest's event queue, in the guest's memory (IHI 0070 3.5.2, 7.2). */
export class EventRing {
  private readonly registers: RegisterFile;
  private readonly memory: GuestMemory;
  private readonly whenFull: WhenFull;

  constructor(registers: RegisterFile, memory: GuestMemory, whenFull: WhenFull) {
    this.registers = registers;
    this.memory = memory;
    this.whenFull = whenFull;
  }

  /** Writes a record of eight words for the guest, with the interrupt. `say` learns what became of it before the guest does. */
  inject(words: Int32Array, say: (injected: Injected) => void): void {
    const wasEmpty = this.registers.eventq.empty;
    const injected = this.#write(words);
    say(injected);
    if (injected === 'written' && wasEmpty) this.registers.signal('EVENTQ');
    if (injected === 'aborted' || (injected === 'full' && this.whenFull === 'EVENTQ_ABT_ERR'))
      this.registers.activateError('EVENTQ_ABT_ERR');
  }

  /** A record can be written now. One of a stall is not lost while none can (3.12.2): whoever has it waits for that. */
  get ready(): boolean {
    return this.#obstacle() === null;
  }

  #obstacle(): Injected | null {
    const { eventq, eventQueueEnabled } = this.registers;
    if (!eventQueueEnabled) return 'disabled';
    // 7.2: nothing is written while an abort is not acknowledged. QEMU does not look.
    if (this.whenFull === 'OVFLG' && this.registers.errorActive('EVENTQ_ABT_ERR')) return 'blocked';
    return eventq.full ? 'full' : null;
  }

  #write(words: Int32Array): Injected {
    const { eventq } = this.registers;
    const obstacle = this.#obstacle();
    if (obstacle === 'full' && this.whenFull === 'OVFLG') eventq.overflow();
    if (obstacle !== null) return obstacle;
    if (!writeWords(this.memory, fromWords(eventq.baseHi, eventq.slotLo(eventq.prod)), words)) return 'aborted';
    eventq.advance();
    return 'written';
  }
}
