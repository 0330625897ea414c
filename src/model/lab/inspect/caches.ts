/** The caches of the SMMU, entry by entry, each with the transaction that made it (IHI 0070 3.17, 3.21). */
import { fromWords, hex } from '../../base/address.ts';
import { SLOT, SLOT_SHIFT } from '../../smmu/config/slot.ts';
import type { Core } from '../../smmu/core.ts';
import type { Smmu } from '../../smmu/smmu.ts';
import { SCOPE, WORLD } from '../../smmu/tlb/contexts.ts';
import type { Context } from '../../smmu/tlb/contexts.ts';
import { ENTRY_WORDS, META, META_WORDS } from '../../smmu/tlb/tlb.ts';
import { WALK, WALK_WORDS, WalkCache } from '../../smmu/tlb/walk-cache.ts';
import type { Detail } from '../verbs/verb.ts';
import { counts, rows } from './view.ts';
import type { Shown } from './view.ts';

export interface TlbEntry {
  readonly context: Context;
  readonly input: bigint;
  readonly size: bigint;
  readonly output: bigint;
  /** Transaction that filled it. */
  readonly origin: number;
}

const INPUT_BITS = 56;

/** An entry that is live. */
export function tlbEntry({ tlb, contexts }: Core, entry: number): TlbEntry {
  const at = entry * ENTRY_WORDS;
  const [w0, w1, w2, w3] = [tlb.words[at]!, tlb.words[at + 1]!, tlb.words[at + 2]!, tlb.words[at + 3]!];
  // Addresses of the upper half are sign-extended from bit 55.
  const input = BigInt.asUintN(64, BigInt.asIntN(INPUT_BITS, (BigInt(w1 & 0xfff) << 44n) | (BigInt(w0 >>> 0) << 12n)));
  return {
    context: contexts.at(tlb.meta[entry * META_WORDS + META.CONTEXT]!),
    input,
    size: 1n << BigInt(tlb.shiftOf(entry)),
    output: fromWords(w3 & 0xf_ffff, w2 & 0xffff_f000),
    origin: tlb.meta[entry * META_WORDS + META.ORIGIN]!,
  };
}

export function tlbEntries(core: Core): readonly TlbEntry[] {
  const found: TlbEntry[] = [];
  for (let entry = 0; entry < core.tlb.entries; entry++) if (core.tlb.live(core.contexts, entry)) found.push(tlbEntry(core, entry));
  return found;
}

const WORLDS = ['', 'EL2, ', 'EL2 with E2H, '] as const;

export function contextText({ world, scope, vmid, asid }: Context): string {
  const vm = world === WORLD.NS_EL1 ? `VMID ${vmid}` : (WORLDS[world] ?? '').replace(/, $/, '');
  if (scope === SCOPE.STAGE2) return `${vm}, stage 2`;
  return scope === SCOPE.GLOBAL ? `${vm}, global` : `${vm}, ASID ${asid}`;
}

const from = (origin: number): string => `from transaction ${origin}`;

const tlbRow = ({ context, input, size, output, origin }: TlbEntry): Detail =>
  ({ name: 'TLB', value: `${contextText(context)}: ${hex(input)}, ${hex(size)} bytes -> ${hex(output)}; ${from(origin)}` });

function configRows({ slots }: Core, entries: number): Detail[] {
  const found: Detail[] = [];
  for (let s = 0; s < entries << SLOT_SHIFT; s += 1 << SLOT_SHIFT) {
    const key = slots[s + SLOT.KEY]!;
    if (key === 0) continue;
    const ssid = key === 1 ? '' : `, SubstreamID ${hex(BigInt(key - 2))}`;
    found.push({ name: 'configuration', value: `StreamID ${hex(BigInt(slots[s + SLOT.SID]! >>> 0))}${ssid}; ${from(slots[s + SLOT.ORIGIN]!)}` });
  }
  return found;
}

function walkRows(name: string, cache: WalkCache, { contexts }: Core): Detail[] {
  const found: Detail[] = [];
  const { words } = cache;
  for (let at = 0; at < cache.entries * WALK_WORDS; at += WALK_WORDS) {
    const context = words[at + WALK.CONTEXT]!;
    if (cache.tagOf(at) === 0 || contexts.tags[context] !== cache.tagOf(at)) continue;
    const reach = WalkCache.reach(cache.granuleOf(at));
    const prefix = (BigInt(words[at + WALK.PREFIX_HI]! >>> 0) << 32n) | BigInt(words[at + WALK.PREFIX_LO]! >>> 0);
    const table = fromWords(words[at + WALK.TABLE_HI]!, words[at + WALK.TABLE_LO]!);
    const value = `${contextText(contexts.at(context))}: ${hex(prefix << BigInt(reach))}, ${hex(1n << BigInt(reach))} bytes by the level 3 table at ${hex(table)}; ${from(words[at + WALK.ORIGIN]!)}`;
    found.push({ name, value });
  }
  return found;
}

export function inspectCaches({ core, config }: Smmu): Shown {
  const stes = config.stes.list().map(({ sid, origin }): Detail => ({ name: 'STE', value: `StreamID ${hex(BigInt(sid))}; ${from(origin)}` }));
  const kinds = {
    config: configRows(core, config.entries),
    ste: stes,
    tlb: tlbEntries(core).map(tlbRow),
    s1Walk: walkRows('stage 1 walk', core.s1Walk, core),
    s2Walk: walkRows('stage 2 walk', core.s2Walk, core),
  };
  const numbers = Object.fromEntries(Object.entries(kinds).map(([name, list]) => [name, list.length]));
  return {
    text: `the caches hold ${kinds.config.length} configurations, ${kinds.ste.length} STEs, ${kinds.tlb.length} translations, ${kinds.s1Walk.length} and ${kinds.s2Walk.length} pointers to tables`,
    details: rows(Object.values(kinds).flat()),
    fields: counts(numbers),
  };
}
