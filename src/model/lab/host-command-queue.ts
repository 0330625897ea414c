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
import type { RegisterPort } from '../smmu/register-port.ts';

const COMMAND_BYTES = 16n;
const CMDQ_ERR = 1n;
const ERRORS: Readonly<Record<number, string>> = { 1: 'CERROR_ILL', 2: 'CERROR_ABT', 3: 'CERROR_ATC_INV_SYNC' };

/** A command and where it was put; `error` is the CERROR code that stopped the queue at it. */
export interface Issued {
  readonly command: string;
  readonly pa: bigint;
  readonly index: number;
  readonly error: 'none' | string;
}

export class HostCommandQueue {
  readonly base: bigint;
  readonly log2size: number;
  readonly #registers: RegisterPort;
  readonly #memory: PhysicalMemory;

  constructor(base: bigint, log2size: number, registers: RegisterPort, memory: PhysicalMemory) {
    this.base = base;
    this.log2size = log2size;
    this.#registers = registers;
    this.#memory = memory;
  }

  /** Writes one command and lets the SMMU consume it. */
  issue(command: string, fields: Fields): Result<Issued> {
    const definition = COMMANDS.byName.get(command);
    assert(definition !== undefined, `there is a command ${command}`);
    const prod = this.#registers.read('CMDQ_PROD');
    if (this.#isFull(prod)) return fail('queue-full', 'the command queue is full and the SMMU does not consume it: is CR0.CMDQEN set and GERROR.CMDQ_ERR clear?');
    const index = prod & (this.#entries - 1n);
    const pa = this.base + index * COMMAND_BYTES;
    if (!this.#memory.writeBytes(pa, recordBytes(definition, fields))) return fail('outside-memory', `the command queue at PA ${hex(pa)} lies outside memory`);
    this.#registers.write('CMDQ_PROD', (prod + 1n) % (this.#entries * 2n));
    return ok({ command, pa, index: Number(index), error: this.#takeError(pa) });
  }

  get #entries(): bigint {
    return 1n << BigInt(this.log2size);
  }

  #isFull(prod: bigint): boolean {
    const cons = this.#registers.read('CMDQ_CONS') & (this.#entries * 2n - 1n);
    return (prod ^ cons) === this.#entries;
  }

  /** An active CMDQ_ERR is named, the command replaced and the error acknowledged (IHI 0070 7.1, 4.1.3). */
  #takeError(pa: bigint): string {
    const active = this.#registers.read('GERROR') ^ this.#registers.read('GERRORN');
    if ((active & CMDQ_ERR) === 0n) return 'none';
    const code = Number((this.#registers.read('CMDQ_CONS') >> 24n) & 0x7fn);
    const sync = COMMANDS.byName.get('CMD_SYNC');
    assert(sync !== undefined, 'there is a CMD_SYNC');
    this.#memory.writeBytes(pa, recordBytes(sync, {}));
    this.#registers.write('GERRORN', this.#registers.read('GERRORN') ^ CMDQ_ERR);
    return ERRORS[code] ?? `CERROR ${code}`;
  }
}
