import { fromWords } from '../../base/address.ts';
import { CERROR } from '../../spec/commands.ts';
import { PAGE_RESPONSE_NAMES } from '../../trace/record.ts';
import { addressHi, addressLo } from '../../spec/layout.ts';
import type { CommandHandler } from './command.ts';
import { commandField, commandRecord } from './command-field.ts';

/** CMD_ATC_INV and CMD_PRI_RESP go to endpoints (IHI 0070 4.5); both are ignored while SMMUEN is 0 (6.3.9.6). */

const ATC_INV = commandRecord('CMD_ATC_INV');
const atc = {
  sid: commandField('CMD_ATC_INV', 'StreamID'),
  ssv: commandField('CMD_ATC_INV', 'SSV'),
  ssid: commandField('CMD_ATC_INV', 'SubstreamID'),
  global: commandField('CMD_ATC_INV', 'Global'),
  size: commandField('CMD_ATC_INV', 'Size'),
  hi: addressHi(ATC_INV, 'Address'),
  lo: addressLo(ATC_INV, 'Address'),
};
/** Everything. */
const ALL = 52;

const atcInv: CommandHandler = (words, context) => {
  const size = atc.size(words, 0);
  if (size > ALL && context.registers.choices['atc-inv.size'] === 'CERROR_ILL') return CERROR.ILL;
  if (!context.registers.smmuEnabled) return CERROR.NONE;
  const withPasid = context.features.ssidSize > 0 && atc.ssv(words, 0) === 1;
  const answered = context.hooks.invalidate?.({
    sid: atc.sid(words, 0),
    ssid: withPasid ? atc.ssid(words, 0) : null,
    // 4.5.1: Global counts only with SSV.
    global: withPasid && atc.global(words, 0) === 1,
    iova: fromWords(atc.hi(words, 0), atc.lo(words, 0)),
    size: Math.min(size, ALL),
  });
  if (answered === false) context.atcTimeout = true;
  return CERROR.NONE;
};

const resp = {
  sid: commandField('CMD_PRI_RESP', 'StreamID'),
  ssv: commandField('CMD_PRI_RESP', 'SSV'),
  ssid: commandField('CMD_PRI_RESP', 'SubstreamID'),
  group: commandField('CMD_PRI_RESP', 'PRGIndex'),
  code: commandField('CMD_PRI_RESP', 'Resp'),
};

const priResp: CommandHandler = (words, { registers, features, hooks }) => {
  const code = PAGE_RESPONSE_NAMES[resp.code(words, 0)];
  if (code === undefined) return CERROR.ILL;
  if (!registers.smmuEnabled) return CERROR.NONE;
  const withPasid = features.ssidSize > 0 && resp.ssv(words, 0) === 1;
  hooks.respond?.({
    sid: resp.sid(words, 0),
    ssid: withPasid ? resp.ssid(words, 0) : null,
    group: resp.group(words, 0),
    code,
    automatic: false,
  });
  return CERROR.NONE;
};

export const ATS: Readonly<Record<string, CommandHandler>> = { CMD_ATC_INV: atcInv, CMD_PRI_RESP: priResp };
