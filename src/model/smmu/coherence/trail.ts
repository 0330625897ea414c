import { CACHE, PURPOSE, VERDICT } from '../../trace/record.ts';
import type { StepWitness } from '../../trace/step-witness.ts';
import { changedFields } from './compare.ts';
import { STRUCTURE } from './read.ts';
import type { Read } from './read.ts';
import { Source } from './source.ts';

/** A cache entry that answered, with everything it was made from. */
export interface Hit {
  readonly cache: number;
  readonly entry: number;
  /** For whose sake stage 2 was asked: the CD, a table of stage 1 or the access; NONE for other entries. */
  readonly purpose: number;
  readonly source: Source;
}

/** An entry as it was last filled; entries of stage 2 go by the TLB that holds them. */
export type Entry = Pick<Hit, 'cache' | 'entry' | 'source'>;

/** VA-keyed and IPA-keyed entries share the TLB's array. */
const arrayOf = (cache: number): number => (cache === CACHE.S2_TLB ? CACHE.TLB : cache);
const keyOf = (cache: number, entry: number): number => arrayOf(cache) * 2 ** 32 + (entry >>> 0);

/**
 * Follows the steps of transactions and keeps for every entry that one fills what it was made from. An entry made with
 * the help of another one was made from what that one was made from.
 */
export class Trail implements StepWitness {
  hits: Hit[] = [];
  /** A configuration was made from memory: every structure was there and legal. */
  configured = false;
  private readonly sources = new Map<number, Source>();
  private readonly now: () => number;
  private readonly onRead: (read: Read) => void;
  private transaction = 0;
  private filler = 0;
  private sid = 0;
  private purpose: number = PURPOSE.NONE;
  /** Of the configuration, of the tables behind it, and of the stage 2 walk under way. */
  private configuration: Read[] = [];
  private tables: Read[] = [];
  private stage2: Read[] = [];
  /** Behind the TLB entry that was found, if one was. */
  private translated: readonly Read[] = [];
  /** STEs and CDs behind entries of walk caches and of stage 2 that say something else than this transaction's own. */
  private older: Read[] = [];

  /** `now`: number of the last change. `onRead` is told of each read of memory. */
  constructor(now: () => number, onRead: (read: Read) => void) {
    this.now = now;
    this.onRead = onRead;
  }

  reset(): void {
    this.sources.clear();
    this.hits = [];
  }

  begin(transaction: number, sid: number, filler = 0): void {
    this.transaction = transaction;
    this.filler = filler;
    this.sid = sid;
    this.hits = [];
    this.configured = false;
    this.configuration = [];
    this.tables = [];
    this.stage2 = [];
    this.translated = [];
    this.older = [];
  }

  /** What the transaction went by, from memory or from caches. */
  get reads(): readonly Read[] {
    return [...this.configuration, ...this.translated, ...this.tables];
  }

  sourceOf(cache: number, entry: number): Source | null {
    return this.sources.get(keyOf(cache, entry)) ?? null;
  }

  /** Everything that was filled, whether it is still there or not. */
  entries(): Entry[] {
    return [...this.sources].map(([key, source]) => ({ cache: Math.floor(key / 2 ** 32), entry: (key % 2 ** 32) | 0, source }));
  }

  walk(purpose: number): void {
    this.stage2 = [];
    this.purpose = purpose;
  }

  read(
    stage: number,
    level: number,
    purpose: number,
    hi: number,
    lo: number,
    wordHi: number,
    wordLo: number,
    ipaHi: number,
    ipaLo: number,
  ): void {
    const structure =
      stage === 1 ? STRUCTURE.STAGE1 : stage === 2 ? STRUCTURE.STAGE2 : purpose === PURPOSE.STE ? STRUCTURE.L1STD : STRUCTURE.L1CD;
    this.#take(structure, level, purpose, hi, lo, Int32Array.of(wordLo, wordHi), ipaHi, ipaLo);
  }

  struct(purpose: number, hi: number, lo: number, words: Int32Array, from: number): void {
    this.#take(purpose === PURPOSE.STE ? STRUCTURE.STE : STRUCTURE.CD, 0, purpose, hi, lo, words.slice(from, from + 16), 0, 0);
    // The cache of STEs is filled without a step of its own, and asked by StreamID.
    if (purpose === PURPOSE.STE) this.#keep(CACHE.STE, this.sid, [...this.configuration]);
  }

  /** What is filled from the descriptor knows the flags that hardware has just set in it. */
  update(hi: number, lo: number, wordHi: number, wordLo: number): void {
    const address = (hi >>> 0) * 2 ** 32 + (lo >>> 0);
    const renewed = (read: Read): Read =>
      read.address === address ? { ...read, words: Int32Array.of(wordLo, wordHi), since: this.now() } : read;
    this.configuration = this.configuration.map(renewed);
    this.tables = this.tables.map(renewed);
    this.stage2 = this.stage2.map(renewed);
  }

  lookup(cache: number, verdict: number, entry: number): void {
    if (verdict !== VERDICT.HIT) return;
    // An STE goes by its StreamID: that of the transaction, or entry - 1 where it is another's (the choice STE.CONT-span).
    const at = cache !== CACHE.STE ? entry : entry === 0 ? this.sid : (entry - 1) | 0;
    const source = this.sourceOf(cache, at);
    if (source === null) return;
    source.hits++;
    this.hits.push({ cache, entry: at, purpose: cache === CACHE.S2_TLB || cache === CACHE.S2_WALK ? this.purpose : PURPOSE.NONE, source });
    if (cache === CACHE.S1_WALK || cache === CACHE.S2_TLB || cache === CACHE.S2_WALK) this.older.push(...this.#disagreeing(source));
    switch (cache) {
      case CACHE.CONFIG:
      case CACHE.STE:
        this.configuration.push(...source.reads);
        return;
      case CACHE.TLB:
        this.translated = source.reads;
        return;
      case CACHE.S1_WALK:
        this.tables.push(...tablesIn(source.reads));
        return;
      case CACHE.S2_TLB:
      case CACHE.S2_WALK:
        this.stage2.push(...tablesIn(source.reads));
        this.#listOf(this.purpose).push(...tablesIn(source.reads));
        return;
    }
  }

  fill(cache: number, entry: number): void {
    switch (cache) {
      case CACHE.CONFIG:
        this.configured = true;
        if (entry >= 0) this.#keep(cache, entry, [...this.configuration, ...this.older]);
        return;
      case CACHE.S2_TLB:
      case CACHE.S2_WALK:
        return this.#keep(cache, entry, [...this.#structures(STRUCTURE.STE), ...this.older.filter(({ structure }) => structure === STRUCTURE.STE), ...this.stage2]);
      default:
        return this.#keep(cache, entry, [...this.#structures(STRUCTURE.STE), ...this.#structures(STRUCTURE.CD), ...this.older, ...this.tables]);
    }
  }

  /** 5.2.1, 5.4.1: of the fields that the TLB may cache, all STEs of a VMID and all CDs of an ASID must say the same. */
  #disagreeing({ reads }: Source): readonly Read[] {
    return reads.filter((read) => {
      if (read.structure !== STRUCTURE.STE && read.structure !== STRUCTURE.CD) return false;
      const own = this.#structures(read.structure).at(-1);
      return own !== undefined && changedFields(read.structure, CACHE.TLB, read.words, own.words).length > 0;
    });
  }

  #keep(cache: number, entry: number, reads: readonly Read[]): void {
    this.sources.set(keyOf(cache, entry), new Source(this.transaction, this.filler, reads));
  }

  #structures(structure: number): readonly Read[] {
    return this.configuration.filter((read) => read.structure === structure);
  }

  #listOf(purpose: number): Read[] {
    return purpose === PURPOSE.CD || purpose === PURPOSE.STE ? this.configuration : this.tables;
  }

  #take(structure: number, level: number, purpose: number, hi: number, lo: number, words: Int32Array, ipaHi: number, ipaLo: number): void {
    const address = (hi >>> 0) * 2 ** 32 + (lo >>> 0);
    const read: Read = { structure, level, purpose, address, ipaLo, ipaHi, words, since: this.now() };
    this.onRead(read);
    if (structure === STRUCTURE.STAGE2) this.stage2.push(read);
    this.#listOf(purpose).push(read);
  }
}

const tablesIn = (reads: readonly Read[]): readonly Read[] =>
  reads.filter(({ structure }) => structure === STRUCTURE.STAGE1 || structure === STRUCTURE.STAGE2);
