import { CERROR } from '../../spec/commands.ts';
import { RETRY, TERMINATE_ABORT, TERMINATE_RAZ_WI } from '../stall/stalled.ts';
import type { CommandHandler } from './command.ts';
import { commandField } from './command-field.ts';

const resumeStream = commandField('CMD_RESUME', 'StreamID');
const retries = commandField('CMD_RESUME', 'Ac');
const aborts = commandField('CMD_RESUME', 'Ab');
const stagOf = commandField('CMD_RESUME', 'STAG');
const terminateStream = commandField('CMD_STALL_TERM', 'StreamID');

/**
 * CMD_RESUME (IHI 0070 4.7.1): Ac retries; else Ab chooses how the transaction ends, which without RAZ/WI (TERM_MODEL)
 * is an abort. A STAG or StreamID with nothing outstanding is no error.
 */
const resume: CommandHandler = (words, { features, hooks }) => {
  const terminate = features.termModel || aborts(words, 0) === 1 ? TERMINATE_ABORT : TERMINATE_RAZ_WI;
  hooks.stalls?.resume(resumeStream(words, 0) | 0, stagOf(words, 0), retries(words, 0) === 1 ? RETRY : terminate);
  return CERROR.NONE;
};

/** CMD_STALL_TERM (4.7.2): everything that is stalled of the stream aborts. */
const stallTerm: CommandHandler = (words, { hooks }) => {
  hooks.stalls?.terminate(terminateStream(words, 0) | 0);
  return CERROR.NONE;
};

export const STALL: Readonly<Record<string, CommandHandler>> = { CMD_RESUME: resume, CMD_STALL_TERM: stallTerm };
