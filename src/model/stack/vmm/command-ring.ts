import { fromWords } from '../../base/address.ts';
import { CERROR } from '../../spec/commands.ts';
import { nextIndex, isEmpty } from '../../smmu/queues/queue-index.ts';
import type { RegisterFile } from '../../smmu/registers/register-file.ts';
import { readWords } from './guest-memory.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { HostSide } from './guest-side.ts';

const COMMAND_WORDS = 4;

/**
 * The guest's command queue, in the guest's memory (IHI 0070 3.5.1, 4.1). A write of CMDQ_PROD traps to the VMM, which
 * consumes what is there before the guest goes on, so a command is complete when CMDQ_CONS has passed it.
 */
export class CommandRing {
  private readonly registers: RegisterFile;
  private readonly memory: GuestMemory;
  private readonly host: HostSide;
  private running = false;

  constructor(registers: RegisterFile, memory: GuestMemory, host: HostSide) {
    this.registers = registers;
    this.memory = memory;
    this.host = host;
  }

  /** Consumes commands until the queue is empty, disabled or stopped. From within (an interrupt handler): returns at once. */
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
    const { cmdq, commandQueueEnabled } = this.registers;
    return commandQueueEnabled && !cmdq.empty && cmdq.consistent && !this.registers.errorActive('CMDQ_ERR');
  }

  /** One go; false when it stopped the queue. */
  #step(): boolean {
    const commands = this.#gather();
    if (commands.length === 0) return this.#stop(CERROR.ABT);
    const { handled, cerror, interrupt = false } = this.host.execute(commands);
    for (let i = 0; i < handled; i++) this.registers.cmdq.advance();
    // 4.7.3: a CMD_SYNC signals after CONS has passed it.
    if (interrupt) this.registers.signal('CMD_SYNC');
    return cerror === CERROR.NONE || this.#stop(cerror);
  }

  #stop(cerror: number): false {
    this.registers.stopCommandQueue(cerror);
    return false;
  }

  /** The command at CONS and those behind it that may go with it; none when CONS points outside the guest's RAM. */
  #gather(): Int32Array[] {
    const { cmdq } = this.registers;
    const commands: Int32Array[] = [];
    for (let index = cmdq.cons; commands.length < this.host.batch; index = nextIndex(index, cmdq.log2Size)) {
      if (isEmpty(cmdq.prod, index, cmdq.log2Size)) break;
      const command = readWords(this.memory, fromWords(cmdq.baseHi, cmdq.slotLo(index)), COMMAND_WORDS);
      if (command === null) break;
      if (!this.host.joins(command)) return commands.length === 0 ? [command] : commands;
      commands.push(command);
    }
    return commands;
  }
}
