/** Events of a queue or of a log, and what became of their cause, for people and as JSON. */
import { hex } from '../../model/base/address.ts';
import { eventOf } from '../../model/lab/index.ts';
import type { EventBeside, SurveyedEvent } from '../../model/survey/events.ts';
import { wordText } from '../words/decoded.ts';

export interface BesideJson {
  readonly words: string[];
  readonly type: string | null;
  readonly sid: number | null;
  /** Whose StreamID it is, where firmware or the lab names it. */
  readonly device: string | null;
  readonly ssid: number | null;
  readonly iova: string | null;
  readonly access: 'read' | 'write' | 'execute' | null;
  readonly privileged: boolean;
  /** What the same access does now: `same` event, `other` event, `none`: no fault; null: the record tells of no access, or memory that decides was not captured. */
  readonly now: 'same' | 'other' | 'none' | null;
  /** In words, with the rule that decides. */
  readonly text: string;
  readonly rule: string | null;
  /** PA of the structure that decides, and what it is: `STE`, `stage 1 level 3 descriptor`. */
  readonly cause: string | null;
  readonly what: string | null;
}

export interface EventJson extends BesideJson {
  readonly slot: number;
  readonly pending: boolean;
}

/** An event that a log tells of. */
export interface LoggedEventJson extends BesideJson {
  /** 1-based. */
  readonly line: number;
}

/** What is known beside the SMMU itself. */
export interface EventSurroundings {
  nameOf(sid: number): string | null;
  /** The machine had memory there, but it was not captured. */
  isMissing(pa: bigint): boolean;
}

const wordsOf = (words: Uint32Array): string[] => Array.from({ length: words.length / 2 }, (_, at) => wordText((BigInt(words[2 * at + 1]!) << 32n) | BigInt(words[2 * at]!)));

/** Memory that the walk wanted and that was not captured; null: nothing is missing. */
function missingOf({ now }: EventBeside, { isMissing }: EventSurroundings): bigint | null {
  const fetched = now === null ? undefined : eventOf(now.outcome)?.values['FetchAddr'];
  return typeof fetched === 'bigint' && isMissing(fetched) ? fetched : null;
}

function nowText({ name, hasAddress, now }: EventBeside): string {
  if (now === null) return name === null ? 'no event of the architecture' : 'tells of no access';
  const { verdict, outcome, cause } = now;
  const where = cause === null ? '' : `, decided by the ${cause.what} at PA ${hex(cause.pa)}`;
  if (verdict === 'same') return `would fault still${where}`;
  if (verdict === 'other') return `would fault as ${outcome.fault?.name ?? 'another event'} now${where}`;
  if (!hasAddress) return `its configuration does not fault any more${where}`;
  return outcome.pa === undefined ? `would give ${outcome.status} now${where}` : `would not fault any more: PA ${hex(outcome.pa)}${where}`;
}

export function besideJson(event: EventBeside, surroundings: EventSurroundings): BesideJson {
  const { words, name, access, hasAddress, now } = event;
  const missing = missingOf(event, surroundings);
  return {
    words: wordsOf(words),
    type: name,
    sid: access?.sid ?? null,
    device: access === null ? null : surroundings.nameOf(access.sid),
    ssid: access?.ssid ?? null,
    iova: access === null || !hasAddress ? null : hex(access.iova),
    access: access === null || !hasAddress ? null : access.access,
    privileged: access?.privileged ?? false,
    now: missing === null ? (now?.verdict ?? null) : null,
    text: missing === null ? nowText(event) : `what it does now is not known: memory at PA ${hex(missing)} was not captured`,
    rule: missing === null && now !== null && now.verdict !== 'none' ? (now.outcome.fault?.rule ?? null) : null,
    cause: now?.cause == null ? null : hex(now.cause.pa),
    what: now?.cause?.what ?? null,
  };
}

export const eventJson = (event: SurveyedEvent, surroundings: EventSurroundings): EventJson => ({ slot: event.slot, pending: event.pending, ...besideJson(event, surroundings) });

function tellingOf({ type, sid, device, ssid, iova, access, text, rule }: BesideJson): string {
  const who = sid === null ? '' : ` StreamID ${hex(sid)}${device === null ? '' : ` (${device})`}${ssid === null ? '' : `, SubstreamID ${hex(ssid)}`}`;
  const what = iova === null ? '' : `, ${access} of IOVA ${iova}`;
  return `${type ?? 'not understood'}${who}${what}: ${text}${rule === null ? '' : `  [${rule}]`}\n`;
}

export const eventLine = (event: EventJson): string => `  ${String(event.slot).padStart(5)} ${event.pending ? 'waiting' : 'taken  '}  ${tellingOf(event)}`;
export const loggedEventLine = (event: LoggedEventJson): string => `  line ${String(event.line).padStart(5)}  ${tellingOf(event)}`;
