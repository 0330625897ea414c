import { fromWords } from '../../base/address.ts';
import { authorText } from '../../memory/author.ts';
import { eventName } from '../../spec/index.ts';
import { CACHE, CACHE_NAMES, FILLERS, PURPOSE, STATUS, STATUS_NAMES, TRANSACTION } from '../../trace/record.ts';
import type { Recorder } from '../../trace/recorder.ts';
import type { AtsUnit } from '../ats/ats-unit.ts';
import type { HeldTranslation } from '../ats/held-translation.ts';
import { SLOT } from '../config/slot.ts';
import type { SteCache } from '../config/ste-cache.ts';
import type { Core } from '../core.ts';
import type { Faults } from '../fault.ts';
import type { RegisterFile } from '../registers/register-file.ts';
import { becameAnother, changedFields, hidesUpdate, sameConfiguration, sameOutcome } from './compare.ts';
import type { EntryName } from './dry-run.ts';
import { FreshWalk } from './fresh-walk.ts';
import { LiveEntries } from './live-entries.ts';
import { CacheMisuses } from './misuses.ts';
import { STRUCTURE, STRUCTURE_NAMES } from './read.ts';
import type { Read } from './read.ts';
import { heldRemoval, isConfiguration, keyText, Removals } from './removal.ts';
import type { Access, Removal } from './removal.ts';
import type { ChangedWord, Standing, StaleHit } from './stale-hit.ts';
import { recordStale, recordWaste } from './stale-records.ts';
import type { Difference } from './stale-records.ts';
import { Trail } from './trail.ts';
import { Source } from './source.ts';
import type { Entry, Hit } from './trail.ts';
import { isSync, Waste } from './waste.ts';
import type { WastedCommand } from './waste.ts';
import { WatchedWords } from './watched-words.ts';

/** Words that a report names; the rest follow from these. */
const MAX_WORDS = 8;

/**
 * The coherence checker: after each transaction that a cache had a part in it walks again without caches and without
 * effects. Where that comes to something else, it names the entries that answered, what they were made from and no
 * longer is, who changed it, and the least commands that would have removed them (IHI 0070 3.17, 3.21).
 */
export class Coherence {
  /** Of the last transaction. */
  hits: readonly StaleHit[] = [];
  /** Since the last reset. */
  readonly wasted: WastedCommand[] = [];
  readonly trail: Trail;
  private readonly core: Core;
  private readonly faults: Faults;
  private readonly words: WatchedWords;
  private readonly fresh: FreshWalk;
  private readonly removals: Removals;
  private readonly waste: Waste;
  private readonly misuses: CacheMisuses;
  private readonly ats: AtsUnit;
  /** What translations that devices hold were made from. */
  private readonly held = new WeakMap<HeldTranslation, Source>();
  /** Of the command that is being carried out. */
  private judged: readonly WastedCommand[] = [];
  private syncs = false;
  /** How often SMMUEN became 0: what was right before need not be so now. */
  private _disabled = 0;
  private recorder: Recorder | null = null;

  constructor(core: Core, faults: Faults, registers: RegisterFile, stes: SteCache, ats: AtsUnit) {
    this.core = core;
    this.ats = ats;
    this.faults = faults;
    this.words = new WatchedWords(
      core.memory,
      () => this.recorder?.seq ?? 0,
      (address, change) => this.misuses.changed(address, change),
    );
    this.trail = new Trail(
      () => this.words.count,
      (read) => this.#watch(read),
    );
    this.fresh = new FreshWalk(core, registers);
    this.removals = new Removals(core, registers);
    const live = new LiveEntries(core, stes, this.trail);
    this.waste = new Waste(live, this.words, this.removals, (entry) => this.#bySoftware(entry));
    this.misuses = new CacheMisuses(core, registers, this.words, live, this.trail);
    core.memory.observer = this.words;
  }

  /** Caches are empty: nothing is remembered. */
  reset(): void {
    this.hits = [];
    this.trail.reset();
    this.words.reset();
    this.waste.reset();
    this.misuses.reset();
    this.wasted.length = 0;
  }

  /** A step of the lab begins, from 1. */
  atStep(step: number): void {
    this.words.step = step;
  }

  /** Who records: stale hits go there too. */
  setRecorder(recorder: Recorder | null): void {
    this.recorder = recorder;
  }

  /** The command in `words` (valid during the call), of the queue with a number, is about to be carried out. */
  commandBegins(words: Int32Array, queue: number): void {
    this.judged = this.waste.judge(words, queue);
    this.syncs = isSync(words);
    this.misuses.commandBegins(words, queue, this.waste.reached);
  }

  /** It was consumed, or refused. */
  commandEnds(consumed: boolean, queue: number): void {
    if (!consumed) return;
    this.misuses.consumed(this.syncs, queue);
    for (const one of this.judged) {
      this.wasted.push(one);
      if (this.recorder !== null) recordWaste(this.recorder, one);
    }
    this.judged = [];
  }

  begin(): void {
    const { number, sid, type, bytes } = this.core.txn;
    this.hits = [];
    this.trail.begin(number, sid, type !== TRANSACTION.PREFETCH ? 0 : bytes === 0 ? 1 : 2);
  }

  /** A device keeps what the translation request that has just ended gave it. */
  keep(held: HeldTranslation): void {
    this.held.set(held, new Source(held.origin, 0, this.trail.reads));
  }

  /** The transaction in core.txn has come to its end; `held` is what the device of a Translated one went by. */
  end(held: HeldTranslation | null): void {
    if (this.trail.hits.length > 0 && !this.#known()) this.#judge();
    if (held !== null) this.#judgeHeld(held);
    this.misuses.ended();
  }

  #judge(): void {
    const { txn } = this.core;
    const configured = this.fresh.run(txn);
    const fresh = this.fresh.core.txn;
    const answersAlike = sameOutcome(txn, fresh, this.faults, this.fresh.faults) && this.#sameCompletion();
    const updateHidden = answersAlike && txn.status !== STATUS.ABORT && hidesUpdate(txn, fresh);
    const less = answersAlike && this.#grantsLess();
    const same = answersAlike && !updateHidden && !less;
    const access: Access = { sid: txn.sid, ssid: Math.max(txn.ssidKey - 1, 0), address: fromWords(txn.inHi, txn.inLo) };
    const found: StaleHit[] = [];
    let changed = false;
    for (const hit of this.trail.hits) {
      const differences = this.#differences(hit).filter(({ read }) => configured || isConfiguration(hit) || hit.purpose === PURPOSE.CD || read.structure >= STRUCTURE.STAGE1);
      changed ||= differences.length > 0;
      if ((updateHidden || less) && differences.every(byHardware)) continue;
      if (this.#stale(hit, configured, same, differences)) this.#tell(hit, differences, access, configured, found);
    }
    this.hits = found;
    if (same && !changed) this.#remember();
  }

  /** What is known of an entry that a cache holds; null: nobody saw it being filled. For views: it counts as no use of the entry. */
  standing(entry: EntryName): Standing | null {
    const source = this.trail.sourceOf(entry.cache, entry.entry);
    if (source === null) return null;
    const differences = this.#differences({ ...entry, source }).filter((one) => !byHardware(one));
    const { transaction, hits } = source;
    if (differences.length === 0) return { transaction, hits, stale: null };
    const words = differences.slice(0, MAX_WORDS).map((one) => wordOf(one, entry.cache, this.#now(one.read)));
    return { transaction, hits, stale: { words, ...this.removals.least(entry, [...new Set(differences.map(({ read }) => read))]) } };
  }

  /** 3.9.1.2: a completion that grants more, or the same of more addresses, is another answer. */
  #sameCompletion(): boolean {
    if (this.core.txn.type !== TRANSACTION.ATS_REQUEST) return true;
    const { ats } = this.fresh;
    return this.ats.completion === ats.completion && (this.ats.grant & ~ats.grant) === 0 && this.ats.shift <= ats.shift;
  }

  /** A completion that does not grant what it could: of no weight where hardware itself has made the page dirty since. */
  #grantsLess(): boolean {
    return this.core.txn.type === TRANSACTION.ATS_REQUEST && (this.fresh.ats.grant & ~this.ats.grant) !== 0;
  }

  /** 3.9.1: the access went where a translation that the device holds says, or was refused there; a request might be answered otherwise now. */
  #judgeHeld(held: HeldTranslation): void {
    const source = this.held.get(held);
    const { txn } = this.core;
    if (source === undefined || source.cleanAt === this.words.count) return;
    const hit: Hit = { cache: CACHE.ATC, entry: 0, purpose: PURPOSE.NONE, source };
    const differences = this.#differences(hit);
    const within = fromWords(txn.inHi, txn.inLo) - held.address;
    const address = held.iova + within;
    const granted = this.fresh.grants(txn, held, address);
    const refusedToo = !granted && txn.status !== STATUS.SUCCESS && txn.status !== STATUS.BYPASS;
    const flagsDue = differences.length > 0 && this.fresh.core.txn.updates > 0;
    if (refusedToo || (granted && this.fresh.place === held.address + within && !flagsDue)) {
      if (differences.length === 0) source.cleanAt = this.words.count;
      return;
    }
    const found: StaleHit[] = [];
    this.#tell(hit, differences, { sid: txn.sid, ssid: held.ssid ?? 0, address, pasid: held.ssid !== null }, true, found);
    this.hits = [...this.hits, ...found];
  }

  /** SMMUEN is 0 now: tables may be put elsewhere. */
  disabled(): void {
    this._disabled++;
  }

  /** Nothing changed since this stream was last found to be right about all of these entries. */
  #known(): boolean {
    const stamp = this.#stamp();
    return this.trail.hits.every(({ source }) => source.cleanAt === this.words.count && source.cleanFor === stamp);
  }

  #remember(): void {
    const stamp = this.#stamp();
    for (const { source } of this.trail.hits) {
      source.cleanAt = this.words.count;
      source.cleanFor = stamp;
    }
  }

  #stamp(): number {
    const { txn, slots } = this.core;
    return this._disabled * 2 ** 32 + (txn.slot < 0 ? -1 : slots[txn.slot + SLOT.STAMP]!);
  }

  #watch(read: Read): void {
    const { address, words } = read;
    for (let i = 0; i < words.length; i += 2) this.words.watch(address + i * 4, words[i + 1]!, words[i]!);
    this.misuses.fetched(read);
  }

  /** Configuration is judged by what it says, translations by what the access came to. */
  #stale(hit: Hit, configured: boolean, same: boolean, differences: readonly Difference[]): boolean {
    if (isConfiguration(hit))
      return !configured ? !same : !sameConfiguration(this.core, this.core.txn.slot, this.fresh.core);
    // Without a configuration no translation would be looked up: one is to blame for tables that changed, not for their STE or CD.
    return !same && (configured || differences.length > 0);
  }

  /** Reads that no longer give what they gave, by no doing of the SMMU's own. */
  #bySoftware(entry: Entry): readonly Read[] {
    const touched = entry.source.reads.some(({ address, words, since }) => words.some((_, i) => i % 2 === 0 && this.words.lastChange(address + i * 4, since) !== null));
    if (!touched) return [];
    const differences = this.#differences(entry).filter((one) => one.change !== null && !byHardware(one));
    return [...new Set(differences.map(({ read }) => read))];
  }

  #differences({ cache, source }: Entry): readonly Difference[] {
    return source.reads.flatMap((read) => {
      const differing = this.#changedWords(read);
      const structure = read.words.length === 16;
      return structure && differing.length > 0 && changedFields(read.structure, cache, read.words, this.#now(read)).length === 0
        ? []
        : differing;
    });
  }

  #now({ address, words }: Read): Int32Array {
    const { memory } = this.core;
    const now = new Int32Array(words.length);
    for (let i = 0; i < words.length; i += 2) {
      const at = address + i * 4;
      if (!memory.load(Math.floor(at / 2 ** 32), (at % 2 ** 32) | 0)) continue;
      now[i] = memory.lo;
      now[i + 1] = memory.hi;
    }
    return now;
  }

  #changedWords(read: Read): Difference[] {
    const now = this.#now(read);
    const found: Difference[] = [];
    for (let i = 0; i < now.length; i += 2) {
      if (now[i] === read.words[i] && now[i + 1] === read.words[i + 1]) continue;
      const address = read.address + i * 4;
      const change = this.words.lastChange(address, read.since);
      found.push({ read, address, oldLo: read.words[i]!, oldHi: read.words[i + 1]!, nowLo: now[i]!, nowHi: now[i + 1]!, change });
    }
    return found;
  }

  #tell(hit: Hit, all: readonly Difference[], access: Access, configured: boolean, found: StaleHit[]): void {
    // What the SMMU itself wrote, flags of descriptors, is no reason where software wrote too.
    const bySoftware = all.filter((one) => !byHardware(one));
    const differences = (bySoftware.length > 0 ? bySoftware : all).slice(0, MAX_WORDS);
    // With STE.CONT it may be the STE of another stream.
    const by = hit.cache === CACHE.STE ? { ...access, sid: hit.entry } : access;
    const removal = this.#removal(hit, differences, by, configured);
    if (removal === null) return;
    const { txn } = this.fresh.core;
    const success = txn.status === STATUS.SUCCESS || txn.status === STATUS.BYPASS;
    const stale: StaleHit = {
      cache: CACHE_NAMES[hit.cache]!,
      entry: hit.entry,
      key: keyText(this.core, hit, by, hit.purpose),
      filledBy: hit.source.transaction,
      prefetch: FILLERS[hit.source.filler]!,
      now: {
        status: STATUS_NAMES[txn.status]!,
        ...(success ? { pa: fromWords(txn.outHi, txn.outLo) } : {}),
        ...(txn.status === STATUS.FAULT ? { event: eventName(txn.event) } : {}),
      },
      words: differences.map((one) => wordOf(one, hit.cache, this.#now(one.read))),
      ...removal,
      // 3.21.1: an entry that allows less than memory does now may stay, and its faults are spurious.
      required: success && (this.core.txn.status === STATUS.FAULT || (hit.cache !== CACHE.ATC && this.#grantsLess())) ? 'may' : 'must',
      breakBeforeMake: differences.some(
        ({ read, nowHi, nowLo, change }) => becameAnother(read, nowHi, nowLo) && ((change?.oldLo ?? 1) & 1) === 1,
      ),
    };
    found.push(stale);
    if (this.recorder !== null) recordStale(this.recorder, this.core, hit, stale, differences, access, txn);
    if (isConfiguration(hit)) this.misuses.staleConfiguration(hit, differences.flatMap(({ read, address, change }) => (change === null ? [] : [{ read, address, change }])));
  }

  /** Null where the entry is not to blame. */
  #removal(hit: Hit, differences: readonly Difference[], access: Access, configured: boolean): Removal | null {
    if (hit.cache === CACHE.ATC) return heldRemoval(access);
    if (this.misuses.waits(hit)) return this.removals.sync;
    if (hit.cache === CACHE.STE && hit.entry !== this.core.txn.sid) return this.removals.steOf(hit.entry);
    if (differences.length > 0) return this.removals.of(hit, [...new Set(differences.map(({ read }) => read))], access);
    if (isConfiguration(hit)) return configured || this.#steMoved(hit) ? this.removals.everything : null;
    // Nothing changed, and yet the answer is not that of this stream: the entry is of another one with the same tags.
    return hit.cache === CACHE.TLB && !this.trail.hits.some((other) => other !== hit && this.#differences(other).length > 0)
      ? { commands: [], rule: 'stale.tags' }
      : null;
  }

  /** The STE is read from elsewhere now, or not at all: STRTAB_BASE changed. */
  #steMoved({ source }: Hit): boolean {
    const ste = (reads: readonly Read[]): number | undefined => reads.find(({ structure }) => structure === STRUCTURE.STE)?.address;
    return ste(source.reads) !== ste(this.fresh.trail.reads);
  }
}

/** Flags that the SMMU itself updated (3.13). */
const byHardware = ({ change }: Difference): boolean => change?.author.kind === 'SMMU';

const structureText = ({ structure, level }: Read): string =>
  structure === STRUCTURE.STAGE1 ? `S1 L${level}` : structure === STRUCTURE.STAGE2 ? `S2 L${level}` : STRUCTURE_NAMES[structure]!;

const wordOf = ({ read, address, oldHi, oldLo, nowHi, nowLo, change }: Difference, cache: number, now: Int32Array): ChangedWord => ({
  structure: structureText(read),
  fields: read.words.length === 16 ? changedFields(read.structure, cache, read.words, now) : [],
  pa: BigInt(address),
  old: fromWords(oldHi, oldLo),
  now: fromWords(nowHi, nowLo),
  by: change === null ? null : authorText(change.author),
  step: change?.step ?? 0,
  seq: change?.seq ?? 0,
});
