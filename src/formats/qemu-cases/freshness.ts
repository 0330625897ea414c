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

/** Whether a cache may still have what a past transaction read there: a configuration change needs TLBI as well as CFGI (IHI 0070 5.2.1, 5.4.1). */
function survives(past: Footprint, held: Held, since: readonly Uint32Array[]): boolean {
  const va = removesVa(since, past, held.kind !== 'stage1' || held.leaf);
  if (held.kind === 'ste' || held.kind === 'cd') return !(va && removesConfig(since, past.sid, held.kind));
  if (held.kind === 'stage1') return !va;
  // A CD read through it is in the configuration cache; otherwise an IPA-keyed entry and a combined one may hold it (16.2.1).
  if (held.forCd && !removesConfig(since, past.sid, 'cd')) return true;
  return !(removesIpa(since, past.vmid, held) && (va || !past.nested));
}

function freshnessOf(memory: PhysicalMemory, history: readonly Past[], commands: readonly Uint32Array[]): Freshness {
  let anyChange = false;
  for (const past of history) {
    const since = commands.slice(past.commands);
    const touched = past.footprint.held.filter((held) => changed(memory, held));
    anyChange ||= touched.length > 0;
    if (touched.some((held) => survives(past.footprint, held, since))) return 'may-be-stale';
    // A combined entry made from a stale one lives until a command by VA.
    if (past.stale && !removesVa(since, past.footprint, true)) return 'may-be-stale';
  }
  return anyChange ? 'required' : 'unchanged';
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
    const verdict = freshnessOf(machine.memory, history, commands);
    runTransaction(machine, { ...tx, pre: [] });
    const { footprint } = viewTrace(buffer.taken());
    buffer.clear();
    if (footprint !== null) history.push({ footprint, commands: commands.length, stale: verdict === 'may-be-stale' });
    return verdict;
  });
  machine.smmu.setRecorder(null);
  return result;
}
