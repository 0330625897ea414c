import { SLOT, SLOT_SHIFT } from '../config/slot.ts';
import { CACHE } from '../../trace/record.ts';
import type { Core } from '../core.ts';
import { META, META_WORDS } from '../tlb/tlb.ts';
import { WALK, WALK_SHIFT } from '../tlb/walk-cache.ts';
import { isConfiguration } from './removal.ts';
import type { Source } from './source.ts';
import type { Entry, Hit, Trail } from './trail.ts';
import { changedSince } from './watched-words.ts';
import type { WatchedWords } from './watched-words.ts';

/** An entry that was out of date when a command named it. */
interface Named {
  readonly words: Int32Array;
  readonly queue: number;
  readonly source: Source;
  /** Whose it is: the StreamID of configuration, the index of the context of a translation. */
  readonly sid: number | null;
  readonly context: number | null;
  /** The words that software had changed. */
  readonly changed: ReadonlySet<number>;
}

/**
 * Invalidations that no CMD_SYNC has completed (IHI 0070 4.7.3). An access that meets what they remove, or reads the words
 * for whose sake they were issued, relies on one: another SMMU may still answer it from the entry, or no longer.
 */
export class Unsynced {
  private readonly core: Core;
  private readonly words: WatchedWords;
  private named: Named[] = [];
  /** Of the command that is being carried out. */
  private begun: Named[] = [];

  constructor(core: Core, words: WatchedWords) {
    this.core = core;
    this.words = words;
  }

  reset(): void {
    this.named = [];
    this.begun = [];
  }

  /** The command in `words` is about to be carried out; it reaches `outOfDate`. */
  begin(words: Int32Array, queue: number, outOfDate: readonly Entry[]): void {
    this.begun = outOfDate.map((entry): Named => {
      const changed = new Set(changedSince(this.words, entry.source.reads));
      return { words: Int32Array.from(words), queue, source: entry.source, ...this.#ownerOf(entry), changed };
    });
  }

  /** It was consumed. */
  issued(): void {
    this.named.push(...this.begun.splice(0));
  }

  /** A CMD_SYNC of `queue` was consumed: what was issued there before it is complete (3.5.6). */
  complete(queue: number): void {
    this.named = this.named.filter((one) => one.queue !== queue);
  }

  /** The entry that answered is named by one of them. */
  waits(hit: Hit): boolean {
    return this.named.some(({ source }) => source === hit.source);
  }

  /** The commands that the transaction in core.txn relied on, each once. */
  reliedOn(trail: Trail): readonly Int32Array[] {
    if (this.named.length === 0) return [];
    const relied = this.named.filter((one) => trail.hits.some(({ source }) => source === one.source) || (this.#concerns(one, trail) && trail.reads.some(({ address, words }) => covers(one.changed, address, words.length))));
    this.named = this.named.filter((one) => !relied.includes(one));
    return [...new Map(relied.map(({ words }) => [words.join(), words])).values()];
  }

  /** The transaction is of the stream, or of the address space, that the entry was of. */
  #concerns({ sid, context }: Named, trail: Trail): boolean {
    const { slots, txn } = this.core;
    if (sid !== null) return sid === txn.sid;
    if (!trail.configured && !trail.hits.some(({ cache }) => cache === CACHE.CONFIG)) return false;
    return [SLOT.CONTEXT, SLOT.CONTEXT_GLOBAL, SLOT.CONTEXT_S2].some((at) => slots[txn.slot + at] === context);
  }

  #ownerOf(one: Entry): Pick<Named, 'sid' | 'context'> {
    const { slots, tlb, s1Walk, s2Walk } = this.core;
    const { cache, entry } = one;
    if (isConfiguration(one)) return { sid: cache === CACHE.STE ? entry : slots[(entry << SLOT_SHIFT) + SLOT.SID]!, context: null };
    if (cache === CACHE.TLB || cache === CACHE.S2_TLB) return { sid: null, context: tlb.meta[entry * META_WORDS + META.CONTEXT]! };
    return { sid: null, context: (cache === CACHE.S1_WALK ? s1Walk : s2Walk).words[(entry << WALK_SHIFT) + WALK.CONTEXT]! };
  }
}

function covers(changed: ReadonlySet<number>, address: number, words: number): boolean {
  for (let i = 0; i < words; i += 2) if (changed.has(address + i * 4)) return true;
  return false;
}
