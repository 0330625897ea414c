import type { PhysicalMemory } from '../../model/memory/physical-memory.ts';
import { Recorder } from '../../model/trace/recorder.ts';
import { TraceBuffer } from '../../model/trace/sink.ts';
import type { Case } from './case.ts';
import { viewTrace } from './footprint.ts';
import type { Footprint, Held } from './footprint.ts';
import type { CaseMachine } from './machine.ts';
import { removesConfig, removesIpa, removesVa } from './removal.ts';
import { runTransaction } from './run-case.ts';

/**
 * What the commands since a change demand of an answer: `required` that it is a fresh walk's, `may-be-stale` where a
 * legal cache may still hold the old tables, `unchanged` where nothing was changed since they were first read.
 */
export type Freshness = 'required' | 'may-be-stale' | 'unchanged';

/** A transaction of the past, and how many commands had been consumed then. */
interface Past {
  readonly footprint: Footprint;
  readonly commands: number;
  readonly stale: boolean;
}

const changed = (memory: PhysicalMemory, held: Held): boolean => held.words.some((word, at) => memory.read64(held.pa + BigInt(at * 8)) !== word);

/** A past transaction and what of it is not in memory any more. */
interface Touched {
  readonly past: Past;
  readonly held: readonly Held[];
}

/** Whether a cache may still have what a past transaction read there. `translates`: a fresh STE has the stream translated at all. */
function survives(past: Footprint, held: Held, since: readonly Uint32Array[], translates: boolean): boolean {
  const va = removesVa(since, past, held.kind !== 'stage1' || held.leaf);
  // A configuration change needs TLBI as well as CFGI (IHI 0070 5.2.1, 5.4.1), unless the TLB is not asked any more.
  if (held.kind === 'ste' || held.kind === 'cd') return !(removesConfig(since, past.sid, held.kind) && (va || !translates));
  if (!translates) return false;
  if (held.kind === 'stage1') return !va;
  // A CD read through it is in the configuration cache; otherwise an IPA-keyed entry and a combined one may hold it (16.2.1).
  if (held.forCd && !removesConfig(since, past.sid, 'cd')) return true;
  return !(removesIpa(since, past.vmid, held) && (va || !past.stage1));
}

/** Whether the TLB entry that a past transaction may have made from a stale one is still there. */
function staleEntrySurvives(past: Footprint, since: readonly Uint32Array[]): boolean {
  const last = past.held[past.held.length - 1];
  if (past.stage1 || last === undefined) return !removesVa(since, past, true);
  return !removesIpa(since, past.vmid, last);
}

function freshnessOf(touched: readonly Touched[], commands: readonly Uint32Array[], translates: boolean): Freshness {
  for (const { past, held } of touched) {
    const since = commands.slice(past.commands);
    if (held.some((one) => survives(past.footprint, one, since, translates))) return 'may-be-stale';
    if (translates && past.stale && staleEntrySurvives(past.footprint, since)) return 'may-be-stale';
  }
  return touched.some(({ held }) => held.length > 0) ? 'required' : 'unchanged';
}

/**
 * For each transaction of a case, whether its answer must be a fresh walk's (IHI 0070 3.21, 4.3, 4.4).
 * `machine` has its caches off. Commands count as complete when consumed, since the cases issue no CMD_SYNC.
 */
export function freshness(machine: CaseMachine, one: Case): Freshness[] {
  const buffer = new TraceBuffer();
  const commands: Uint32Array[] = [];
  const history: Past[] = [];
  machine.reset();
  machine.smmu.setRecorder(new Recorder(buffer));
  machine.act(one.setup);
  const result = one.tx.map((tx): Freshness => {
    machine.act(tx.pre);
    commands.push(...viewTrace(buffer.taken()).commands);
    buffer.clear();
    const touched = history.map((past) => ({ past, held: past.footprint.held.filter((held) => changed(machine.memory, held)) }));
    runTransaction(machine, { ...tx, pre: [] });
    const { footprint } = viewTrace(buffer.taken());
    buffer.clear();
    const translates = footprint?.held.some(({ kind }) => kind === 'stage1' || kind === 'stage2') === true;
    const verdict = freshnessOf(touched, commands, translates);
    if (footprint !== null) history.push({ footprint, commands: commands.length, stale: verdict === 'may-be-stale' });
    return verdict;
  });
  machine.smmu.setRecorder(null);
  return result;
}
