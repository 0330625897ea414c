/** What a VMM's virtual SMMU is made of: the half that the guest sees, and the half that talks to the host. */
import type { RegisterFile } from '../../smmu/registers/register-file.ts';
import type { Features } from '../../spec/index.ts';
import type { StackJournal } from '../journal.ts';
import type { EventRing } from './event-ring.ts';
import type { GuestMemory } from './guest-memory.ts';

/** What the part that talks to the host may touch of the guest. */
export interface GuestSide {
  readonly registers: RegisterFile;
  /** Of the virtual ID registers. */
  readonly features: Features;
  readonly memory: GuestMemory;
  readonly events: EventRing;
  readonly journal: StackJournal;
}

/** How commands ended: `handled` of them are consumed; with an error, CONS stays at the next one. */
export interface Executed {
  readonly handled: number;
  /** CERROR code of the command that follows the handled ones; 0: none. */
  readonly cerror: number;
  /** A CMD_SYNC asked for its interrupt. */
  readonly interrupt?: boolean;
}

/** The part that turns what the guest does into calls of the uAPI. */
export interface HostSide {
  /** How many commands of the queue it takes in one go; 1: each as it comes. */
  readonly batch: number;
  /** Whether a command may share a go with others. */
  joins(command: Int32Array): boolean;
  /** Executes at least one command, of four words each. */
  execute(commands: readonly Int32Array[]): Executed;
  /** CR0.SMMUEN changed or, while it is 0, GBPA.ABORT. */
  enableChanged(enabled: boolean): void;
  /** The host signalled faults or events: fetches them and injects what it can. False: there was nothing. */
  hostEvents(): boolean;
  /** Tells the guest of stalls that its event queue had no room for. False: there is none, or still no room. */
  tellStalls(): boolean;
}

export const DONE: Executed = { handled: 1, cerror: 0 };
export const stoppedBy = (cerror: number): Executed => ({ handled: 0, cerror });
