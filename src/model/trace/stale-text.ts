/** What a STALE record says, as a sentence. */
import { hex, hexWord } from '../base/address.ts';
import { eventName } from '../spec/index.ts';
import { RULES } from '../spec/rules/registry.ts';
import { commandText } from './queue-text.ts';
import { CACHE, CACHE_NAMES, FILLER_SHIFT, FILLERS, payload64, STALE, STATUS_NAMES } from './record.ts';
import type { TraceRecord } from './record.ts';

const STRUCTURES = ['L1STD', 'STE', 'L1CD', 'CD'] as const;
const AUTHORS = ['software', 'the host', 'the guest', 'a device', 'the SMMU'] as const;

const MUST = 1 << 16;
const BREAK_BEFORE_MAKE = 1 << 17;
const GLOBAL = 1 << 18;

const structureOf = ({ payload, stage, level }: TraceRecord): string =>
  STRUCTURES[payload[6]! & 0xff] ?? `stage ${stage} level ${level ?? '?'} descriptor`;

function keyText({ payload, sid, ssid, address }: TraceRecord): string {
  const [cache, , , tags, flags] = payload;
  if (cache === CACHE.CONFIG || cache === CACHE.STE) return `StreamID ${hex(sid)}${ssid === null ? '' : ` SubstreamID ${hex(ssid)}`}`;
  if (cache === CACHE.ATC) return `StreamID ${hex(sid)}${ssid === null ? '' : ` PASID ${hex(ssid)}`}, IOVA ${hex(address)}`;
  const space = cache === CACHE.S2_TLB || cache === CACHE.S2_WALK ? '' : (flags! & GLOBAL) !== 0 ? ', global' : `, ASID ${tags! >>> 16}`;
  return `VMID ${tags! & 0xffff}${space}, IOVA ${hex(address)}`;
}

function nowText(record: TraceRecord): string {
  const state = record.payload[4]!;
  const status = STATUS_NAMES[state & 15] ?? 'fault';
  if (status === 'fault') return eventName((state >>> 8) & 0xff);
  return status === 'abort' ? 'an abort' : `PA ${hex(payload64(record, 5))}`;
}

function entryText(record: TraceRecord): string {
  const { payload, rule } = record;
  const { section, doc } = RULES[rule]!;
  const state = payload[4]!;
  const filler = FILLERS[(state >>> FILLER_SHIFT) & 3] ?? null;
  const must = (state & MUST) === 0 ? ' It may stay: it only allows less.' : '';
  const order =
    (state & BREAK_BEFORE_MAKE) === 0 ? '' : ' A valid descriptor became another without a break before the make (IHI 0070 3.21.1).';
  return `stale: ${CACHE_NAMES[payload[0]!] ?? 'cache'} entry of ${keyText(record)}, filled by transaction ${payload[2]!}${filler === null ? '' : `, a ${filler}`}; a walk now gives ${nowText(record)}. ${doc.replace(/\.$/, '')} (IHI 0070 ${section}).${must}${order}`;
}

function wordText(record: TraceRecord): string {
  const { payload, address } = record;
  const seen = payload[7] === 1;
  const who = seen
    ? ` by ${AUTHORS[payload[6]! >>> 8] ?? 'software'}${payload[5] === 0 ? '' : `, step ${payload[5]!}`}, record ${payload[4]!}`
    : '';
  return `stale: ${structureOf(record)} at PA ${hex(address)} was ${hexWord(payload[1]!, payload[0]!)} and is ${hexWord(payload[3]!, payload[2]!)}${who === '' ? '' : `, changed${who}`}`;
}

export function staleText(record: TraceRecord): string {
  switch (record.verdict) {
    case STALE.ENTRY:
      return entryText(record);
    case STALE.WORD:
      return wordText(record);
    case STALE.COMMAND:
      return `stale: ${commandText(record.payload)} would ${record.rule === 0 ? 'do' : 'have removed it'}`;
    default:
      return wasteText(record);
  }
}

function wasteText({ payload }: TraceRecord): string {
  const [, , , , removed = 0, outOfDate = 0, others = 0] = payload;
  return wasteLine(commandText(payload), removed, outOfDate, others);
}

const areOutOfDate = (count: number): string => `${count} ${count === 1 ? 'is' : 'are'} out of date`;

/** A command that removed nothing, or far more than was out of date, as a line; the numbers as in a WASTE record. */
export const wasteLine = (command: string, removed: number, outOfDate: number, others: number): string =>
  removed === 0
    ? `missed: ${command} removed no cache entry, and ${areOutOfDate(others)}`
    : `wide: ${command} removed ${removed} cache entries, of which ${outOfDate} ${outOfDate === 1 ? 'was' : 'were'} out of date; ${others} would have done`;
