import type { Features } from '../../spec/features.ts';
import type { AtcInvalidation, PageResponse } from '../ats/endpoints.ts';
import type { MisuseId } from '../../spec/misuse.ts';
import type { CacheMaintenance } from '../cache-maintenance.ts';
import type { RegisterFile } from '../registers/register-file.ts';

/** What commands do to stalled transactions (stall/stalls.ts). StreamIDs as Txn.sid. */
export interface StallControl {
  resume(sid: number, stag: number, action: number): void;
  terminate(sid: number): void;
  /** Carries out what was decided: to be called once the command is consumed. */
  settle(): void;
}

/** What commands do outside the SMMU's registers and caches. */
export interface CommandHooks {
  /** A command was fetched and is about to be carried out. `words` is valid during the call. */
  begins?(words: Int32Array): void;
  /** CMD_SYNC with CS = SEV, or a full queue that got room again: a wake-up event for processors in WFE. `why` as WAKE_UP. */
  sev?(why: number): void;
  /** The command is one that the architecture promises nothing about. */
  misuse?(id: MisuseId): void;
  /** The MSI that a complete CMD_SYNC with CS = IRQ asked for: signed words of the address, 0 for none. */
  msi?(addressHi: number, addressLo: number, data: number): void;
  /** CMD_PREFETCH_CONFIG or CMD_PREFETCH_ADDR, only while SMMUEN is 1. */
  prefetch?(hint: PrefetchHint): void;
  /** CMD_RESUME and CMD_STALL_TERM; absent: nothing ever stalls. */
  readonly stalls?: StallControl;
  /** CMD_ATC_INV to a device, only while SMMUEN is 1; false: no completion came in time. */
  invalidate?(invalidation: AtcInvalidation): boolean;
  /** CMD_PRI_RESP to a device, only while SMMUEN is 1. */
  respond?(response: PageResponse): void;
}

/** What a CMD_PREFETCH_* asks for (4.2): the configuration of a stream, and the translations of `pages` of its addresses. */
export interface PrefetchHint {
  readonly sid: number;
  /** As Txn.ssidKey. */
  readonly ssidKey: number;
  /** 0: the configuration alone. */
  readonly pages: number;
  /** The first address, and how far they lie apart. */
  readonly address: bigint;
  readonly distance: bigint;
}

/** How a CMD_SYNC tells that it is complete. */
export type Completion = 'none' | 'irq' | 'sev';

/** What a command's handler works with. */
export interface CommandContext {
  readonly features: Features;
  readonly registers: RegisterFile;
  readonly maintenance: CacheMaintenance;
  readonly hooks: CommandHooks;
  /** Completes the invalidations that wait for a CMD_SYNC. */
  readonly complete: () => void;
  /** An ATC_INV since the last CMD_SYNC was not completed in time (7.1). */
  atcTimeout: boolean;
  /** Set by CMD_SYNC; signalled once CONS has passed it. */
  completion: Completion;
  /** The MSI of that CMD_SYNC. */
  msiHi: number;
  msiLo: number;
  msiData: number;
  /** What a CMD_PREFETCH_* asks for; done once CONS has passed it. */
  hint: PrefetchHint | null;
}

/** Executes a command (4 words from index 0) and returns CERROR_NONE, or why the queue stops. */
export type CommandHandler = (words: Int32Array, context: CommandContext) => number;
