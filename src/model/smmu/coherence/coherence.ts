import { fromWords } from '../../base/address.ts';
import { AUTHOR_KINDS, authorText } from '../../memory/author.ts';
import { eventName } from '../../spec/index.ts';
import { ruleNumber } from '../../spec/rules/registry.ts';
import { CACHE, CACHE_NAMES, FILLER_SHIFT, FILLERS, NO_LEVEL, PURPOSE, SPACE, STALE, STATUS, STATUS_NAMES, TRANSACTION } from '../../trace/record.ts';
import type { Recorder } from '../../trace/recorder.ts';
import { SLOT } from '../config/slot.ts';
import type { SteCache } from '../config/ste-cache.ts';
import type { Core } from '../core.ts';
import type { Faults } from '../fault.ts';
import type { RegisterFile } from '../registers/register-file.ts';
import { SCOPE } from '../tlb/contexts.ts';
import { becameAnother, changedFields, sameConfiguration, sameOutcome } from './compare.ts';
import { contextOf } from './dry-run.ts';
import type { EntryName } from './dry-run.ts';
import { FreshWalk } from './fresh-walk.ts';
import { LiveEntries } from './live-entries.ts';
import { CacheMisuses } from './misuses.ts';
import { commandWords, isConfiguration, keyText, Removals } from './removal.ts';
import type { Access, Removal } from './removal.ts';
import type { ChangedWord, Standing, StaleHit } from './stale-hit.ts';
import { STRUCTURE, STRUCTURE_NAMES, Trail } from './trail.ts';
import type { Entry, Hit, Read } from './trail.ts';
import { isSync, Waste } from './waste.ts';
import type { WastedCommand } from './waste.ts';
import { WatchedWords } from './watched-words.ts';
import type { Change } from './watched-words.ts';

/** Words, or commands, that a report names; the rest follow from these. */
const MAX_WORDS = 8;

/** A 64-bit word of a read that is no longer what it was. */
interface Difference {
  readonly read: Read;
  readonly address: number;
  readonly oldLo: number;
  readonly oldHi: number;
  readonly nowLo: number;
  readonly nowHi: number;
  readonly change: Change | null;
}

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
  readonly #core: Core;
  readonly #faults: Faults;
  readonly #words: WatchedWords;
  readonly #fresh: FreshWalk;
  readonly #removals: Removals;
  readonly #waste: Waste;
  readonly #misuses: CacheMisuses;
  /** Of the command that is being carried out. */
  #judged: readonly WastedCommand[] = [];
  #syncs = false;
  #recorder: Recorder | null = null;

  constructor(core: Core, faults: Faults, registers: RegisterFile, stes: SteCache) {
    this.#core = core;
    this.#faults = faults;
    this.#words = new WatchedWords(
      core.memory,
      () => this.#recorder?.seq ?? 0,
      (address, change) => this.#misuses.changed(address, change),
    );
    this.trail = new Trail(
      () => this.#words.count,
      (read) => this.#watch(read),
    );
    this.#fresh = new FreshWalk(core, registers);
    this.#removals = new Removals(core, registers);
    const live = new LiveEntries(core, stes, this.trail);
    this.#waste = new Waste(live, this.#words, this.#removals, (entry) => this.#bySoftware(entry));
    this.#misuses = new CacheMisuses(core, registers, this.#words, live, this.trail);
    core.memory.observer = this.#words;
  }

  /** Caches are empty: nothing is remembered. */
  reset(): void {
    this.hits = [];
    this.trail.reset();
    this.#words.reset();
    this.#waste.reset();
    this.#misuses.reset();
    this.wasted.length = 0;
  }

  /** A step of the lab begins, from 1. */
  atStep(step: number): void {
    this.#words.step = step;
  }

  /** Who records: stale hits go there too. */
  setRecorder(recorder: Recorder | null): void {
    this.#recorder = recorder;
  }

  /** The command in `words` (valid during the call), of the queue with a number, is about to be carried out. */
  commandBegins(words: Int32Array, queue: number): void {
    this.#judged = this.#waste.judge(words, queue);
    this.#syncs = isSync(words);
    this.#misuses.commandBegins(words, queue, this.#waste.reached);
  }

  /** It was consumed, or refused. */
  commandEnds(consumed: boolean, queue: number): void {
    if (!consumed) return;
    this.#misuses.consumed(this.#syncs, queue);
    for (const one of this.#judged) {
      this.wasted.push(one);
      this.#recordWaste(one);
    }
    this.#judged = [];
  }

  begin(): void {
    const { number, sid, type, bytes } = this.#core.txn;
    this.hits = [];
    this.trail.begin(number, sid, type !== TRANSACTION.PREFETCH ? 0 : bytes === 0 ? 1 : 2);
  }

  /** The transaction in core.txn has come to its end. */
  end(): void {
    this.#compare();
    this.#misuses.ended();
  }

  #compare(): void {
    if (this.trail.hits.length === 0 || this.#known()) return;
    const { txn } = this.#core;
    const configured = this.#fresh.run(txn);
    const same = sameOutcome(txn, this.#fresh.core.txn, this.#faults, this.#fresh.faults);
    const access: Access = { sid: txn.sid, ssid: Math.max(txn.ssidKey - 1, 0), address: fromWords(txn.inHi, txn.inLo) };
    const found: StaleHit[] = [];
    let changed = false;
    for (const hit of this.trail.hits) {
      const differences = this.#differences(hit).filter(({ read }) => configured || isConfiguration(hit) || hit.purpose === PURPOSE.CD || read.structure >= STRUCTURE.STAGE1);
      changed ||= differences.length > 0;
      if (this.#stale(hit, configured, same, differences)) this.#tell(hit, differences, access, configured, found);
    }
    this.hits = found;
    if (same && !changed) this.#remember();
  }

  /** What is known of an entry that a cache holds; null: nobody saw it being filled. For views: it counts as no use of the entry. */
  standing(entry: EntryName): Standing | null {
    const source = this.trail.sourceOf(entry.cache, entry.entry);
    if (source === null) return null;
    const differences = this.#differences({ ...entry, source }).filter(({ change }) => change?.author.kind !== 'SMMU');
    const { transaction, hits } = source;
    if (differences.length === 0) return { transaction, hits, stale: null };
    const words = differences.slice(0, MAX_WORDS).map((one) => wordOf(one, entry.cache, this.#now(one.read)));
    return { transaction, hits, stale: { words, ...this.#removals.least(entry, [...new Set(differences.map(({ read }) => read))]) } };
  }

  /** Nothing changed since this stream was last found to be right about all of these entries. */
  #known(): boolean {
    const stamp = this.#stamp();
    return this.trail.hits.every(({ source }) => source.cleanAt === this.#words.count && source.cleanFor === stamp);
  }

  #remember(): void {
    const stamp = this.#stamp();
    for (const { source } of this.trail.hits) {
      source.cleanAt = this.#words.count;
      source.cleanFor = stamp;
    }
  }

  #stamp(): number {
    const { txn, slots } = this.#core;
    return txn.slot < 0 ? -1 : slots[txn.slot + SLOT.STAMP]!;
  }

  #watch(read: Read): void {
    const { address, words } = read;
    for (let i = 0; i < words.length; i += 2) this.#words.watch(address + i * 4, words[i + 1]!, words[i]!);
    this.#misuses.fetched(read);
  }

  /** Configuration is judged by what it says, translations by what the access came to. */
  #stale(hit: Hit, configured: boolean, same: boolean, differences: readonly Difference[]): boolean {
    if (isConfiguration(hit))
      return !configured ? !same : !sameConfiguration(this.#core, this.#core.txn.slot, this.#fresh.core);
    // Without a configuration no translation would be looked up: one is to blame for tables that changed, not for their STE or CD.
    return !same && (configured || differences.length > 0);
  }

  /** Reads that no longer give what they gave, by no doing of the SMMU's own. */
  #bySoftware(entry: Entry): readonly Read[] {
    const touched = entry.source.reads.some(({ address, words, since }) => words.some((_, i) => i % 2 === 0 && this.#words.lastChange(address + i * 4, since) !== null));
    if (!touched) return [];
    const differences = this.#differences(entry).filter(({ change }) => change !== null && change.author.kind !== 'SMMU');
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
    const { memory } = this.#core;
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
      const change = this.#words.lastChange(address, read.since);
      found.push({ read, address, oldLo: read.words[i]!, oldHi: read.words[i + 1]!, nowLo: now[i]!, nowHi: now[i + 1]!, change });
    }
    return found;
  }

  #tell(hit: Hit, all: readonly Difference[], access: Access, configured: boolean, found: StaleHit[]): void {
    // What the SMMU itself wrote, flags of descriptors, is no reason where software wrote too.
    const bySoftware = all.filter(({ change }) => change?.author.kind !== 'SMMU');
    const differences = (bySoftware.length > 0 ? bySoftware : all).slice(0, MAX_WORDS);
    const removal = this.#removal(hit, differences, access, configured);
    if (removal === null) return;
    const { txn } = this.#fresh.core;
    const success = txn.status === STATUS.SUCCESS || txn.status === STATUS.BYPASS;
    const stale: StaleHit = {
      cache: CACHE_NAMES[hit.cache]!,
      entry: hit.entry,
      key: keyText(this.#core, hit, access, hit.purpose),
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
      required: success && this.#core.txn.status === STATUS.FAULT ? 'may' : 'must',
      breakBeforeMake: differences.some(
        ({ read, nowHi, nowLo, change }) => becameAnother(read, nowHi, nowLo) && ((change?.oldLo ?? 1) & 1) === 1,
      ),
    };
    found.push(stale);
    this.#record(hit, stale, differences, access);
    if (isConfiguration(hit)) this.#misuses.staleConfiguration(hit, differences.flatMap(({ read, address, change }) => (change === null ? [] : [{ read, address, change }])));
  }

  /** Null where the entry is not to blame. */
  #removal(hit: Hit, differences: readonly Difference[], access: Access, configured: boolean): Removal | null {
    if (this.#misuses.waits(hit)) return this.#removals.sync;
    if (differences.length > 0) return this.#removals.of(hit, [...new Set(differences.map(({ read }) => read))], access);
    if (isConfiguration(hit)) return configured || this.#steMoved(hit) ? this.#removals.everything : null;
    // Nothing changed, and yet the answer is not that of this stream: the entry is of another one with the same tags.
    return hit.cache === CACHE.TLB && !this.trail.hits.some((other) => other !== hit && this.#differences(other).length > 0)
      ? { commands: [], rule: 'stale.tags' }
      : null;
  }

  /** The STE is read from elsewhere now, or not at all: STRTAB_BASE changed. */
  #steMoved({ source }: Hit): boolean {
    const ste = (reads: readonly Read[]): number | undefined => reads.find(({ structure }) => structure === STRUCTURE.STE)?.address;
    return ste(source.reads) !== ste(this.#fresh.trail.reads);
  }

  #recordWaste({ words, removed, outOfDate, others, enough }: WastedCommand): void {
    const recorder = this.#recorder;
    if (recorder === null) return;
    recorder.stale(STALE.WASTE, 0, NO_LEVEL, 0, 0, SPACE.NONE, 0, 0, [...words, removed, outOfDate, others]);
    for (const command of enough.slice(0, MAX_WORDS)) recorder.stale(STALE.COMMAND, 0, NO_LEVEL, 0, 0, SPACE.NONE, 0, 0, commandWords(command));
  }

  #record(hit: Hit, stale: StaleHit, differences: readonly Difference[], { address }: Access): void {
    const recorder = this.#recorder;
    if (recorder === null) return;
    const { txn } = this.#fresh.core;
    const rule = ruleNumber(stale.rule);
    const configuration = isConfiguration(hit);
    const context = configuration ? null : contextOf(this.#core, hit);
    const tags = context === null ? 0 : context.vmid | (context.asid << 16);
    const flags =
      (stale.required === 'must' ? 1 << 16 : 0) | (stale.breakBeforeMake ? 1 << 17 : 0) | (context?.scope === SCOPE.GLOBAL ? 1 << 18 : 0) | (hit.source.filler << FILLER_SHIFT);
    const payload = [hit.cache, hit.entry, stale.filledBy, tags, txn.status | (txn.event << 8) | flags, txn.outLo, txn.outHi];
    recorder.stale(
      STALE.ENTRY,
      0,
      NO_LEVEL,
      hit.purpose,
      rule,
      configuration ? SPACE.NONE : SPACE.IOVA,
      Number(address >> 32n),
      Number(BigInt.asIntN(32, address)),
      payload,
    );
    for (const one of differences) {
      const { read, change } = one;
      const who = AUTHOR_KINDS.indexOf(change?.author.kind ?? 'software');
      const words = [
        one.oldLo,
        one.oldHi,
        one.nowLo,
        one.nowHi,
        change?.seq ?? 0,
        change?.step ?? 0,
        read.structure | (who << 8),
        change === null ? 0 : 1,
      ];
      const level = read.structure >= STRUCTURE.STAGE1 ? read.level : NO_LEVEL;
      const stage = read.structure === STRUCTURE.STAGE1 ? 1 : read.structure === STRUCTURE.STAGE2 ? 2 : 0;
      recorder.stale(
        STALE.WORD,
        stage,
        level,
        read.purpose,
        rule,
        SPACE.PA,
        Math.floor(one.address / 2 ** 32),
        (one.address % 2 ** 32) | 0,
        words,
      );
    }
    for (const command of stale.commands) recorder.stale(STALE.COMMAND, 0, NO_LEVEL, 0, rule, SPACE.NONE, 0, 0, commandWords(command));
  }
}

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
