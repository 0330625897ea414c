import { CERROR } from '../../spec/commands.ts';
import type { CommandHandler, Completion } from './command.ts';
import { addressHi, addressLo } from '../../spec/layout.ts';
import { commandField, commandRecord } from './command-field.ts';

/** Completion signals by CS (IHI 0070 4.7.3). CS = 3 is reserved. */
const COMPLETIONS: readonly Completion[] = ['none', 'irq', 'sev'];

const signalOf = commandField('CMD_SYNC', 'CS');
const msiHi = addressHi(commandRecord('CMD_SYNC'), 'MSIAddress');
const msiLo = addressLo(commandRecord('CMD_SYNC'), 'MSIAddress');
const msiData = commandField('CMD_SYNC', 'MSIData');

/**
 * CMD_SYNC: everything before it is complete when it is consumed, which here is always so but for an ATC_INV that a device
 * did not answer. CS asks for a signal: an interrupt that IRQ_CTRL does not gate, by wire and, with an address, by MSI; or a
 * wake-up event, which without IDR0.SEV is no signal.
 */
const sync: CommandHandler = (words, context) => {
  const completion = COMPLETIONS[signalOf(words, 0)];
  if (completion === undefined) return context.registers.deviates['commands-ignored'] ? CERROR.NONE : CERROR.ILL;
  // 7.1: told here, once; the CMD_SYNC is executed again when software has acknowledged the error.
  if (context.atcTimeout) {
    context.atcTimeout = false;
    return CERROR.ATC_INV_SYNC;
  }
  context.complete();
  context.completion = completion;
  context.msiHi = msiHi(words, 0) | 0;
  context.msiLo = msiLo(words, 0) | 0;
  context.msiData = msiData(words, 0) | 0;
  return CERROR.NONE;
};

export const SYNC: Readonly<Record<string, CommandHandler>> = { CMD_SYNC: sync };
