import type { LiveEntries } from './live-entries.ts';
import { isConfiguration } from './removal.ts';
import type { Removals } from './removal.ts';
import type { NamedCommand } from './stale-hit.ts';
import type { Read } from './read.ts';
import type { Entry } from './trail.ts';
import type { WatchedWords } from './watched-words.ts';

/** An invalidation that helped nobody, or that took much with it. For information: it is never wrong to remove what is right. */
export interface WastedCommand {
  /** `missed`: it removed nothing and entries are out of date. `wide`: most of what it removed could have stayed. */
  readonly kind: 'missed' | 'wide';
  /** As it stood in the queue. */
  readonly words: Int32Array;
  /** Cache entries that it removed, those of walk caches included, and how many of them were out of date. */
  readonly removed: number;
  readonly outOfDate: number;
  /** `missed`: entries that are out of date after the CMD_SYNC. `wide`: entries that `enough` would have removed. */
  readonly others: number;
  /** The least commands for what was out of date. */
  readonly enough: readonly NamedCommand[];
  /** Step of the lab, from 1; 0: before the first. */
  readonly step: number;
}

/** An entry that is out of date, with what it was made from and that changed since. */
interface Outdated extends Entry {
  readonly changed: readonly Read[];
}

const OPCODE = 0xff;
const CFGI_FIRST = 0x03;
const CFGI_LAST = 0x06;
const TLBI_FIRST = 0x10;
const TLBI_LAST = 0x30;
const SYNC = 0x46;

const opcodeOf = (words: Int32Array): number => words[0]! & OPCODE;
export const isSync = (words: Int32Array): boolean => opcodeOf(words) === SYNC;
const isCfgi = (words: Int32Array): boolean => opcodeOf(words) >= CFGI_FIRST && opcodeOf(words) <= CFGI_LAST;
const isTlbi = (words: Int32Array): boolean => opcodeOf(words) >= TLBI_FIRST && opcodeOf(words) <= TLBI_LAST;

/**
 * Looks at each CMD_CFGI and CMD_TLBI before it is carried out: at the entries that it will remove, and which of them were
 * made from words that software changed since (IHI 0070 4.3, 4.4). Where nothing changed nothing is told: software may remove
 * entries for reasons that are not in memory, such as an ASID that is to be used anew.
 */
export class Waste {
  private readonly live: LiveEntries;
  private readonly words: WatchedWords;
  private readonly removals: Removals;
  private readonly changed: (entry: Entry) => readonly Read[];
  /** Those since the last CMD_SYNC of their queue that removed nothing. */
  private idle: { readonly words: Int32Array; readonly queue: number }[] = [];
  /** What is out of date of what the command last judged reaches. */
  reached: readonly Entry[] = [];

  /** `changed`: what of an entry's sources software changed. */
  constructor(live: LiveEntries, words: WatchedWords, removals: Removals, changed: (entry: Entry) => readonly Read[]) {
    this.live = live;
    this.words = words;
    this.removals = removals;
    this.changed = changed;
  }

  reset(): void {
    this.idle = [];
  }

  /** What is to be told of the command in `words`, and at a CMD_SYNC of those before it in the same queue. */
  judge(words: Int32Array, queue: number): readonly WastedCommand[] {
    this.reached = [];
    // Nothing has changed that anything cached was made from.
    if (this.words.count === 0) return [];
    if (isSync(words)) return this.#missed(queue);
    return isCfgi(words) || isTlbi(words) ? this.#wide(Int32Array.from(words), queue) : [];
  }

  #missed(queue: number): readonly WastedCommand[] {
    const idle = this.idle.filter((one) => one.queue === queue);
    if (idle.length === 0) return [];
    this.idle = this.idle.filter((one) => one.queue !== queue);
    const left = this.#outdated(this.live.all());
    return idle.flatMap(({ words }) => {
      const own = left.filter((entry) => isConfiguration(entry) === isCfgi(words));
      return own.length === 0 ? [] : [this.#wasted('missed', words, 0, 0, own.length, this.#least(own))];
    });
  }

  #wide(words: Int32Array, queue: number): readonly WastedCommand[] {
    const reached = this.live.all().filter((entry) => this.removals.reaches(entry, words));
    if (reached.length === 0) {
      this.idle.push({ words, queue });
      return [];
    }
    const outdated = this.#outdated(reached);
    this.reached = outdated;
    if (outdated.length === 0 || outdated.length * 2 >= reached.length) return [];
    const enough = this.#least(outdated);
    const needed = reached.filter((entry) => outdated.some((one) => one.cache === entry.cache && one.entry === entry.entry) || this.removals.removes(entry, enough));
    return needed.length * 2 >= reached.length ? [] : [this.#wasted('wide', words, reached.length, outdated.length, needed.length, enough)];
  }

  #wasted(kind: WastedCommand['kind'], words: Int32Array, removed: number, outOfDate: number, others: number, enough: readonly NamedCommand[]): WastedCommand {
    return { kind, words, removed, outOfDate, others, enough, step: this.words.step };
  }

  #outdated(entries: readonly Entry[]): Outdated[] {
    return entries.flatMap(({ cache, entry, source }) => {
      const changed = this.changed({ cache, entry, source });
      return changed.length === 0 ? [] : [{ cache, entry, source, changed }];
    });
  }

  /** Without those that say the same. */
  #least(outdated: readonly Outdated[]): readonly NamedCommand[] {
    const commands = outdated.flatMap((entry) => this.removals.least(entry, entry.changed).commands);
    return [...new Map(commands.map((one) => [[one.name, ...Object.entries(one.fields)].join(' '), one])).values()];
  }
}
