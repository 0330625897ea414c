import { fromWords } from '../../base/address.ts';
import { CERROR } from '../../spec/commands.ts';
import { accessor, addressHi, addressLo } from '../../spec/layout.ts';
import { commandField, commandRecord } from './command-field.ts';
import type { CommandContext, CommandHandler } from './command.ts';

const pageSize = 12n;
const size = commandField('CMD_PREFETCH_ADDR', 'Size');
const stride = commandField('CMD_PREFETCH_ADDR', 'Stride');
const addressOfHi = addressHi(commandRecord('CMD_PREFETCH_ADDR'), 'Address');
const addressOfLo = addressLo(commandRecord('CMD_PREFETCH_ADDR'), 'Address');

/** Both have the same fields for the stream. */
const sid = commandField('CMD_PREFETCH_CONFIG', 'StreamID');
const ssv = accessor(commandRecord('CMD_PREFETCH_CONFIG'), 'SSV');
const ssid = commandField('CMD_PREFETCH_CONFIG', 'SubstreamID');

/** A hint has no effect while SMMUEN is 0 (IHI 0070 6.3.9.6). */
function hint(words: Int32Array, context: CommandContext, pages: number, address: bigint, distance: bigint): number {
  if (!context.registers.smmuEnabled) return CERROR.NONE;
  context.hint = { sid: sid(words, 0) | 0, ssidKey: ssv(words, 0) === 1 ? ssid(words, 0) + 1 : 0, pages, address, distance };
  return CERROR.NONE;
}

/** CMD_PREFETCH_CONFIG (4.2.1). */
const prefetchConfig: CommandHandler = (words, context) => hint(words, context, 0, 0n, 0n);

/** CMD_PREFETCH_ADDR (4.2.2): 2^Size addresses, 2^(12 + Stride) bytes apart. */
const prefetchAddr: CommandHandler = (words, context) =>
  hint(words, context, 2 ** size(words, 0), fromWords(addressOfHi(words, 0), addressOfLo(words, 0)), 1n << (pageSize + BigInt(stride(words, 0))));

/** CMD_PREFETCH_*: hints, never an error and never an event (4.1.3, 4.2), whatever the stream is like. */
export const PREFETCH: Readonly<Record<string, CommandHandler>> = { CMD_PREFETCH_CONFIG: prefetchConfig, CMD_PREFETCH_ADDR: prefetchAddr };
