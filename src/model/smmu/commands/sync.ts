import { CERROR } from '../../spec/commands.ts';
import type { CommandHandler, Completion } from './command.ts';
import { commandField } from './command-field.ts';

/** Completion signals by CS (IHI 0070 4.7.3). CS = 3 is reserved. */
const COMPLETIONS: readonly Completion[] = ['none', 'irq', 'sev'];

const signalOf = commandField('CMD_SYNC', 'CS');

/**
 * CMD_SYNC: everything before it is complete when it is consumed, which here is always so. CS asks for a signal:
 * an interrupt that IRQ_CTRL does not gate, or a wake-up event, which without IDR0.SEV is no signal.
 */
const sync: CommandHandler = (words, context) => {
  const completion = COMPLETIONS[signalOf(words, 0)];
  if (completion === undefined) return context.registers.deviates['commands-ignored'] ? CERROR.NONE : CERROR.ILL;
  context.completion = completion;
  return CERROR.NONE;
};

export const SYNC: Readonly<Record<string, CommandHandler>> = { CMD_SYNC: sync };
