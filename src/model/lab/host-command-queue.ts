/**
 * The host's side of the command queue (IHI 0070 3.5.1, 4.1): commands are written in memory at CMDQ_PROD, then the
 * register moves. After an error the host does what Linux does: the bad command becomes a CMD_SYNC and the error is
 * acknowledged, so that the queue goes on.
 */
import { hex } from '../base/address.ts';
import { assert } from '../base/assert.ts';
import { fail, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { PhysicalMemory } from '../memory/physical-memory.ts';
import { COMMANDS } from '../spec/index.ts';
import { recordBytes } from './configuration.ts';
import type { Fields } from './data.ts';

const COMMAND_BYTES = 16n;
const ERRORS: Readonly<Record<number, string>> = { 1: 'CERROR_ILL', 2: 'CERROR_ABT', 3: 'CERROR_ATC_INV_SYNC' };

/** A command and where it was put; `error` is the CERROR code that stopped the queue at it. */
export interface Issued {
  readonly command: string;
  readonly pa: bigint;
  readonly index: number;
  readonly error: 'none' | string;
}

/** The registers of one queue, as the host uses them. */
export interface QueuePort {
  /** The command queue, or which enhanced one. */
  readonly name: string;
  /** What to look at when it does not consume. */
  readonly running: string;
  /** WR. */
  prod(): bigint;
  /** RD with its wrap flag, and what may be above it. */
  cons(): bigint;
  produce(prod: bigint): void;
  /** The CERROR code that the queue is stopped for, or null. */
  error(): number | null;
  acknowledge(): void;
}

export class HostCommandQueue {
  readonly base: bigint;
  readonly log2size: number;
  private readonly port: QueuePort;
  private readonly memory: PhysicalMemory;

  constructor(base: bigint, log2size: number, port: QueuePort, memory: PhysicalMemory) {
    this.base = base;
    this.log2size = log2size;
    this.port = port;
    this.memory = memory;
  }

  /** Writes one command and lets the SMMU consume it; `acknowledge` false leaves a queue that stops as it is. */
  issue(command: string, fields: Fields, acknowledge = true): Result<Issued> {
    const definition = COMMANDS.byName.get(command);
    assert(definition !== undefined, `there is a command ${command}`);
    const prod = this.port.prod();
    if (this.#isFull(prod)) return fail('queue-full', `${this.port.name} is full and the SMMU does not consume it: ${this.port.running}`);
    const index = prod & (this.#entries - 1n);
    const pa = this.base + index * COMMAND_BYTES;
    if (!this.memory.writeBytes(pa, recordBytes(definition, fields))) return fail('outside-memory', `${this.port.name} at PA ${hex(pa)} lies outside memory`);
    this.port.produce((prod + 1n) % (this.#entries * 2n));
    return ok({ command, pa, index: Number(index), error: this.#takeError(acknowledge) });
  }

  get #entries(): bigint {
    return 1n << BigInt(this.log2size);
  }

  #isFull(prod: bigint): boolean {
    const cons = this.port.cons() & (this.#entries * 2n - 1n);
    return (prod ^ cons) === this.#entries;
  }

  /** The error that the queue is stopped for is named, the command at CONS replaced and the error acknowledged (IHI 0070 7.1, 4.1.3). */
  #takeError(acknowledge: boolean): string {
    const code = this.port.error();
    if (code === null) return 'none';
    if (acknowledge) {
      const sync = COMMANDS.byName.get('CMD_SYNC');
      assert(sync !== undefined, 'there is a CMD_SYNC');
      this.memory.writeBytes(this.base + (this.port.cons() & (this.#entries - 1n)) * COMMAND_BYTES, recordBytes(sync, {}));
      this.port.acknowledge();
    }
    return ERRORS[code] ?? `CERROR ${code}`;
  }
}
