import { CERROR } from '../../spec/commands.ts';
import type { CommandContext, CommandHandler } from './command.ts';
import { commandField } from './command-field.ts';

/**
 * CMD_CFGI_*: forgets cached configuration (IHI 0070 4.3). A StreamID or SubstreamID out of range is no error
 * (4.1.3): it names nothing that could be cached.
 */

/** Bits of an id that there are; null: it names nothing (4.1.3). */
function named(id: number, bits: number, { registers, hooks }: CommandContext): number | null {
  if (bits >= 32 || id < 2 ** bits) return id;
  hooks.misuse?.('command-out-of-range');
  return registers.choices['command.out-of-range'] === 'truncated' ? id % 2 ** bits : null;
}

const steStreamId = commandField('CMD_CFGI_STE', 'StreamID');
const steLeaf = commandField('CMD_CFGI_STE', 'Leaf');

const cfgiSte: CommandHandler = (words, context) => {
  const sid = named(steStreamId(words, 0), context.features.sidSize, context);
  if (sid !== null) context.maintenance.cfgiSte(sid, steLeaf(words, 0) === 1);
  return CERROR.NONE;
};

const rangeStreamId = commandField('CMD_CFGI_STE_RANGE', 'StreamID');
const rangeRange = commandField('CMD_CFGI_STE_RANGE', 'Range');

/** Range 31 is CMD_CFGI_ALL: the StreamID does not matter then (4.3.2). */
const cfgiSteRange: CommandHandler = (words, { maintenance }) => {
  maintenance.cfgiSteRange(rangeStreamId(words, 0), rangeRange(words, 0));
  return CERROR.NONE;
};

const cdStreamId = commandField('CMD_CFGI_CD', 'StreamID');
const cdSubstreamId = commandField('CMD_CFGI_CD', 'SubstreamID');
const cdLeaf = commandField('CMD_CFGI_CD', 'Leaf');

/** SSV is not used: a single CD is the one at index 0 (4.3.3), and without substreams there is no other. */
const cfgiCd: CommandHandler = (words, context) => {
  const { features, maintenance } = context;
  const sid = named(cdStreamId(words, 0), features.sidSize, context);
  const ssid = features.ssidSize === 0 ? 0 : named(cdSubstreamId(words, 0), features.ssidSize, context);
  if (sid !== null && ssid !== null) maintenance.cfgiCd(sid, ssid, cdLeaf(words, 0) === 1);
  return CERROR.NONE;
};

const cdAllStreamId = commandField('CMD_CFGI_CD_ALL', 'StreamID');

const cfgiCdAll: CommandHandler = (words, context) => {
  const sid = named(cdAllStreamId(words, 0), context.features.sidSize, context);
  if (sid !== null) context.maintenance.cfgiCdAll(sid);
  return CERROR.NONE;
};

/** The model caches no virtual-machine structure (VMS): there is nothing to forget. */
const cfgiVmsPidm: CommandHandler = () => CERROR.NONE;

export const CFGI: Readonly<Record<string, CommandHandler>> = {
  CMD_CFGI_STE: cfgiSte,
  CMD_CFGI_STE_RANGE: cfgiSteRange,
  CMD_CFGI_CD: cfgiCd,
  CMD_CFGI_CD_ALL: cfgiCdAll,
  CMD_CFGI_VMS_PIDM: cfgiVmsPidm,
};
