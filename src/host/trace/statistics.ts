/** Counts of a run, kept while its records are drained: outcomes and reads of each stream, what caches answered, how both went on. */
import { ruleNumber } from '../../model/spec/index.ts';
import { CACHE, KIND, PAYLOAD, PURPOSE, RECORD_WORDS, STATUS, VERDICT } from '../../model/trace/record.ts';

/** What of a run is counted together: outcomes, and transactions by how many reads they took. */
export interface Counted extends Stretch {
  /** READS + 1 numbers. */
  readonly byReads: Uint32Array;
}

export interface StreamCounts extends Counted {
  /** S2VMID of the STE that was last read; null: none was. */
  vmid: number | null;
}

/** Some transactions one after the other. */
export interface Stretch {
  transactions: number;
  faults: number;
  reads: number;
  /** Answered by the TLB. */
  hits: number;
}

/** Stretches that are kept; when they are full, two become one. */
const STRETCHES = 128;
/** Reads of a translation: the last counts all that took more. */
export const READS = 32;

const TLB_HIT = ruleNumber('tlb.hit');

export const nothingCounted = (): Counted => ({ ...blank(), byReads: new Uint32Array(READS + 1) });
const blank = (): Stretch => ({ transactions: 0, faults: 0, reads: 0, hits: 0 });

export class Statistics {
  readonly streams = new Map<number, StreamCounts>();
  /** Hits of each cache, by CACHE. */
  readonly cacheHits = new Map<number, number>();
  /** Transactions by how many reads they took. */
  readonly histogram = new Uint32Array(READS + 1);
  /** Transactions of a stretch. */
  width = 1;
  stretches: Stretch[] = [];
  #hit = false;

  /** The same counts, which go on by themselves. */
  copy(): Statistics {
    const copy = new Statistics();
    for (const [sid, counts] of this.streams) copy.streams.set(sid, { ...counts, byReads: counts.byReads.slice() });
    for (const [cache, hits] of this.cacheHits) copy.cacheHits.set(cache, hits);
    copy.histogram.set(this.histogram);
    copy.width = this.width;
    copy.stretches = this.stretches.map((stretch) => ({ ...stretch }));
    copy.#hit = this.#hit;
    return copy;
  }

  add(words: Int32Array): void {
    for (let at = 0; at < words.length; at += RECORD_WORDS) {
      switch (words[at]! & 0xff) {
        case KIND.TXN_BEGIN:
          this.#hit = false;
          break;
        case KIND.LOOKUP:
          this.#lookup(words, at);
          break;
        case KIND.READ_STRUCT:
          // The first half of an STE: S2VMID is bits [143:128].
          if (((words[at]! >>> 20) & 15) === PURPOSE.STE && ((words[at]! >>> 10) & 7) === 0) this.#of(words[at + 4]! >>> 0).vmid = words[at + PAYLOAD + 4]! & 0xffff;
          break;
        case KIND.TXN_END:
          this.#end(words, at);
          break;
        case KIND.TXN:
          // Of a whole transaction the rule says what answered.
          this.#hit = words[at + 3] === TLB_HIT;
          this.#end(words, at);
          break;
      }
    }
  }

  #lookup(words: Int32Array, at: number): void {
    if (((words[at]! >>> 16) & 15) !== VERDICT.HIT) return;
    const cache = words[at + PAYLOAD]!;
    this.cacheHits.set(cache, (this.cacheHits.get(cache) ?? 0) + 1);
    if (cache === CACHE.TLB) this.#hit = true;
  }

  #end(words: Int32Array, at: number): void {
    const reads = words[at + PAYLOAD + 6]!;
    const fault = ((words[at]! >>> 16) & 15) === STATUS.FAULT ? 1 : 0;
    const stream = this.#of(words[at + 4]! >>> 0);
    this.histogram[Math.min(reads, READS)]!++;
    stream.byReads[Math.min(reads, READS)]!++;
    for (const counts of [stream, this.#stretch()]) {
      counts.transactions++;
      counts.faults += fault;
      counts.reads += reads;
      counts.hits += this.#hit ? 1 : 0;
    }
  }

  #of(sid: number): StreamCounts {
    const known = this.streams.get(sid);
    if (known !== undefined) return known;
    const fresh = { vmid: null, ...nothingCounted() };
    this.streams.set(sid, fresh);
    return fresh;
  }

  #stretch(): Stretch {
    const last = this.stretches.at(-1);
    if (last !== undefined && last.transactions < this.width) return last;
    if (this.stretches.length === STRETCHES) {
      this.width *= 2;
      this.stretches = Array.from({ length: STRETCHES / 2 }, (_, pair) => sum(this.stretches[2 * pair]!, this.stretches[2 * pair + 1]!));
    }
    const next = blank();
    this.stretches.push(next);
    return next;
  }
}

const sum = (a: Stretch, b: Stretch): Stretch => ({ transactions: a.transactions + b.transactions, faults: a.faults + b.faults, reads: a.reads + b.reads, hits: a.hits + b.hits });
