/** What the coherence checker tells, as records of the trace (STALE of trace/record.ts). */
import { AUTHOR_KINDS } from '../../memory/author.ts';
import { ruleNumber } from '../../spec/rules/registry.ts';
import { CACHE, FILLER_SHIFT, NO_LEVEL, SPACE, STALE } from '../../trace/record.ts';
import type { Recorder } from '../../trace/recorder.ts';
import type { Core } from '../core.ts';
import { SCOPE } from '../tlb/contexts.ts';
import type { Txn } from '../txn.ts';
import { contextOf } from './dry-run.ts';
import { commandWords, isConfiguration } from './removal.ts';
import type { Access } from './removal.ts';
import type { StaleHit } from './stale-hit.ts';
import { STRUCTURE } from './read.ts';
import type { Read } from './read.ts';
import type { Hit } from './trail.ts';
import type { WastedCommand } from './waste.ts';
import type { Change } from './watched-words.ts';

/** Commands that a record of a wasted one names; the rest follow from these. */
const MAX_COMMANDS = 8;

/** A 64-bit word of a read that is no longer what it was. */
export interface Difference {
  readonly read: Read;
  readonly address: number;
  readonly oldLo: number;
  readonly oldHi: number;
  readonly nowLo: number;
  readonly nowHi: number;
  readonly change: Change | null;
}

export function recordWaste(recorder: Recorder, { words, removed, outOfDate, others, enough }: WastedCommand): void {
  recorder.stale(STALE.WASTE, 0, NO_LEVEL, 0, 0, SPACE.NONE, 0, 0, [...words, removed, outOfDate, others]);
  for (const command of enough.slice(0, MAX_COMMANDS)) recorder.stale(STALE.COMMAND, 0, NO_LEVEL, 0, 0, SPACE.NONE, 0, 0, commandWords(command));
}

/** The entry, the words that changed, the commands; `now` is the same access without caches. */
export function recordStale(recorder: Recorder, core: Core, hit: Hit, stale: StaleHit, differences: readonly Difference[], { address }: Access, now: Txn): void {
  const rule = ruleNumber(stale.rule);
  const configuration = isConfiguration(hit);
  const context = configuration || hit.cache === CACHE.ATC ? null : contextOf(core, hit);
  const tags = context === null ? 0 : context.vmid | (context.asid << 16);
  const flags = (stale.required === 'must' ? 1 << 16 : 0) | (stale.breakBeforeMake ? 1 << 17 : 0) | (context?.scope === SCOPE.GLOBAL ? 1 << 18 : 0) | (hit.source.filler << FILLER_SHIFT);
  const payload = [hit.cache, hit.entry, stale.filledBy, tags, now.status | (now.event << 8) | flags, now.outLo, now.outHi];
  const [hi, lo] = [Number(address >> 32n), Number(BigInt.asIntN(32, address))];
  recorder.stale(STALE.ENTRY, 0, NO_LEVEL, hit.purpose, rule, configuration ? SPACE.NONE : SPACE.IOVA, hi, lo, payload);
  for (const one of differences) recordWord(recorder, rule, one);
  for (const command of stale.commands) recorder.stale(STALE.COMMAND, 0, NO_LEVEL, 0, rule, SPACE.NONE, 0, 0, commandWords(command));
}

function recordWord(recorder: Recorder, rule: number, { read, address, oldLo, oldHi, nowLo, nowHi, change }: Difference): void {
  const who = AUTHOR_KINDS.indexOf(change?.author.kind ?? 'software');
  const words = [oldLo, oldHi, nowLo, nowHi, change?.seq ?? 0, change?.step ?? 0, read.structure | (who << 8), change === null ? 0 : 1];
  const level = read.structure >= STRUCTURE.STAGE1 ? read.level : NO_LEVEL;
  const stage = read.structure === STRUCTURE.STAGE1 ? 1 : read.structure === STRUCTURE.STAGE2 ? 2 : 0;
  recorder.stale(STALE.WORD, stage, level, read.purpose, rule, SPACE.PA, Math.floor(address / 2 ** 32), (address % 2 ** 32) | 0, words);
}
