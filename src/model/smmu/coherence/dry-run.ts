import { CACHE } from '../../trace/record.ts';
import type { CacheMaintenance, TlbiScope } from '../cache-maintenance.ts';
import { SLOT, SLOT_SHIFT } from '../config/slot.ts';
import type { Core } from '../core.ts';
import type { Context } from '../tlb/contexts.ts';
import { ALL_STREAMS } from '../tlb/maintenance.ts';
import { byAddress, contextsOf, entryInRange, tableInRange } from '../tlb/reach.ts';
import { META, META_WORDS } from '../tlb/tlb.ts';
import { WALK, WALK_SHIFT } from '../tlb/walk-cache.ts';

/** A cache entry, as a step of the trace names it; an STE goes by its StreamID. */
export interface EntryName {
  readonly cache: number;
  readonly entry: number;
}

/** The tags of a translation: of a TLB or walk cache entry. */
export function contextOf({ contexts, tlb, s1Walk, s2Walk }: Core, { cache, entry }: EntryName): Context {
  if (cache === CACHE.TLB || cache === CACHE.S2_TLB) return contexts.at(tlb.meta[entry * META_WORDS + META.CONTEXT]!);
  const walk = cache === CACHE.S1_WALK ? s1Walk : s2Walk;
  return contexts.at(walk.words[(entry << WALK_SHIFT) + WALK.CONTEXT]!);
}

/** Answers of one entry whether a command would have removed it, by the rules that remove entries (tlb/reach.ts). */
export class DryRun implements CacheMaintenance {
  target: EntryName = { cache: 0, entry: 0 };
  reached = false;
  private readonly core: Core;

  constructor(core: Core) {
    this.core = core;
  }

  cfgiSte(sid: number): number {
    return this.#stream((one) => one === (sid | 0));
  }

  cfgiSteRange(sid: number, range: number): number {
    return this.#stream((one) => range === ALL_STREAMS || ((one ^ sid) >>> 0) >>> (range + 1) === 0);
  }

  cfgiCd(sid: number, ssid: number): number {
    return this.#cd((one, key) => one === (sid | 0) && (key === ssid + 2 || (ssid === 0 && key === 1)));
  }

  cfgiCdAll(sid: number): number {
    return this.#cd((one) => one === (sid | 0));
  }

  tlbi(scope: TlbiScope): number {
    const { cache, entry } = this.target;
    if (cache === CACHE.CONFIG || cache === CACHE.STE) return 0;
    const matches = contextsOf(scope, this.core.choices, this.core.deviates);
    if (!matches(contextOf(this.core, this.target))) return 0;
    if (!byAddress(scope)) return this.#answer(true);
    const { s1Walk, s2Walk, contexts } = this.core;
    if (cache === CACHE.TLB || cache === CACHE.S2_TLB) return this.#answer(entryInRange(this.core, scope, entry));
    if (scope.leaf || (scope.op === 'S2_IPA') !== (cache === CACHE.S2_WALK)) return 0;
    return this.#answer(tableInRange(cache === CACHE.S2_WALK ? s2Walk : s1Walk, contexts, scope, entry << WALK_SHIFT, matches));
  }

  #stream(matches: (sid: number) => boolean): number {
    if (this.target.cache === CACHE.STE) return this.#answer(matches(this.target.entry));
    return this.#cd(matches);
  }

  #cd(matches: (sid: number, key: number) => boolean): number {
    if (this.target.cache !== CACHE.CONFIG) return 0;
    const { slots } = this.core;
    const s = this.target.entry << SLOT_SHIFT;
    return this.#answer(matches(slots[s + SLOT.SID]!, slots[s + SLOT.KEY]!));
  }

  #answer(reached: boolean): number {
    this.reached ||= reached;
    return reached ? 1 : 0;
  }
}
