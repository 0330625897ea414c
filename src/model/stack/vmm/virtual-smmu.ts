import { fromWords, hex } from '../../base/address.ts';
import { SILENT } from '../../smmu/journal.ts';
import type { Journal } from '../../smmu/journal.ts';
import { INTERRUPT_SOURCES } from '../../smmu/registers/interrupt.ts';
import type { InterruptSource } from '../../smmu/registers/interrupt.ts';
import { RegisterFile } from '../../smmu/registers/register-file.ts';
import { decodeFeatures, registerAt } from '../../spec/index.ts';
import type { Features, IdRegisters } from '../../spec/index.ts';
import type { StackJournal } from '../journal.ts';
import { CommandRing } from './command-ring.ts';
import { EventRing } from './event-ring.ts';
import type { WhenFull } from './event-ring.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { GuestSide, HostSide } from './guest-side.ts';

export interface VirtualSmmuOptions {
  readonly id: IdRegisters;
  readonly memory: GuestMemory;
  readonly journal: StackJournal;
  readonly whenFull: WhenFull;
  /** An interrupt for the guest, as far as its IRQ_CTRL lets it through. */
  readonly onInterrupt: (source: InterruptSource) => void;
}

/**
 * The SMMU that a guest sees: registers that trap, and queues in the guest's memory. It translates nothing. What the
 * guest's configuration and commands mean for the physical SMMU is the business of `host`, made by `connect`.
 */
export class VirtualSmmu {
  readonly features: Features;
  readonly registers: RegisterFile;
  readonly events: EventRing;
  readonly host: HostSide;
  private readonly commands: CommandRing;

  constructor(options: VirtualSmmuOptions, connect: (guest: GuestSide) => HostSide) {
    const { memory, journal } = options;
    this.features = decodeFeatures(options.id);
    const hooks = {
      commandQueue: () => this.commands.consume(),
      smmuEnableChanged: (enabled: boolean) => this.host.enableChanged(enabled),
      irq: (source: InterruptSource) => options.onInterrupt(source),
    };
    this.registers = new RegisterFile(this.features, hooks, trapsInto(journal));
    this.events = new EventRing(this.registers, memory, options.whenFull);
    this.host = connect({ registers: this.registers, features: this.features, memory, events: this.events, journal });
    this.commands = new CommandRing(this.registers, memory, this.host);
  }

  /** Offsets from the base of the virtual SMMU; values unsigned. */
  read32(offset: number): number {
    return this.registers.read32(offset);
  }

  write32(offset: number, value: number): void {
    const { gbpaAbort } = this.registers;
    this.registers.write32(offset, value);
    // 6.3.14: while SMMUEN is 0, GBPA decides what becomes of every stream.
    if (this.registers.gbpaAbort !== gbpaAbort && !this.registers.smmuEnabled) this.host.enableChanged(false);
  }

  read64(offset: number): bigint {
    return this.registers.read64(offset);
  }

  write64(offset: number, value: bigint): void {
    this.registers.write64(offset, value);
  }

  /** The host's eventfd fired; false: nothing was there. */
  hostEvents(): boolean {
    return this.host.hostEvents();
  }
}

/** Writes that trap, and interrupts, as the journal of the stack has them. */
function trapsInto(journal: StackJournal): Journal {
  return {
    ...SILENT,
    register: (write, offset, lo, hi) => {
      if (write) journal.record('vmm', 'trap', { register: registerAt(offset)?.id ?? hex(offset), value: fromWords(hi, lo) });
    },
    irq: (source) => journal.record('vmm', 'interrupt', { source: INTERRUPT_SOURCES[source] ?? source }),
  };
}
