import type { AtosRequest } from './atos/atos-request.ts';
import type { Misuse } from '../spec/misuse.ts';

/**
 * What the registers and queues tell the trace. Addresses and words are signed 32-bit halves, as typed arrays hold
 * them; `words` is only valid during the call.
 */
export interface Journal {
  /** A command left a queue (CommandSource.number), or failed to: `verdict` is its CERROR code, 0 when consumed. The address is that of the slot. */
  command(addressHi: number, addressLo: number, words: Int32Array, verdict: number, queue: number): void;
  /** An event record met the queue: `verdict` is what EventQueue.record returned. */
  event(words: Int32Array, verdict: number): void;
  /** A register access from software, offset from the SMMU base; `hi` is 0 for a 32-bit access. */
  register(write: boolean, offset: number, lo: number, hi: number): void;
  /** A page request met the PRI queue: its entry (4 words), and a PPR verdict. */
  pageRequest(words: Int32Array, verdict: number): void;
  /** An interrupt was signalled: the index of its source in INTERRUPT_SOURCES. */
  irq(source: number): void;
  /** Processors that wait in WFE are woken up: WAKE_UP. */
  wakeUp(why: number): void;
  /** An MSI was written: `verdict` is 0, or 1 when memory refused it. */
  msi(source: number, addressHi: number, addressLo: number, data: number, verdict: number): void;
  /** An address translation operation is complete: its PAR. */
  atos(request: AtosRequest, parHi: number, parLo: number): void;
  /** Software did what the architecture promises nothing about. */
  misuse(misuse: Misuse): void;
}

const nothing = (): void => undefined;

/** The journal of a model that nobody watches. */
export const SILENT: Journal = { command: nothing, event: nothing, register: nothing, pageRequest: nothing, irq: nothing, wakeUp: nothing, msi: nothing, atos: nothing, misuse: nothing };
