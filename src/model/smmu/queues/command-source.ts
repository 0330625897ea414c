import type { QueueRegisters } from '../registers/queue-registers.ts';
import type { RegisterFile } from '../registers/register-file.ts';

/** A ring of commands as its registers describe it: the command queue, or an enhanced command queue. */
export interface CommandSource {
  readonly queue: QueueRegisters;
  /** 0 for the command queue, n + 1 for enhanced command queue n. */
  readonly number: number;
  readonly enabled: boolean;
  /** An error of this queue is not acknowledged: it consumes nothing (IHI 0070 7.1). */
  readonly stopped: boolean;
  /** Stops the queue at the command at CONS, for the reason of a CERROR code. */
  stop(cerror: number): void;
}

/** The queue of CMDQ_BASE, which CR0.CMDQEN enables and CMDQ_ERR stops. */
export function mainQueue(registers: RegisterFile): CommandSource {
  return {
    queue: registers.cmdq,
    number: 0,
    get enabled() {
      return registers.commandQueueEnabled;
    },
    get stopped() {
      return registers.errorActive('CMDQ_ERR');
    },
    stop: (cerror) => registers.stopCommandQueue(cerror),
  };
}
