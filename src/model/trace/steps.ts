import { hex, hexWord } from '../base/address.ts';
import { commandName, eventName, misuseOf } from '../spec/index.ts';
import { RULES } from '../spec/rules/registry.ts';
import { atcText, completionText, pageRequestText, pageResponseText, PPR_VERDICTS } from './ats-text.ts';
import { misuseText } from './misuse-text.ts';
import { atosText, commandText, eventText, registerText } from './queue-text.ts';
import { HOPS } from './hop.ts';
import {
  ATC_VERDICTS,
  CACHE,
  CACHE_NAMES,
  COMPLETION_NAMES,
  endsOf,
  PAGE_RESPONSE_NAMES,
  payload64,
  PURPOSE,
  RESPONSE_NAMES,
  SPACE,
  STALE,
  STATUS_NAMES,
  TRANSACTION,
  VERDICT,
  WAKE_UP,
} from './record.ts';
import type { TraceRecord } from './record.ts';
import { staleText } from './stale-text.ts';
import { describeDescriptor, describeUpdate } from './walk-view.ts';

/** One step behind a translation, as a sentence with what decided it. */
export interface TraceStep {
  readonly seq: number;
  readonly kind: string;
  readonly text: string;
  readonly rule: string | null;
  readonly section: string | null;
  readonly stage: number | null;
  readonly level: number | null;
  readonly address: string | null;
  readonly space: 'iova' | 'ipa' | 'pa' | null;
  /** 16 hex digits. */
  readonly word: string | null;
  readonly verdict: string;
}

export const SPACES = [null, 'iova', 'ipa', 'pa'] as const;
const FOR = ['', 'the STE', 'the CD', 'a stage 1 table', 'the access'] as const;
const EVENT_VERDICTS = [
  'written',
  'dropped: queue full',
  'dropped: queue disabled',
  'write aborted',
  'dropped: EVENTQ_ABT_ERR active',
  'merged with the last record',
] as const;
const ACTIONS = ['is retried', 'ends with an abort', 'ends as RAZ/WI'] as const;
const CAUSES = [
  'CMD_RESUME',
  'CMD_STALL_TERM',
  'SMMUEN became 0',
  'its event record can be written now',
  'the stall whose record told of it ended',
  'CMD_RESUME',
] as const;
const CERRORS = ['consumed', 'CERROR_ILL', 'CERROR_ABT', 'CERROR_ATC_INV_SYNC'] as const;
const INTERRUPTS = ['EVENTQ', 'PRIQ', 'CMD_SYNC', 'GERROR'] as const;

/** As an unsigned word: -1, no STAG. */
const NO_STAG = 0xffff_ffff;

const access = (record: TraceRecord): string =>
  `${record.pnu ? 'privileged' : 'unprivileged'} ${record.ind ? 'instruction' : 'data'} ${record.rnw ? 'read' : 'write'}`;

/** What arrives, and where. */
function arrivalText(record: TraceRecord): string {
  const address = hex(record.address);
  if (record.type === TRANSACTION.ATS_REQUEST) return `ATS translation request for IOVA ${address}`;
  if (record.type === TRANSACTION.PREFETCH) return record.payload[0] === 0 ? 'CMD_PREFETCH_CONFIG: configuration' : `CMD_PREFETCH_ADDR: IOVA ${address}`;
  return record.type === TRANSACTION.TRANSLATED ? `ATS Translated ${record.rnw ? 'read' : 'write'} at ${address}` : `${access(record)} at IOVA ${address}`;
}

/** Its verdict as a word. */
export function verdictOf(record: TraceRecord): string {
  switch (record.kind) {
    case 'TXN':
    case 'TXN_END':
      return STATUS_NAMES[record.verdict] ?? 'fault';
    case 'LOOKUP':
      return record.verdict === VERDICT.HIT ? 'hit' : 'miss';
    case 'EVENT':
      return EVENT_VERDICTS[record.verdict] ?? '';
    case 'MISUSE':
      return misuseOf(record.payload[0]!)?.id ?? '';
    case 'COMMAND':
      return CERRORS[record.verdict] ?? '';
    case 'STALE':
      return record.verdict === STALE.WASTE ? 'waste' : 'stale';
    case 'HOP':
      return record.verdict === 1 ? 'dropped' : 'ok';
    case 'ATS':
      return COMPLETION_NAMES[record.verdict] ?? '';
    case 'ATC':
      return ATC_VERDICTS[record.verdict] ?? '';
    case 'PPR':
      return PPR_VERDICTS[record.verdict] ?? '';
    case 'PRI_RESPONSE':
      return PAGE_RESPONSE_NAMES[record.verdict] ?? '';
    default:
      return record.verdict === VERDICT.FAULT ? 'fault' : 'ok';
  }
}

function walkText(record: TraceRecord): string {
  const address = hex(record.address);
  if (record.purpose === PURPOSE.TT)
    return `stage 1, level ${record.level ?? '?'}: the descriptor is at ${SPACES[record.space]?.toUpperCase() ?? ''} ${address}`;
  return `stage 2 translates IPA ${address}${record.purpose === PURPOSE.CD ? ' of the CD' : ', the output of stage 1'}`;
}

function readText(record: TraceRecord): string {
  const word = payload64(record, 0);
  const what =
    record.stage === 0
      ? record.purpose === PURPOSE.STE
        ? 'L1STD'
        : 'L1CD'
      : `stage ${record.stage} level ${record.level ?? '?'} descriptor ${record.payload[4]!}`;
  const target = record.stage === 0 ? '' : `: ${describeDescriptor(record.stage, record.level ?? 0, word)}`;
  const why = record.stage === 2 ? ` (for ${FOR[record.purpose] ?? ''})` : '';
  return `reads ${what} at PA ${hex(record.address)} = ${hexWord(record.payload[1]!, record.payload[0]!)}${target}${why}`;
}

/** What hardware wrote into a leaf, and for whose sake. */
function updateText(record: TraceRecord): string {
  const { stage, level, purpose, address } = record;
  const why = stage === 2 ? ` (for ${FOR[purpose] ?? ''})` : '';
  return `hardware makes the stage ${stage} level ${level ?? '?'} descriptor at PA ${hex(address)} ${describeUpdate(record)}: ${hex(payload64(record, 2))}${why}`;
}

/** SLOT.FLAGS: STE.PRIVCFG [21:20] and INSTCFG [23:22] after IDR1.ATTR_PERMS_OVR (config/slot.ts); 2 and 3 force. */
const PRIVCFG = ['', '', 'unprivileged', 'privileged'] as const;
const INSTCFG = ['', '', 'a data read', 'an instruction read'] as const;

/** What the STE makes of the access before anything is checked (5.2). */
function overrideText(record: TraceRecord): string {
  const flags = record.payload[2]!;
  const privilege = PRIVCFG[(flags >>> 20) & 3]!;
  const kind = record.rnw ? INSTCFG[(flags >>> 22) & 3]! : '';
  const made = [...(privilege === '' ? [] : [`${privilege} (STE.PRIVCFG)`]), ...(kind === '' ? [] : [`${kind} (STE.INSTCFG)`])];
  return made.length === 0 ? '' : `; the access counts as ${made.join(', as ')}`;
}

function cacheText(record: TraceRecord): string {
  const cache = record.payload[0]!;
  const name = CACHE_NAMES[cache] ?? 'cache';
  const key =
    cache === CACHE.CONFIG || cache === CACHE.STE
      ? `StreamID ${hex(record.sid)}`
      : `${record.space === SPACE.IPA ? 'IPA' : 'IOVA'} ${hex(record.address)}`;
  const made = cache === CACHE.CONFIG ? overrideText(record) : '';
  if (record.kind === 'FILL')
    return `${record.payload[1] === 0xffff_ffff ? `configuration of ${key} decoded, not kept: the cache is off` : `${name} keeps ${key}`}${made}`;
  if (record.verdict !== VERDICT.HIT) return `${name}: no entry for ${key}`;
  return `${name} hit for ${key}, filled by transaction ${record.payload[4]!}${made}`;
}

function endText(record: TraceRecord): string {
  const [status, event, , , shift, , reads, response] = record.payload;
  const result = STATUS_NAMES[status!] ?? 'fault';
  // Success without a size: a configuration was prefetched, and nothing translated.
  const where = (result === 'success' && shift !== 0) || result === 'bypass' ? ` PA ${hex(payload64(record, 2))}` : '';
  const size = result === 'success' && shift !== 0 ? `, ${hex(2n ** BigInt(shift!))} bytes translate alike` : '';
  const name = event === 0 ? '' : ` ${eventName(event!)}`;
  const told = record.type === TRANSACTION.PREFETCH ? 'nobody waits' : result === 'stalled' ? 'the device waits' : `the device sees ${RESPONSE_NAMES[response!] ?? 'an abort'}`;
  return `${result}${name}${where}${size}; ${reads!} reads; ${told}`;
}

/** What became of a command: an error, or what an invalidation found to remove. */
function consequence({ payload, verdict }: TraceRecord): string {
  if (verdict !== 0) return `: ${CERRORS[verdict] ?? 'not consumed'}`;
  const removed = payload[4]!;
  if (removed > 0) return `: removed ${removed} cache ${removed === 1 ? 'entry' : 'entries'}`;
  return /^CMD_(CFGI|TLBI)_/.test(commandName(payload[0]! & 0xff)) ? ': removed no cache entry' : '';
}

/** A descriptor or less as a number. */
function writtenValue(record: TraceRecord): string {
  const bytes = record.payload[0]!;
  if (bytes !== 4 && bytes !== 8) return '';
  return `: ${hex(bytes === 4 ? BigInt(record.payload[1]!) : payload64(record, 1))}`;
}

/** By Stalled.held: what software knows of the stall. */
function stallText({ payload }: TraceRecord): string {
  const [stag = 0, held = 0, leader = 0] = payload;
  if (leader > 0) return `stalls; the event record of transaction ${leader} tells of it too`;
  if (stag === NO_STAG) return 'stalls without a STAG: STALL_MAX transactions are recorded already';
  return `stalls with STAG ${hex(stag)}${held === 0 ? '' : '; its event record waits until the queue is writable'}`;
}

function resumeText({ payload, sid, transaction, verdict }: TraceRecord): string {
  const [stag = 0, action = 0, cause = 0] = payload;
  const name = stag === NO_STAG ? '' : ` STAG ${hex(stag)}`;
  if (verdict === VERDICT.MISS) return `CMD_RESUME: StreamID ${hex(sid)} has nothing stalled with STAG ${hex(stag)}`;
  return `transaction ${transaction}, stalled${name === '' ? '' : ` with${name}`}, ${ACTIONS[action] ?? ''}: ${CAUSES[cause] ?? ''}`;
}

/** The text in a HOP_DATA record: up to 32 characters. */
export const dataText = ({ payload }: TraceRecord): string =>
  Array.from({ length: 32 }, (_, i) => String.fromCharCode((payload[i >>> 2]! >>> ((i & 3) * 8)) & 0xff))
    .join('')
    .replace(/\0+$/, '');

function textOf(record: TraceRecord): string {
  const rule = RULES[record.rule];
  switch (record.kind) {
    case 'TXN_BEGIN':
      return `${arrivalText(record)} from StreamID ${hex(record.sid)}${record.ssid === null ? '' : ` SubstreamID ${hex(record.ssid)}`}${record.payload[1] === 0 ? '' : `, transaction ${record.payload[1]!} retried`}`;
    case 'TXN_END':
      return endText(record);
    case 'TXN':
      return endsOf(record).map(textOf).join(': ');
    case 'WALK':
      return walkText(record);
    case 'READ':
      return readText(record);
    case 'READ_STRUCT':
      return `reads ${record.purpose === PURPOSE.STE ? 'STE' : 'CD'} words ${record.level === 0 ? '0 to 3' : '4 to 7'} at PA ${hex(record.address)}`;
    case 'LOOKUP':
    case 'FILL':
      return cacheText(record);
    case 'FAULT':
      return `${eventName(record.payload[0]!)}${record.payload[1] === 1 ? '' : ', not recorded'}: ${rule?.doc ?? ''}`;
    case 'EVENT':
      return `event ${EVENT_VERDICTS[record.verdict] ?? ''}: ${eventText(record.payload)}`;
    case 'COMMAND':
      return `${commandText(record.payload)}${record.payload[5] === 0 ? '' : ` of ECMDQ ${record.payload[5]! - 1}`}${consequence(record)}`;
    case 'REG_WRITE':
      return `${registerText(record.address)} = ${hex(payload64(record, 0))}`;
    case 'REG_READ':
      return `${registerText(record.address)} reads ${hex(payload64(record, 0))}`;
    case 'MEM_WRITE':
      return `${record.payload[0]!} bytes written at PA ${hex(record.address)}${writtenValue(record)}`;
    case 'ATS':
      return completionText(record);
    case 'ATC':
      return atcText(record);
    case 'PPR':
      return pageRequestText(record);
    case 'PRI_RESPONSE':
      return pageResponseText(record);
    case 'IRQ':
      return `interrupt ${INTERRUPTS[record.payload[0]!] ?? ''}`;
    case 'SEV':
      return `wake-up event for processors in WFE: ${record.payload[0] === WAKE_UP.ROOM ? 'the full command queue has room' : 'CMD_SYNC is complete'}`;
    case 'UPDATE':
      return updateText(record);
    case 'MSI':
      return `MSI of ${INTERRUPTS[record.payload[0]!] ?? ''}: ${hex(record.payload[1]!)} ${record.verdict === VERDICT.FAULT ? 'refused' : 'written'} at PA ${hex(record.address)}`;
    case 'ATOS':
      return atosText(record);
    case 'MISUSE':
      return misuseText(record);
    case 'STALL':
      return stallText(record);
    case 'RESUME':
      return resumeText(record);
    case 'STEP':
      return `step ${record.payload[0]! + 1}`;
    case 'STALE':
      return staleText(record);
    case 'HOP':
      return `${HOPS[record.payload[0]!] ?? ''}, path ${record.payload[1]!}${record.payload[3] === 1 ? `, answer ${record.payload[2]! | 0}` : ''}`;
    case 'HOP_DATA':
      return dataText(record);
  }
}

/** The sentence for a record. */
export function stepOf(record: TraceRecord): TraceStep {
  const rule = record.rule === 0 ? undefined : RULES[record.rule];
  const space = SPACES[record.space] ?? null;
  return {
    seq: record.seq,
    kind: record.kind,
    text: textOf(record),
    rule: rule?.id ?? null,
    section: rule?.section ?? (record.kind === 'MISUSE' ? (misuseOf(record.payload[0]!)?.section ?? null) : null),
    stage: record.stage === 0 ? null : record.stage,
    level: record.kind === 'READ_STRUCT' ? null : record.level,
    address: space === null ? null : hex(record.address),
    space,
    word: record.kind === 'READ' ? hexWord(record.payload[1]!, record.payload[0]!) : null,
    verdict: verdictOf(record),
  };
}
