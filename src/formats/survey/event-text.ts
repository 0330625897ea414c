/** Events of a queue, and what became of their cause, for people and as JSON. */
import { hex } from '../../model/base/address.ts';
import type { SurveyedEvent } from '../../model/survey/events.ts';
import { wordText } from '../words/decoded.ts';

export interface EventJson {
  readonly slot: number;
  readonly pending: boolean;
  readonly words: string[];
  readonly type: string | null;
  readonly sid: number | null;
  readonly ssid: number | null;
  readonly iova: string | null;
  readonly access: 'read' | 'write' | 'execute' | null;
  readonly privileged: boolean;
  /** What the same access does now: `same` event, `other` event, `none`: no fault; null: the record tells of no access. */
  readonly now: 'same' | 'other' | 'none' | null;
  /** In words, with the rule that decides. */
  readonly text: string;
  readonly rule: string | null;
  /** PA of the structure that decides. */
  readonly cause: string | null;
}

const wordsOf = (words: Uint32Array): string[] => Array.from({ length: words.length / 2 }, (_, at) => wordText((BigInt(words[2 * at + 1]!) << 32n) | BigInt(words[2 * at]!)));

const STRUCTURES: Readonly<Record<number, string>> = { 0: 'structure', 1: 'stage 1 descriptor', 2: 'stage 2 descriptor' };

function nowText({ name, now }: SurveyedEvent): string {
  if (now === null) return name === null ? 'no event of the architecture' : 'tells of no access';
  const { verdict, outcome, cause } = now;
  const where = cause === null ? '' : `, decided by the ${STRUCTURES[cause.level === null ? 0 : cause.stage] ?? 'structure'} at PA ${hex(cause.pa)}`;
  if (verdict === 'same') return `would fault still${where}`;
  if (verdict === 'other') return `would fault as ${outcome.fault?.name ?? 'another event'} now${where}`;
  return outcome.pa === undefined ? `would give ${outcome.status} now${where}` : `would not fault any more: PA ${hex(outcome.pa)}${where}`;
}

export function eventJson(event: SurveyedEvent): EventJson {
  const { slot, pending, words, name, access, hasAddress, now } = event;
  return {
    slot,
    pending,
    words: wordsOf(words),
    type: name,
    sid: access?.sid ?? null,
    ssid: access?.ssid ?? null,
    iova: access === null || !hasAddress ? null : hex(access.iova),
    access: access === null || !hasAddress ? null : access.access,
    privileged: access?.privileged ?? false,
    now: now?.verdict ?? null,
    text: nowText(event),
    rule: now?.outcome.fault?.rule ?? null,
    cause: now?.cause == null ? null : hex(now.cause.pa),
  };
}

export function eventLine(event: SurveyedEvent): string {
  const { slot, pending, type, sid, ssid, iova, access, text, rule } = eventJson(event);
  const who = sid === null ? '' : ` StreamID ${hex(sid)}${ssid === null ? '' : `, SubstreamID ${hex(ssid)}`}`;
  const what = iova === null ? '' : `, ${access} of IOVA ${iova}`;
  return `  ${String(slot).padStart(5)} ${pending ? 'waiting' : 'taken  '}  ${type ?? 'not understood'}${who}${what}: ${text}${rule === null ? '' : `  [${rule}]`}\n`;
}
