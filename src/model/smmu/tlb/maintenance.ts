import type { CacheMaintenance, TlbiScope } from '../cache-maintenance.ts';
import type { ConfigCache } from '../config/config-cache.ts';
import type { Core } from '../core.ts';
import { SCOPE, WORLD } from './contexts.ts';
import type { Context } from './contexts.ts';
import { META, META_WORDS, sameBlock } from './tlb.ts';
import { WALK, WALK_WORDS, WalkCache } from './walk-cache.ts';

const ALL_STREAMS = 31;
/** Command TG (4.4.1): granule shift; 0: any. */
const GRANULES = [0, 12, 14, 16];

/** The exact scope of each CFGI and TLBI (IHI 0070 4.3, 4.4, 3.17, 7.3): nothing is removed that the command does not name. */
export class Maintenance implements CacheMaintenance {
  readonly #core: Core;
  readonly #config: ConfigCache;
  #removed = 0;

  constructor(core: Core, config: ConfigCache) {
    this.#core = core;
    this.#config = config;
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
    return this.#count(this.#config.remove((one, key) => one === (sid | 0) && (key === ssid + 2 || (ssid === 0 && key === 1))));
  }

  cfgiCdAll(sid: number): number {
    return this.#count(this.#config.remove((one) => one === (sid | 0)));
  }

  tlbi(scope: TlbiScope): number {
    const context = contextsOf(scope);
    if (byAddress(scope)) return this.#count(this.#addresses(scope, context));
    const removed = this.#live(context);
    this.#core.contexts.retire(context);
    return this.#count(removed);
  }

  /** Entries removed since it was last asked: what the trace says of a command. */
  takeRemoved(): number {
    const removed = this.#removed;
    this.#removed = 0;
    return removed;
  }

  #count(removed: number): number {
    this.#removed += removed;
    return removed;
  }

  /** 4.3.1: an STE goes with every CD cached through it. */
  #streams(matches: (sid: number) => boolean): number {
    return this.#config.stes.remove(matches) + this.#config.remove((sid) => matches(sid));
  }

  /** Entries about to be removed; counted only while somebody records. */
  #live(matches: (context: Context) => boolean): number {
    const { steps, tlb, contexts } = this.#core;
    if (steps === null) return 0;
    let count = 0;
    for (let entry = 0; entry < tlb.entries; entry++) {
      if (tlb.live(contexts, entry) && matches(contexts.at(tlb.meta[entry * META_WORDS + META.CONTEXT]!))) count++;
    }
    return count;
  }

  #addresses(scope: TlbiScope, matches: (context: Context) => boolean): number {
    const { tlb, contexts } = this.#core;
    let removed = 0;
    for (let entry = 0; entry < tlb.entries; entry++) {
      if (!tlb.live(contexts, entry)) continue;
      if (!matches(contexts.at(tlb.meta[entry * META_WORDS + META.CONTEXT]!)) || !this.#entryInRange(scope, entry)) continue;
      tlb.remove(entry);
      removed++;
    }
    if (!scope.leaf) {
      const cache = scope.op === 'S2_IPA' ? this.#core.s2Walk : this.#core.s1Walk;
      removed += this.#tables(cache, scope, matches);
    }
    return removed;
  }

  /** The leaf that the entry came from meets the range, and has the granule and level that the command may name. */
  #entryInRange(scope: TlbiScope, entry: number): boolean {
    const { tlb, deviates } = this.#core;
    const leaf = tlb.meta[entry * META_WORDS + (scope.op === 'S2_IPA' ? META.STAGE2 : META.STAGE1)]!;
    if (scope.tg !== 0 && (leaf & 31) !== GRANULES[scope.tg]) return false;
    if (scope.tg !== 0 && scope.ttl !== 0 && ((leaf >>> 8) & 7) !== scope.ttl) return false;
    const word0 = tlb.words[entry << 2]!;
    const word1 = tlb.words[(entry << 2) + 1]!;
    // 4.4.2: an address names the whole leaf that translates it, in however many pieces stage 2 made entries of it.
    const size = scope.tg === 0 && deviates['tlbi-piece'] ? tlb.shiftOf(entry) : leaf >>> 16;
    return meets(scope, ((word1 & 0xfff) << 12) | (word0 >>> 20), word0 << 12, size);
  }

  #tables(cache: WalkCache, scope: TlbiScope, matches: (context: Context) => boolean): number {
    const { contexts } = this.#core;
    let removed = 0;
    for (let at = 0; at < cache.entries * WALK_WORDS; at += WALK_WORDS) {
      const index = cache.words[at + WALK.CONTEXT]!;
      if (index === 0 || cache.tagOf(at) !== contexts.tags[index] || !matches(contexts.at(index))) continue;
      const reach = WalkCache.reach(cache.granuleOf(at));
      const hi = ((cache.words[at + WALK.PREFIX_HI]! << reach) | (cache.words[at + WALK.PREFIX_LO]! >>> (32 - reach))) & 0xff_ffff;
      if (!meets(scope, hi, cache.words[at + WALK.PREFIX_LO]! << reach, reach)) continue;
      cache.remove(at);
      removed++;
    }
    return removed;
  }
}

const byAddress = ({ op }: TlbiScope): boolean =>
  op === 'NH_VA' || op === 'NH_VAA' || op === 'EL2_VA' || op === 'EL2_VAA' || op === 'S2_IPA';

/** Which contexts a command reaches (table of section 4.4; 3.17 for what global means). */
function contextsOf(scope: TlbiScope): (context: Context) => boolean {
  const sameVmid = ({ vmid }: Context): boolean => ((vmid ^ scope.vmid) & scope.vmidMask) === 0;
  const el1 = ({ world }: Context): boolean => world === WORLD.NS_EL1;
  const stage1 = (context: Context): boolean => el1(context) && context.scope !== SCOPE.STAGE2 && sameVmid(context);
  const el2 = ({ world }: Context): boolean => world !== WORLD.NS_EL1;
  switch (scope.op) {
    case 'NH_ALL':
    case 'NH_VAA':
      return stage1;
    case 'NH_ASID':
      return (context) => stage1(context) && context.scope === SCOPE.ASID && context.asid === scope.asid;
    case 'NH_VA':
      return (context) => stage1(context) && (context.scope === SCOPE.GLOBAL || context.asid === scope.asid);
    case 'S12_VMALL':
      return (context) => el1(context) && sameVmid(context);
    case 'S2_IPA':
      return (context) => el1(context) && context.scope === SCOPE.STAGE2 && sameVmid(context);
    case 'NSNH_ALL':
      return el1;
    case 'EL2_ALL':
    case 'EL2_VAA':
      return el2;
    case 'EL2_ASID':
      return (context) => context.world === WORLD.NS_EL2_E2H && context.scope === SCOPE.ASID && context.asid === scope.asid;
    case 'EL2_VA':
      return (context) =>
        context.world === WORLD.NS_EL2 ||
        (context.world === WORLD.NS_EL2_E2H && (context.scope === SCOPE.GLOBAL || context.asid === scope.asid));
  }
}

/**
 * Does the block of 2^shift bytes at (hi, lo) meet the command's range? Bits [55:12] count: a tag in the top byte is no
 * part of a TLB entry's address. With TG = 0 the address is one, and its bits below the entry's size are ignored (4.4.1).
 */
function meets(scope: TlbiScope, hi: number, lo: number, shift: number): boolean {
  const fromHi = scope.addressHi & 0xff_ffff;
  if (scope.tg === 0) return sameBlock(hi, lo, fromHi, scope.addressLo, shift);
  const size = 2 ** shift;
  const block = Math.floor(((hi >>> 0) * 2 ** 32 + (lo >>> 0)) / size) * size;
  const from = fromHi * 2 ** 32 + (scope.addressLo >>> 0);
  const bytes = (scope.num + 1) * 2 ** (scope.scale + GRANULES[scope.tg]!);
  return block < from + bytes && from < block + size;
}
