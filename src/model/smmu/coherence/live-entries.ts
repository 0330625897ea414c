import { CACHE } from '../../trace/record.ts';
import { SLOT, SLOT_SHIFT } from '../config/slot.ts';
import type { SteCache } from '../config/ste-cache.ts';
import type { Core } from '../core.ts';
import { SCOPE } from '../tlb/contexts.ts';
import { WALK, WALK_SHIFT } from '../tlb/walk-cache.ts';
import { contextOf } from './dry-run.ts';
import type { EntryName } from './dry-run.ts';
import type { Entry, Trail } from './trail.ts';

/** What the caches hold, as the trail knows it. */
export class LiveEntries {
  private readonly core: Core;
  private readonly stes: SteCache;
  private readonly trail: Trail;

  constructor(core: Core, stes: SteCache, trail: Trail) {
    this.core = core;
    this.stes = stes;
    this.trail = trail;
  }

  all(): Entry[] {
    return this.trail.entries().flatMap((one) => {
      if (!this.has(one)) return [];
      const stage2 = one.cache === CACHE.TLB && contextOf(this.core, one).scope === SCOPE.STAGE2;
      return [stage2 ? { ...one, cache: CACHE.S2_TLB } : one];
    });
  }

  /** A lookup could still hit it. */
  has({ cache, entry }: EntryName): boolean {
    const { contexts, slots, tlb, s1Walk, s2Walk } = this.core;
    switch (cache) {
      case CACHE.STE:
        return this.stes.has(entry);
      case CACHE.CONFIG:
        return slots[(entry << SLOT_SHIFT) + SLOT.KEY] !== 0;
      case CACHE.TLB:
      case CACHE.S2_TLB:
        return tlb.live(contexts, entry);
      default: {
        const walk = cache === CACHE.S1_WALK ? s1Walk : s2Walk;
        const at = entry << WALK_SHIFT;
        const context = walk.words[at + WALK.CONTEXT]!;
        return context !== 0 && walk.tagOf(at) === contexts.tags[context];
      }
    }
  }
}
