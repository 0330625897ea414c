import { CERROR } from '../../spec/commands.ts';
import type { CommandHandler } from './command.ts';

/** CMD_PREFETCH_*: hints, never an event, and without effect while SMMUEN is 0 (IHI 0070 4.2, 6.3.9.6). */
const prefetch: CommandHandler = (words, { registers, hooks }) => {
  if (registers.smmuEnabled) hooks.prefetch?.(words);
  return CERROR.NONE;
};

export const PREFETCH: Readonly<Record<string, CommandHandler>> = { CMD_PREFETCH_CONFIG: prefetch, CMD_PREFETCH_ADDR: prefetch };
