/** One sentence for why a transaction ended as it did, from its last records. */
import { hex } from '../../model/base/address.ts';
import { CD_RULES, eventName, EVENTS, ruleOf, STE_RULES } from '../../model/spec/index.ts';
import { endsOf, payload64, PURPOSE, STALE } from '../../model/trace/record.ts';
import { staleText } from '../../model/trace/stale-text.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import type { RunRecord } from '../run/run-record.ts';
import { recordsAt } from './records.ts';
import { remedyOf } from './remedy.ts';
import { structuresOf } from './structures.ts';

/** A fault is followed by its event, an interrupt and the end; and by all that the host's driver does in that interrupt. */
const TAILS = [16, 64, 1024];

/** What stage 2 was asked for: the CLASS of the event. */
const FOR: Readonly<Record<number, string>> = {
  [PURPOSE.CD]: 'fetching the CD',
  [PURPOSE.TT]: 'reading a stage 1 table',
  [PURPOSE.IN]: 'translating the output of stage 1',
};

const fetches = new Set(['F_STE_FETCH', 'F_CD_FETCH', 'F_WALK_EABT'].map((name) => EVENTS.byName.get(name)?.number));

/** `first` and `last` are the positions of the transaction's begin and end. */
export function whyOf(run: RunRecord, first: number, last: number): string {
  const tail = tailOf(run, first, last);
  const record = tail.at(-1);
  const end = record?.kind === 'TXN' ? endsOf(record)[1] : record;
  if (end?.kind !== 'TXN_END') return '';
  const rule = ruleOf(end.rule);
  const event = end.payload[1] ?? 0;
  const fault = tail.find(({ kind }) => kind === 'FAULT');
  const name = event === 0 ? '' : `${eventName(event)}${fault === undefined ? '' : circumstances(fault)}: `;
  const section = rule.section === '' ? '' : ` (IHI 0070 ${rule.section})`;
  const lost = fault !== undefined && fault.payload[1] === 0 ? ' No event was recorded.' : '';
  return `${name}${valuesThatDecided(run, first, last, rule.id)}${rule.doc}${section}${lost}${staleHits(tail)}`;
}

/** What would have made it succeed; empty where it did, or nothing is known. */
export function whatHelps(run: RunRecord, first: number, last: number): string {
  const tail = tailOf(run, first, last);
  const record = tail.at(-1);
  const end = record?.kind === 'TXN' ? endsOf(record)[1] : record;
  return end?.kind === 'TXN_END' ? remedyOf(tail, end) : '';
}

/** What the coherence checker told, behind everything else. */
const staleHits = (tail: readonly TraceRecord[]): string =>
  tail
    .filter(({ kind, verdict }) => kind === 'STALE' && verdict !== STALE.WASTE)
    .map((record) => ` ${staleText(record).replace(/^s/, 'S').replace(/\.?$/, '.')}`)
    .join('');

/** The last records, so many that the fault, if there is one, is among them. */
function tailOf(run: RunRecord, first: number, last: number): TraceRecord[] {
  let tail: TraceRecord[] = [];
  for (const length of TAILS) {
    const from = Math.max(first, last - length + 1);
    tail = recordsAt(run, from, last - from + 1);
    if (from === first || tail.at(-1)?.payload[1] === 0 || tail.some(({ kind }) => kind === 'FAULT')) break;
  }
  return tail;
}

/** `S2T0SZ 12 gives 52 bits of IPA ... . `: what the rule says of the STE or CD that was read, when it is about one. */
function valuesThatDecided(run: RunRecord, first: number, last: number, id: string): string {
  const ofSte = STE_RULES.find((rule) => rule.id === id);
  const ofCd = CD_RULES.find((rule) => rule.id === id);
  const { features } = run;
  if (features === null || (ofSte ?? ofCd) === undefined) return '';
  const { ste, cd } = structuresOf(run, recordsAt(run, first, last - first + 1));
  if (ofSte !== undefined && ste !== null) return `${ofSte.message(ste, 0, features)}. `;
  if (ofCd !== undefined && ste !== null && cd !== null) return `${ofCd.message(cd, 0, ste, 0, features)}. `;
  return '';
}

/** ` at stage 2, level 1, fetching the CD, IPA 0x80002000`. */
function circumstances(fault: TraceRecord): string {
  const { stage, level, purpose, payload } = fault;
  const address = payload64(fault, 2);
  const parts = [
    ...(stage === 0 ? [] : [`at stage ${stage}`]),
    ...(stage === 0 || level === null ? [] : [`level ${level}`]),
    ...(stage === 2 && FOR[purpose] !== undefined ? [FOR[purpose]] : []),
    ...(fetches.has(payload[0]) ? [`reading PA ${hex(address)}`] : stage === 2 ? [`IPA ${hex(address)}`] : []),
  ];
  return parts.length === 0 ? '' : ` ${parts.join(', ')}`;
}
