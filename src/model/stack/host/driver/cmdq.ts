/**
 * The driver's side of the command queue (d.3): commands are written in memory, CMDQ_PROD is published once for a run,
 * a CMD_SYNC at its end makes it complete. Errors that stop the queue are handled by `onError`, as the interrupt would.
 */
import type { RegisterPort } from '../../../smmu/register-port.ts';
import { ERRNO } from '../../errno.ts';
import type { StackJournal } from '../../journal.ts';
import { describeCommand, sync } from './commands.ts';
import { hex32 } from './kernel-log.ts';
import { wordsData } from './words-data.ts';
import type { DriverChoices, DriverMemory } from './choices.ts';
import type { CommandWords } from './types.ts';

/** CMDQ_BATCH_ENTRIES: a batch that is full is issued without CMD_SYNC. */
export const BATCH_ENTRIES = 64;

const COMMAND_BYTES = 16n;

/** Attempts at a command that cannot be fetched before the wait for CMD_SYNC times out. */
const RETRIES = 4;

export interface CommandQueueOptions {
  readonly base: bigint;
  /** log2 of the number of entries. */
  readonly shift: number;
  readonly msiPolling: boolean;
  readonly registers: RegisterPort;
  readonly memory: DriverMemory;
  readonly journal: StackJournal;
  readonly choices: DriverChoices;
  readonly print: (text: string) => void;
  /** The handler of global errors; false: none is active. */
  readonly onError: () => boolean;
}

export class CommandQueue {
  readonly base: bigint;
  readonly shift: number;
  private readonly options: CommandQueueOptions;
  private _busy = false;

  constructor(options: CommandQueueOptions) {
    this.base = options.base;
    this.shift = options.shift;
    this.options = options;
  }

  /** One command, not waited for. */
  issue(words: CommandWords): number {
    return this.#issueList([words], false);
  }

  /** One command and its CMD_SYNC. */
  issueSync(words: CommandWords): number {
    return this.#issueList([words], true);
  }

  /** A batch: runs of BATCH_ENTRIES, the last one with the CMD_SYNC. */
  submit(batch: readonly CommandWords[]): number {
    let result = 0;
    let from = 0;
    while (batch.length - from > BATCH_ENTRIES) {
      result = this.#issueList(batch.slice(from, from + BATCH_ENTRIES), false) || result;
      from += BATCH_ENTRIES;
    }
    return this.#issueList(batch.slice(from), true) || result;
  }

  /** A run that ends with its CMD_SYNC, whatever its length (as the user commands of c.5 are issued). */
  run(commands: readonly CommandWords[]): number {
    return this.#issueList(commands, true);
  }

  /** Address of the slot at an index with its wrap bit. */
  slot(index: number): bigint {
    return this.base + BigInt(index & ((1 << this.shift) - 1)) * COMMAND_BYTES;
  }

  /** A run is under way: its errors are its own to handle. */
  get busy(): boolean {
    return this._busy;
  }

  get #indexMask(): number {
    return 2 ** (this.shift + 1) - 1;
  }

  #prod(): number {
    return Number(this.options.registers.read('CMDQ_PROD')) & this.#indexMask;
  }

  #cons(): number {
    return Number(this.options.registers.read('CMDQ_CONS')) & this.#indexMask;
  }

  #issueList(commands: readonly CommandWords[], withSync: boolean): number {
    const needed = commands.length + (withSync ? 1 : 0);
    let prod = this.#prod();
    const used = (prod - this.#cons()) & this.#indexMask;
    if (used + needed > 2 ** this.shift) {
      this.options.print('CMDQ timeout');
      return -ERRNO.ETIMEDOUT;
    }
    for (const words of commands) prod = this.#write(prod, words);
    const syncAt = prod;
    if (withSync) prod = this.#write(prod, sync(this.options.msiPolling ? this.slot(prod) : null));
    this._busy = true;
    this.options.registers.write('CMDQ_PROD', BigInt(prod));
    this.#handleErrors();
    this._busy = false;
    return withSync ? this.#awaitSync(syncAt, prod) : 0;
  }

  #write(prod: number, words: CommandWords): number {
    const { memory, journal, choices } = this.options;
    const slot = this.slot(prod);
    memory.write64(slot, words[0]);
    memory.write64(slot + 8n, words[1]);
    const { name, fields } = describeCommand(words);
    journal.record(choices.hop, name, fields, { data: wordsData('command', words) });
    return (prod + 1) & this.#indexMask;
  }

  /** Until no error is active; a fetch that aborts again and again is left to the timeout. */
  #handleErrors(): void {
    let cons = this.#cons();
    for (let tries = 0; tries < RETRIES && this.options.onError(); tries++) {
      if (this.#cons() !== cons) tries = 0;
      cons = this.#cons();
    }
  }

  #awaitSync(syncAt: number, prod: number): number {
    const { registers, memory, msiPolling, print } = this.options;
    // arm_smmu_cmdq_poll_until_msi(): the MSI of the CMD_SYNC writes 0 over its own first word.
    const complete = msiPolling ? ((memory.read64(this.slot(syncAt)) ?? 1n) & 0xffff_ffffn) === 0n : this.#cons() === prod;
    if (complete) return 0;
    const hardware = `hwprod ${hex32(Number(registers.read('CMDQ_PROD')))}, hwcons ${hex32(Number(registers.read('CMDQ_CONS')))}`;
    print(`CMD_SYNC timeout at ${hex32(syncAt)} [${hardware}]`);
    return -ERRNO.ETIMEDOUT;
  }
}
