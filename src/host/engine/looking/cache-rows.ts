/** Entries of the SMMU's caches as rows (IHI 0070 3.17, 3.21). */
import { fromWords, hex } from '../../../model/base/address.ts';
import { tlbEntry } from '../../../model/lab/inspect/caches.ts';
import { FLAG, SLOT, SLOT_SHIFT } from '../../../model/smmu/config/slot.ts';
import type { EntryName } from '../../../model/smmu/coherence/dry-run.ts';
import { namedCommandText } from '../../../model/smmu/coherence/stale-hit-text.ts';
import type { Standing } from '../../../model/smmu/coherence/stale-hit.ts';
import type { Smmu } from '../../../model/smmu/smmu.ts';
import { SCOPE } from '../../../model/smmu/tlb/contexts.ts';
import type { Context } from '../../../model/smmu/tlb/contexts.ts';
import { META, META_WORDS, PERMISSIONS } from '../../../model/smmu/tlb/tlb.ts';
import { WALK, WALK_SHIFT, WalkCache } from '../../../model/smmu/tlb/walk-cache.ts';
import { attributesOfMair, attributesText } from '../../../model/smmu/walk/attributes.ts';
import { CACHE } from '../../../model/trace/record.ts';
import type { CacheEntry, CacheKind, StaleEntry } from '../../../protocol/contract.ts';
import { permissionText } from '../../../model/smmu/walk/permission-text.ts';

/** A row, and what an invalidation knows the entry by. */
export interface Held {
  readonly row: CacheEntry;
  readonly name: EntryName;
  /** Index of its context; 0: it has none. */
  readonly context: number;
}

const WORLDS = ['NS-EL1', 'NS-EL2', 'NS-EL2-E2H'] as const;

type Tags = Pick<CacheEntry, 'sid' | 'ssid' | 'world' | 'vmid' | 'asid' | 'global'>;

const ofStream = (sid: number, ssid: number | null): Tags => ({ sid, ssid, world: null, vmid: null, asid: null, global: false });

const ofContext = ({ world, scope, vmid, asid }: Context): Tags => ({
  sid: null,
  ssid: null,
  world: WORLDS[world] ?? 'NS-EL1',
  vmid: world === 0 ? vmid : null,
  asid: scope === SCOPE.ASID && world !== 1 ? asid : null,
  global: scope === SCOPE.GLOBAL,
});

/** Words of the entry's source that are others now. */
export const staleOf = (standing: Standing | null): StaleEntry | null =>
  standing?.stale == null
    ? null
    : {
        now: null,
        words: standing.stale.words.map(({ structure, fields, pa, old, now, by, step }) => ({ what: [structure, ...fields].join(' '), pa: hex(pa), old: hex(old), now: hex(now), by, step })),
        commands: standing.stale.commands.map(namedCommandText),
        rule: standing.stale.rule,
      };

type Content = Tags & Pick<CacheEntry, 'input' | 'size' | 'output' | 'levels' | 'permissions' | 'attributes' | 'origin'>;
const NOTHING = { input: null, size: null, output: null, levels: '', permissions: null, attributes: null } as const;

function held({ core, coherence }: Smmu, kind: CacheKind, name: EntryName, context: number, content: Content): Held {
  const standing = coherence?.standing(name) ?? null;
  const age = Math.max(0, core.txn.number - content.origin);
  const row = { id: `${kind}-${name.entry >>> 0}`, kind, ...content, age, hits: standing?.hits ?? null, stale: staleOf(standing), removed: false };
  return { row, name, context };
}

const STAGES = ['no stage', 'stage 1', 'stage 2', 'both stages'] as const;

function configurations(smmu: Smmu): Held[] {
  const { slots } = smmu.core;
  const found: Held[] = [];
  for (let entry = 0; entry < smmu.config.entries; entry++) {
    const s = entry << SLOT_SHIFT;
    const key = slots[s + SLOT.KEY]!;
    if (key === 0) continue;
    const flags = slots[s + SLOT.FLAGS]!;
    const stages = flags & (FLAG.S1 | FLAG.S2);
    const space = (flags & FLAG.S1) !== 0 && (flags & FLAG.S2) !== 0 && (flags & FLAG.TTB_PA) === 0 ? 'ipa' : 'pa';
    const root = (flags & FLAG.S1) !== 0 ? SLOT.TTB0_LO : SLOT.S2TTB_LO;
    const attributes = (flags & FLAG.ABORT) !== 0 ? 'abort' : STAGES[stages]!;
    const output = stages === 0 ? null : { space, address: hex(fromWords(slots[s + root + 1]!, slots[s + root]!)) } as const;
    const tags = ofStream(slots[s + SLOT.SID]! >>> 0, key === 1 ? null : key - 2);
    found.push(held(smmu, 'config', { cache: CACHE.CONFIG, entry }, slots[s + SLOT.CONTEXT]!, { ...NOTHING, ...tags, output, attributes, origin: slots[s + SLOT.ORIGIN]! }));
  }
  return found;
}

const stes = (smmu: Smmu): Held[] =>
  smmu.config.stes.list().map(({ sid, origin }) => held(smmu, 'ste', { cache: CACHE.STE, entry: sid | 0 }, 0, { ...NOTHING, ...ofStream(sid, null), origin }));

const levelOf = (leaf: number): number => (leaf >>> 8) & 7;

function translation(smmu: Smmu, entry: number): Held {
  const { tlb, contexts } = smmu.core;
  const { context, input, size, output, origin } = tlbEntry(smmu.core, entry);
  const meta = (at: number): number => tlb.meta[entry * META_WORDS + at]!;
  const stage2Only = context.scope === SCOPE.STAGE2;
  const packed = meta(META.ATTRIBUTES);
  const [first, second] = [meta(META.STAGE1), meta(META.STAGE2)];
  const attributes = [
    ...(first === 0 ? [] : [attributesText(attributesOfMair(packed & 0xff, (packed >>> 8) & 3))]),
    ...(second === 0 ? [] : [`S2 MemAttr ${hex((packed >>> 16) & 15)}`]),
  ].join(', ');
  const levels = [...(first === 0 ? [] : [`S1 L${levelOf(first)}`]), ...(second === 0 ? [] : [`S2 L${levelOf(second)}`])].join(', ');
  const name = { cache: stage2Only ? CACHE.S2_TLB : CACHE.TLB, entry };
  return held(smmu, stage2Only ? 's2-tlb' : 'tlb', name, meta(META.CONTEXT), {
    ...ofContext(contexts.at(meta(META.CONTEXT))),
    input: { space: stage2Only ? 'ipa' : 'iova', address: hex(input) },
    size: hex(size),
    output: { space: 'pa', address: hex(output) },
    levels,
    permissions: permissionText(tlb.words[entry * 4 + 2]! & PERMISSIONS),
    attributes,
    origin,
  });
}

function translations(smmu: Smmu): Held[] {
  const { tlb, contexts } = smmu.core;
  return Array.from({ length: tlb.entries }, (_, entry) => entry)
    .filter((entry) => tlb.live(contexts, entry))
    .map((entry) => translation(smmu, entry));
}

function tables(smmu: Smmu, kind: 's1-walk' | 's2-walk', cache: WalkCache): Held[] {
  const { contexts } = smmu.core;
  const found: Held[] = [];
  for (let entry = 0; entry < cache.entries; entry++) {
    const at = entry << WALK_SHIFT;
    const [context, origin] = [cache.words[at + WALK.CONTEXT]!, cache.words[at + WALK.ORIGIN]!];
    if (cache.tagOf(at) === 0 || contexts.tags[context] !== cache.tagOf(at)) continue;
    const reach = BigInt(WalkCache.reach(cache.granuleOf(at)));
    const prefix = (BigInt(cache.words[at + WALK.PREFIX_HI]! >>> 0) << 32n) | BigInt(cache.words[at + WALK.PREFIX_LO]! >>> 0);
    const nested = kind === 's1-walk' && (cache.words[at + WALK.ATTRIBUTES]! & 1) === 0;
    found.push(
      held(smmu, kind, { cache: kind === 's1-walk' ? CACHE.S1_WALK : CACHE.S2_WALK, entry }, context, {
        ...NOTHING,
        ...ofContext(contexts.at(context)),
        input: { space: kind === 's1-walk' ? 'iova' : 'ipa', address: hex(prefix << reach) },
        size: hex(1n << reach),
        output: { space: nested ? 'ipa' : 'pa', address: hex(fromWords(cache.words[at + WALK.TABLE_HI]!, cache.words[at + WALK.TABLE_LO]!)) },
        levels: `${kind === 's1-walk' ? 'S1' : 'S2'} L3 table`,
        origin,
      }),
    );
  }
  return found;
}

/** Everything that the SMMU holds, cache by cache. */
export function heldBy(smmu: Smmu): Held[] {
  const { s1Walk, s2Walk } = smmu.core;
  const all = translations(smmu);
  const of = (kind: CacheKind): Held[] => all.filter(({ row }) => row.kind === kind);
  return [...configurations(smmu), ...stes(smmu), ...of('tlb'), ...of('s2-tlb'), ...tables(smmu, 's1-walk', s1Walk), ...tables(smmu, 's2-walk', s2Walk)];
}

/** Contexts that the configurations of a stream lead to. */
export function contextsOfStream({ core: { slots }, config }: Smmu, sid: number): ReadonlySet<number> {
  const found = new Set<number>();
  for (let s = 0; s < config.entries << SLOT_SHIFT; s += 1 << SLOT_SHIFT) {
    if (slots[s + SLOT.KEY] === 0 || slots[s + SLOT.SID]! >>> 0 !== sid) continue;
    for (const at of [SLOT.CONTEXT, SLOT.CONTEXT_GLOBAL, SLOT.CONTEXT_S2]) if (slots[s + at] !== 0) found.add(slots[s + at]!);
  }
  return found;
}

export const capacitiesOf = ({ core, config }: Smmu): readonly (readonly [CacheKind, number])[] => [
  ['config', config.entries],
  ['ste', config.stes.entries],
  ['tlb', core.tlb.entries],
  ['s2-tlb', core.tlb.entries],
  ['s1-walk', core.s1Walk.entries],
  ['s2-walk', core.s2Walk.entries],
];
