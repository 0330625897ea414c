/** What an event of a Chrome trace is called: short, and the same for what is alike, since viewers add up by name. */
import { hex } from '../../model/base/address.ts';
import { commandName, eventName } from '../../model/spec/index.ts';
import { errnoText } from '../../model/stack/errno.ts';
import { parseHop } from '../../model/trace/hop.ts';
import { registerText } from '../../model/trace/queue-text.ts';
import { CACHE_NAMES, PURPOSE, TRANSACTION, VERDICT } from '../../model/trace/record.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import { accessOf } from '../trace/access.ts';

function transactionName(record: TraceRecord): string {
  const what = record.type === TRANSACTION.ATS_REQUEST ? 'ATS request' : record.type === TRANSACTION.PREFETCH ? 'prefetch' : accessOf(record);
  return `${what} ${hex(record.address)}`;
}

const stageName = ({ stage, level }: TraceRecord): string => [...(stage === 0 ? [] : [` S${stage}`]), ...(level === null ? [] : [` L${level}`])].join('');

export function recordName(record: TraceRecord): string {
  const { kind, payload, verdict, purpose } = record;
  switch (kind) {
    case 'TXN':
    case 'TXN_BEGIN':
      return transactionName(record);
    case 'COMMAND':
      return commandName(payload[0]! & 0xff);
    case 'EVENT':
    case 'FAULT':
      return `${kind === 'FAULT' ? 'fault ' : ''}${eventName(payload[0]! & 0xff)}`;
    case 'LOOKUP':
      return `${CACHE_NAMES[payload[0]!] ?? 'cache'} ${verdict === VERDICT.HIT ? 'hit' : 'miss'}`;
    case 'FILL':
      return `${CACHE_NAMES[payload[0]!] ?? 'cache'} fill`;
    case 'READ':
      return `read${record.stage === 0 ? (purpose === PURPOSE.STE ? ' L1STD' : ' L1CD') : stageName(record)}`;
    case 'READ_STRUCT':
      return `read ${purpose === PURPOSE.STE ? 'STE' : 'CD'}`;
    case 'WALK':
      return `walk${stageName(record)}`;
    case 'REG_READ':
      return `read ${registerText(record.address)}`;
    case 'REG_WRITE':
      return `write ${registerText(record.address)}`;
    case 'STEP':
      return `step ${payload[0]! + 1}`;
    default:
      return kind;
  }
}

export type EventArgs = Readonly<Record<string, string | number>>;

/** What a hop did, what it was about and what it answered; of a trace that is not whole the text may be cut. */
export function hopContents({ payload }: TraceRecord, text: string): { readonly name: string; readonly args: EventArgs } {
  const [, path, result, hasResult] = payload;
  const ends = { ...(hasResult === 1 ? { answer: errnoText(result! | 0) } : {}), path: path! };
  try {
    const { action, detail, dropped } = parseHop(text);
    return { name: action, args: { ...Object.fromEntries(detail), ...(dropped === null ? {} : { dropped }), ...ends } };
  } catch {
    return { name: 'HOP', args: { ...(text === '' ? {} : { text }), ...ends } };
  }
}
