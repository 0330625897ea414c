import type { Choices } from '../../spec/choices.ts';
import type { Deviations } from '../../spec/deviations.ts';
import type { TlbiScope } from '../cache-maintenance.ts';
import type { Core } from '../core.ts';
import { SCOPE, WORLD } from './contexts.ts';
import type { Context, Contexts } from './contexts.ts';
import { META, META_WORDS, sameBlock } from './tlb.ts';
import { WALK, WalkCache } from './walk-cache.ts';

/** Command TG (4.4.1): granule shift; 0: any. */
const GRANULES = [0, 12, 14, 16];

export const byAddress = ({ op }: TlbiScope): boolean =>
  op === 'NH_VA' || op === 'NH_VAA' || op === 'EL2_VA' || op === 'EL2_VAA' || op === 'S2_IPA';

/** Those of stage 2, and of entries that combine it with stage 1 where CMD_TLBI_S2_IPA reaches them (4.4.3.1). */
const s2Contexts =
  (combined: boolean, own: (context: Context) => boolean) =>
  (context: Context): boolean =>
    (context.scope === SCOPE.STAGE2 || combined) && own(context);

/** Which contexts a command reaches (table of section 4.4; 3.17 for what global means). */
export function contextsOf(scope: TlbiScope, choices: Choices, deviates: Deviations): (context: Context) => boolean {
  const sameVmid = ({ vmid }: Context): boolean => ((vmid ^ scope.vmid) & scope.vmidMask) === 0;
  const el1 = ({ world }: Context): boolean => world === WORLD.NS_EL1;
  const stage1 = (context: Context): boolean => el1(context) && context.scope !== SCOPE.STAGE2 && sameVmid(context);
  const el2 = ({ world }: Context): boolean => world !== WORLD.NS_EL1;
  switch (scope.op) {
    case 'NH_ALL':
      return stage1;
    case 'NH_VAA':
      return deviates['tlbi-vaa-stage2'] ? (context) => el1(context) && sameVmid(context) : stage1;
    case 'NH_ASID':
      return (context) => stage1(context) && context.scope === SCOPE.ASID && context.asid === scope.asid;
    case 'NH_VA':
      return (context) => stage1(context) && (context.scope === SCOPE.GLOBAL || context.asid === scope.asid);
    case 'S12_VMALL':
      return (context) => el1(context) && sameVmid(context);
    case 'S2_IPA':
      return s2Contexts(choices['tlbi.s2-ipa-combined'] === 'removed', (context) => el1(context) && sameVmid(context));
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

/** The leaf that the TLB entry came from meets the range, and has the granule and level that the command may name. */
export function entryInRange({ tlb, deviates }: Core, scope: TlbiScope, entry: number): boolean {
  const meta = entry * META_WORDS;
  const leaf = tlb.meta[meta + (scope.op === 'S2_IPA' || tlb.meta[meta + META.STAGE1] === 0 ? META.STAGE2 : META.STAGE1)]!;
  // 7.4: of an entry that stage 2 has no part in there is no IPA.
  if (scope.op === 'S2_IPA' && leaf === 0) return false;
  if (scope.tg !== 0 && !deviates['tlbi-hints']) {
    if ((leaf & 31) !== GRANULES[scope.tg]) return false;
    if (scope.ttl !== 0 && ((leaf >>> 8) & 7) !== scope.ttl) return false;
  }
  if (scope.op === 'S2_IPA') return meets(scope, tlb.meta[meta + META.IPA_HI]!, tlb.meta[meta + META.IPA_LO]!, leaf >>> 16);
  if (deviates['tlb-lookup'] && tlb.tops[entry] !== scope.addressHi >>> 24) return false;
  const word0 = tlb.words[entry << 2]!;
  const word1 = tlb.words[(entry << 2) + 1]!;
  // 4.4.2: an address names the whole leaf that translates it, in however many pieces stage 2 made entries of it.
  const size = deviates['tlbi-piece'] ? tlb.shiftOf(entry) : leaf >>> 16;
  return meets(scope, ((word1 & 0xfff) << 12) | (word0 >>> 20), word0 << 12, size);
}

/** The walk cache entry at word `at` is alive, of a context that `matches`, and lies on the path of the command's range. */
export function tableInRange(
  cache: WalkCache,
  contexts: Contexts,
  scope: TlbiScope,
  at: number,
  matches: (context: Context) => boolean,
): boolean {
  const index = cache.words[at + WALK.CONTEXT]!;
  if (index === 0 || cache.tagOf(at) !== contexts.tags[index] || !matches(contexts.at(index))) return false;
  const reach = WalkCache.reach(cache.granuleOf(at));
  const hi = ((cache.words[at + WALK.PREFIX_HI]! << reach) | (cache.words[at + WALK.PREFIX_LO]! >>> (32 - reach))) & 0xff_ffff;
  return meets(scope, hi, cache.words[at + WALK.PREFIX_LO]! << reach, reach);
}
