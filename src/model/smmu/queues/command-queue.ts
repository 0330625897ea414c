import type { PhysicalMemory } from '../../memory/physical-memory.ts';
import type { Features } from '../../spec/features.ts';
import type { CacheMaintenance } from '../cache-maintenance.ts';
import { CERROR } from '../../spec/commands.ts';
import { WAKE_UP } from '../../trace/record.ts';
import type { CommandHooks } from '../commands/command.ts';
import { DeferredMaintenance } from '../commands/deferred-maintenance.ts';
import { CommandUnit } from '../commands/command-unit.ts';
import { SILENT } from '../journal.ts';
import type { Journal } from '../journal.ts';
import type { RegisterFile } from '../registers/register-file.ts';
import type { QueueRegisters } from '../registers/queue-registers.ts';
import type { CommandSource } from './command-source.ts';
import { newestRecords, pendingRecords, queueView } from './queue-view.ts';
import type { QueueView } from './queue-view.ts';

const COMMAND_WORDS = 4;

/**
 * A command queue (IHI 0070 3.5.1, 3.5.6, 4.1): a ring of 16-byte commands in memory at CMDQ_BASE, or at the base of an enhanced
 * command queue. Software writes at PROD, the SMMU executes in order and moves CONS. Every command is complete when it is consumed,
 * which the architecture allows: it promises completion only at the next CMD_SYNC (4.7.3), and only of the same queue.
 */
export class CommandQueue {
  private readonly source: CommandSource;
  private readonly memory: PhysicalMemory;
  private readonly sev: boolean;
  private readonly hooks: CommandHooks;
  private readonly journal: Journal;
  private readonly unit: CommandUnit;
  private readonly words = new Int32Array(COMMAND_WORDS);
  private running = false;

  constructor(
    source: CommandSource,
    registers: RegisterFile,
    memory: PhysicalMemory,
    features: Features,
    maintenance: CacheMaintenance,
    hooks: CommandHooks = {},
    journal: Journal = SILENT,
  ) {
    this.source = source;
    this.memory = memory;
    this.sev = features.sev;
    this.hooks = hooks;
    this.journal = journal;
    const caches = registers.choices['command.completion'] === 'sync' ? new DeferredMaintenance(maintenance) : maintenance;
    this.unit = new CommandUnit(registers, features, caches, hooks);
  }

  /**
   * Executes commands until the queue is empty, disabled or stopped by an error. To be called when PROD moved, the queue
   * was enabled or its error acknowledged. A call from within (an interrupt handler that writes PROD) returns at once: the
   * outer call sees the new PROD.
   */
  consume(): void {
    if (this.running) return;
    this.running = true;
    try {
      while (this.#ready() && this.#step()) continue;
    } finally {
      this.running = false;
    }
  }

  #ready(): boolean {
    const { queue, enabled } = this.source;
    return enabled && !queue.empty && queue.usable && !this.source.stopped;
  }

  /** Fetches and executes the command at CONS; false when it stopped the queue. */
  #step(): boolean {
    const { queue, number } = this.source;
    const lo = queue.slotLo(queue.cons);
    const cerror = this.#fetch(queue.baseHi, lo) ? this.#execute() : CERROR.ABT;
    this.journal.command(queue.baseHi, lo, this.words, cerror, number);
    if (cerror !== CERROR.NONE) {
      // 7.1: CONS.RD stays at the command.
      this.source.stop(cerror);
      return false;
    }
    const wasFull = queue.full;
    queue.advance();
    if (wasFull && this.sev) this.hooks.sev?.(WAKE_UP.ROOM);
    // 4.7.3: a CMD_SYNC signals only after CONS has passed it.
    this.unit.passed();
    return true;
  }

  #execute(): number {
    this.hooks.begins?.(this.words);
    return this.unit.execute(this.words);
  }

  #fetch(hi: number, lo: number): boolean {
    const words = this.words.fill(0);
    for (let word = 0; word < COMMAND_WORDS; word += 2) {
      if (!this.memory.load(hi, lo + word * 4)) return false;
      words[word] = this.memory.lo;
      words[word + 1] = this.memory.hi;
    }
    return true;
  }

  /** The commands that the SMMU has not consumed, oldest first; empty when the ring is not in memory. */
  entries(): Uint32Array[] {
    return pendingRecords(this.source.queue, this.memory, COMMAND_WORDS);
  }

  /** The `limit` newest slots before PROD, consumed or not, oldest first. */
  newest(limit: number): Uint32Array[] {
    return newestRecords(this.source.queue, this.memory, COMMAND_WORDS, limit);
  }

  /** The ring as its registers describe it. */
  get ring(): QueueRegisters {
    return this.source.queue;
  }

  view(): QueueView {
    return queueView(this.source.queue, this.source.enabled, this.source.stopped);
  }
}
