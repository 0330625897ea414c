import type { PhysicalMemory } from '../../memory/physical-memory.ts';
import type { Features } from '../../spec/features.ts';
import type { CacheMaintenance } from '../cache-maintenance.ts';
import { CERROR } from '../../spec/commands.ts';
import type { CommandHooks } from '../commands/command.ts';
import { DeferredMaintenance } from '../commands/deferred-maintenance.ts';
import { CommandUnit } from '../commands/command-unit.ts';
import { SILENT } from '../journal.ts';
import type { Journal } from '../journal.ts';
import type { RegisterFile } from '../registers/register-file.ts';
import { newestRecords, pendingRecords, queueView } from './queue-view.ts';
import type { QueueView } from './queue-view.ts';

const COMMAND_WORDS = 4;

/**
 * The command queue (IHI 0070 3.5.1, 4.1): a ring of 16-byte commands in memory at CMDQ_BASE. Software writes at
 * CMDQ_PROD, the SMMU executes in order and moves CMDQ_CONS. Every command is complete when it is consumed, which the
 * architecture allows: it promises completion only at the next CMD_SYNC (4.7.3).
 */
export class CommandQueue {
  readonly #registers: RegisterFile;
  readonly #memory: PhysicalMemory;
  readonly #sev: boolean;
  readonly #hooks: CommandHooks;
  readonly #journal: Journal;
  readonly #unit: CommandUnit;
  readonly #words = new Int32Array(COMMAND_WORDS);
  #running = false;

  constructor(
    registers: RegisterFile,
    memory: PhysicalMemory,
    features: Features,
    maintenance: CacheMaintenance,
    hooks: CommandHooks = {},
    journal: Journal = SILENT,
  ) {
    this.#registers = registers;
    this.#memory = memory;
    this.#sev = features.sev;
    this.#hooks = hooks;
    this.#journal = journal;
    const caches = registers.choices['command.completion'] === 'sync' ? new DeferredMaintenance(maintenance) : maintenance;
    this.#unit = new CommandUnit(registers, features, caches, hooks);
  }

  /**
   * Executes commands until the queue is empty, disabled or stopped by an error. To be called when PROD moved, CMDQEN
   * became 1 or CMDQ_ERR was acknowledged. A call from within (an interrupt handler that writes CMDQ_PROD) returns at
   * once: the outer call sees the new PROD.
   */
  consume(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#ready() && this.#step()) continue;
    } finally {
      this.#running = false;
    }
  }

  #ready(): boolean {
    const { cmdq, commandQueueEnabled } = this.#registers;
    return commandQueueEnabled && !cmdq.empty && cmdq.usable && !this.#registers.errorActive('CMDQ_ERR');
  }

  /** Fetches and executes the command at CONS; false when it stopped the queue. */
  #step(): boolean {
    const { cmdq } = this.#registers;
    const lo = cmdq.slotLo(cmdq.cons);
    const cerror = this.#fetch(cmdq.baseHi, lo) ? this.#execute() : CERROR.ABT;
    this.#journal.command(cmdq.baseHi, lo, this.#words, cerror);
    if (cerror !== CERROR.NONE) {
      // 7.1: CONS.RD stays at the command.
      this.#registers.stopCommandQueue(cerror);
      return false;
    }
    const wasFull = cmdq.full;
    cmdq.advance();
    if (wasFull && this.#sev) this.#hooks.sev?.();
    // 4.7.3: a CMD_SYNC signals only after CONS has passed it.
    this.#unit.passed();
    return true;
  }

  #execute(): number {
    this.#hooks.begins?.(this.#words);
    return this.#unit.execute(this.#words);
  }

  #fetch(hi: number, lo: number): boolean {
    const words = this.#words.fill(0);
    for (let word = 0; word < COMMAND_WORDS; word += 2) {
      if (!this.#memory.load(hi, lo + word * 4)) return false;
      words[word] = this.#memory.lo;
      words[word + 1] = this.#memory.hi;
    }
    return true;
  }

  /** The commands that the SMMU has not consumed, oldest first; empty when the ring is not in memory. */
  entries(): Uint32Array[] {
    return pendingRecords(this.#registers.cmdq, this.#memory, COMMAND_WORDS);
  }

  /** The `limit` newest slots before CMDQ_PROD, consumed or not, oldest first. */
  newest(limit: number): Uint32Array[] {
    return newestRecords(this.#registers.cmdq, this.#memory, COMMAND_WORDS, limit);
  }

  view(): QueueView {
    return queueView(this.#registers.cmdq, this.#registers.commandQueueEnabled, this.#registers.errorActive('CMDQ_ERR'));
  }
}
