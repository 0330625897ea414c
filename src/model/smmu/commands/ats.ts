import { CERROR } from '../../spec/commands.ts';
import type { CommandHandler } from './command.ts';
import { commandField } from './command-field.ts';

/**
 * CMD_ATC_INV and CMD_PRI_RESP go to endpoints (IHI 0070 4.5). No endpoint behind this SMMU uses ATS, and both are
 * then consumed without effect. ATC_INV with a Size above 52 may be an error (4.1.3); it is none here.
 */
const atcInv: CommandHandler = () => CERROR.NONE;

const RESP_RESERVED = 3;
const respOf = commandField('CMD_PRI_RESP', 'Resp');

const priResp: CommandHandler = (words) => (respOf(words, 0) === RESP_RESERVED ? CERROR.ILL : CERROR.NONE);

export const ATS: Readonly<Record<string, CommandHandler>> = { CMD_ATC_INV: atcInv, CMD_PRI_RESP: priResp };
