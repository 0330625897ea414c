import type { CacheMaintenance, TlbiScope } from '../cache-maintenance.ts';
import type { ConfigCache } from '../config/config-cache.ts';
import type { Core } from '../core.ts';
import type { Context } from './contexts.ts';
import { byAddress, contextsOf, entryInRange, tableInRange } from './reach.ts';
import { META, META_WORDS } from './tlb.ts';
import { WALK_WORDS } from './walk-cache.ts';
import type { WalkCache } from './walk-cache.ts';

export const ALL_STREAMS = 31;

/** The exact scope of each CFGI and TLBI (IHI 0070 4.3, 4.4, 3.17, 7.3): nothing is removed that the command does not name. */
export class Maintenance implements CacheMaintenance {
  private readonly core: Core;
  private readonly config: ConfigCache;
  private removed = 0;

  constructor(core: Core, config: ConfigCache) {
    this.core = core;
    this.config = config;
  }

  cfgiSte(sid: number): number {
    return this.#count(this.#streams((one) => one === (sid | 0)));
  }

  cfgiSteRange(sid: number, range: number): number {
    if (range === ALL_STREAMS) return this.#count(this.#streams(() => true));
    return this.#count(this.#streams((one) => ((one ^ sid) >>> 0) >>> (range + 1) === 0));
  }

  cfgiCd(sid: number, ssid: number): number {
    // A stream without SubstreamIDs uses CD 0.
    return this.#count(this.config.remove((one, key) => one === (sid | 0) && (key === ssid + 2 || (ssid === 0 && key === 1))));
  }

  cfgiCdAll(sid: number): number {
    return this.#count(this.config.remove((one) => one === (sid | 0)));
  }

  tlbi(scope: TlbiScope): number {
    const context = contextsOf(scope, this.core.choices, this.core.deviates);
    if (byAddress(scope)) return this.#count(this.#addresses(scope, context));
    const removed = this.#live(context);
    this.core.contexts.retire(context);
    return this.#count(removed);
  }

  /** Entries removed since it was last asked: what the trace says of a command. */
  takeRemoved(): number {
    const removed = this.removed;
    this.removed = 0;
    return removed;
  }

  #count(removed: number): number {
    this.removed += removed;
    return removed;
  }

  /** 4.3.1: an STE goes with every CD cached through it. */
  #streams(matches: (sid: number) => boolean): number {
    return this.config.stes.remove(matches) + this.config.remove((sid) => matches(sid));
  }

  /** Entries about to be removed; counted only while somebody records. */
  #live(matches: (context: Context) => boolean): number {
    const { steps, tlb, contexts } = this.core;
    if (steps === null) return 0;
    let count = 0;
    for (let entry = 0; entry < tlb.entries; entry++) {
      if (tlb.live(contexts, entry) && matches(contexts.at(tlb.meta[entry * META_WORDS + META.CONTEXT]!))) count++;
    }
    return count;
  }

  #addresses(scope: TlbiScope, matches: (context: Context) => boolean): number {
    const { tlb, contexts } = this.core;
    let removed = 0;
    for (let entry = 0; entry < tlb.entries; entry++) {
      if (!tlb.live(contexts, entry)) continue;
      if (!matches(contexts.at(tlb.meta[entry * META_WORDS + META.CONTEXT]!)) || !entryInRange(this.core, scope, entry)) continue;
      tlb.remove(entry);
      removed++;
    }
    if (!scope.leaf) {
      const cache = scope.op === 'S2_IPA' ? this.core.s2Walk : this.core.s1Walk;
      removed += this.#tables(cache, scope, matches);
    }
    return removed;
  }

  #tables(cache: WalkCache, scope: TlbiScope, matches: (context: Context) => boolean): number {
    const { contexts } = this.core;
    let removed = 0;
    for (let at = 0; at < cache.entries * WALK_WORDS; at += WALK_WORDS) {
      if (!tableInRange(cache, contexts, scope, at, matches)) continue;
      cache.remove(at);
      removed++;
    }
    return removed;
  }
}
