import { CERROR } from '../../spec/commands.ts';
import type { CommandHandler } from './command.ts';

/**
 * CMD_RESUME and CMD_STALL_TERM end stalled transactions (IHI 0070 4.7.1, 4.7.2). No transaction of this model waits,
 * and a STAG or StreamID with nothing outstanding is no error.
 */
const nothingStalled: CommandHandler = () => CERROR.NONE;

export const STALL: Readonly<Record<string, CommandHandler>> = { CMD_RESUME: nothingStalled, CMD_STALL_TERM: nothingStalled };
