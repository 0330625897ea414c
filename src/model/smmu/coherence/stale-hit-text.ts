/** A stale hit as a line: what answered, what changed and by whom, and the command that was missing. And the reverse. */
import { hex } from '../../base/address.ts';
import { commandText } from '../../trace/queue-text.ts';
import { wasteLine } from '../../trace/stale-text.ts';
import type { ChangedWord, NamedCommand, StaleHit } from './stale-hit.ts';
import type { WastedCommand } from './waste.ts';

const value = (number: bigint): string => (number > 9n ? hex(number) : String(number));

/** `CMD_TLBI_NH_VA VMID=1 ASID=5 Address=0x10000000 Leaf=1`. */
export const namedCommandText = ({ name, fields }: NamedCommand): string => [name, ...Object.entries(fields).map(([field, number]) => `${field}=${value(number)}`)].join(' ');

function wordText({ structure, fields, pa, by, step }: ChangedWord): string {
  const what = fields.length === 0 ? structure : `${structure} ${fields.join(', ')}`;
  return `${what} at PA ${hex(pa)} changed${by === null ? '' : ` by ${by}`}${step === 0 ? '' : ` in step ${step}`}`;
}

function nowText({ now, required }: StaleHit): string {
  const result = now.pa === undefined ? (now.event ?? now.status) : `PA ${hex(now.pa)}`;
  return `now ${result}${required === 'may' ? '; it allows less and may stay' : ''}`;
}

const listText = (commands: readonly NamedCommand[]): string => (commands.length === 0 ? 'no command helps' : commands.map(namedCommandText).join(' and '));

/** What was missing: commands, or that none helps. */
export const missingText = ({ commands }: StaleHit): string => listText(commands);

export function staleHitText(hit: StaleHit): string {
  const words = hit.words.length === 0 ? 'nothing it was made from changed' : hit.words.map(wordText).join(', ');
  const order = hit.breakBeforeMake ? '; no break before make' : '';
  return `${hit.cache} entry ${hit.key}, filled by transaction ${hit.filledBy}${hit.prefetch === null ? '' : `, a ${hit.prefetch}`}, is stale (${nowText(hit)}): ${words}${order}; missing: ${missingText(hit)} [${hit.rule}]`;
}

/** A command that was wasted as a line, with what would have done. */
export function wastedText({ words, removed, outOfDate, others, enough }: WastedCommand): string {
  return `${wasteLine(commandText(Uint32Array.from(words)), removed, outOfDate, others)}: ${listText(enough)}`;
}
