import { sharedWords } from '../memory/shared-words.ts';
import { ruleNumber } from '../spec/rules/registry.ts';
import { ENDING, KIND, NO_LEVEL, RECORD_WORDS, SPACE, SSV } from '../trace/record.ts';
import type { Recorder } from '../trace/recorder.ts';
import type { ConfigCache } from './config/config-cache.ts';
import { FLAG, SLOT, slotOf } from './config/slot.ts';
import type { Core } from './core.ts';
import type { RegisterFile } from './registers/register-file.ts';
import { CLASS_SHIFT, META, META_WORDS } from './tlb/tlb.ts';
import type { FastWalk } from './walk/fast-walk.ts';
import { required } from './walk/permissions.ts';

/**
 * A batch of transactions as words, for callers that count nanoseconds.
 * Request: StreamID; access (bit 0 RnW, 1 InD, 2 PnU, from bit 11 on SubstreamID + 1 or 0); input address low, high.
 * Result: status | response << 4 | event << 8 | log2 of the page size << 16; output address low, high; rule number
 * (0 where the quick path answered).
 */
const REQUEST_WORDS = 4;
const RESULT_WORDS = 4;
const SSID_SHIFT = 11;

/** Blocks up to 4 GiB: their offset fits the low word. */
const MAX_QUICK_CLASS = 20;
/** Size class bits of a TLB entry's word 2. */
const SIZE_CLASS = 31 << CLASS_SHIFT;
/** The permission bit of each of the eight accesses. */
const NEED = sharedWords(8);
for (let access = 0; access < 8; access++) NEED[access] = required(access & 1, (access >>> 1) & 1, access >>> 2);

const TRANSLATED = ruleNumber('ok.translated');
const HIT = ruleNumber('tlb.hit');
/** Word 0 of the record of a transaction that was translated: status 0. */
const HEAD = KIND.TXN | (NO_LEVEL << 10) | (SPACE.IOVA << 13);

/** Indexes of the state. */
const LAST_SID = 0;
const LAST_SSID_KEY = 1;
const AT = 2;
const TAG = 3;
const HASHED = 4;
const WALKABLE = 5;
const IN_HI = 6;
const IN_LO = 7;
/** Word index of the TLB entry that answered. */
const ENTRY = 8;
/** In LAST_SSID_KEY: no stream. */
const NONE = -1;

/** Buffers of a batch, and what translates it. */
export interface Batch {
  /** REQUEST_WORDS for each request, RESULT_WORDS for each result. */
  readonly requests: Int32Array;
  readonly results: Int32Array;
  /**
   * Translates the first `count` requests. Where nobody records, what the quick path answers is no numbered transaction; a recorder of
   * level `transactions` has a TXN record of each, the one that the complete path makes.
   */
  run(count: number): void;
}
/** The complete path, and what it may have left to do: stalled transactions go on after the batch, as a batch cannot write registers. */
export interface BatchFallback {
  /** Who records now. */
  recorder(): Recorder | null;
  translate(sid: number, ssidKey: number, access: number, hi: number, lo: number): void;
  finished(): void;
}

/**
 * Answers TLB hits and successful nested walks in one loop, and hands everything else to the complete path, which gives
 * the same answers. A closure over constants, as createFastWalk.
 */
export function createBatch(
  core: Core,
  capacity: number,
  config: ConfigCache,
  registers: RegisterFile,
  fastWalk: FastWalk,
  slow: BatchFallback,
): Batch {
  const requests = sharedWords(capacity * REQUEST_WORDS);
  const results = sharedWords(capacity * RESULT_WORDS);
  const { slots, tlb, contexts, txn } = core;
  const { walk, twoReads, answer, attributes, reads } = fastWalk;
  const { words, classes } = tlb;
  const entryMask = tlb.entries - 1;
  const hasTlb = tlb.entries > 0;
  const configEntries = config.entries;
  const alikeStream = config.alikeStream(fastWalk);
  // Constants of this closure: V8 folds them, unlike properties of an object. A slot is aligned: `|` places a field.
  const { SID, KEY, FLAGS, CONTEXT, FAST, IN0_HI, IN0_LO } = SLOT;
  const { LOWER, OVERRIDES } = FLAG;

  /** Word index of the entry of `sizeClass` for the page, or -1. */
  function probe(vpn: number, word1: number, tag: number, sizeClass: number): number {
    const word0 = vpn & (-1 << sizeClass);
    const page = word0 >>> sizeClass;
    const home = (page ^ (page >>> 11) ^ Math.imul(tag, 0x9e37)) & entryMask;
    for (let way = 0; way < 4; way++) {
      const at = (home ^ way) << 2;
      if (words[at] === word0 && words[at + 1] === word1 && ((words[at + 2]! >>> CLASS_SHIFT) & 31) === sizeClass) return at;
    }
    return -1;
  }

  /** State of the stream last looked up: raw words, as in createFastWalk. */
  const v = sharedWords(16);

  /** Looks the stream's configuration up. False: it is not for the quick path, and is looked up again the next time. */
  function select(sid: number, ssidKey: number): boolean {
    const s = slotOf(sid, ssidKey + 1, configEntries);
    const tag = contexts.tags[slots[s | CONTEXT]!]!;
    v[LAST_SID] = sid;
    v[AT] = s;
    v[TAG] = tag << 12;
    v[HASHED] = Math.imul(tag, 0x9e37);
    v[WALKABLE] = slots[s | FAST]!;
    v[IN_HI] = slots[s | IN0_HI]!;
    v[IN_LO] = slots[s | IN0_LO]!;
    const usable = slots[s | SID] === sid && slots[s | KEY] === ssidKey + 1 && (slots[s | FLAGS]! & (LOWER | OVERRIDES)) === LOWER;
    v[LAST_SSID_KEY] = usable ? ssidKey : NONE;
    return usable;
  }

  /** A 4 KiB entry in its home way: nearly every hit. */
  function hitHome(q: number, need: number, hi: number, lo: number): boolean {
    const vpn = (hi << 20) | (lo >>> 12);
    const at = ((vpn ^ (vpn >>> 11) ^ v[HASHED]!) & entryMask) << 2;
    const word2 = words[at | 2]!;
    if (words[at] !== vpn || words[at | 1] !== (v[TAG]! | ((hi >>> 12) & 0xfff)) || (word2 & SIZE_CLASS) !== 0 || (word2 & need) === 0)
      return false;
    v[ENTRY] = at;
    results[q] = 12 << 16;
    results[q | 1] = (word2 & ~0xfff) | (lo & 0xfff);
    results[q | 2] = words[at | 3]! & 0xf_ffff;
    results[q | 3] = 0;
    return true;
  }

  function hit(q: number, need: number, hi: number, lo: number): boolean {
    for (let c = 0; c < tlb.classCount; c++) {
      const sizeClass = classes[c]!;
      const at = probe((hi << 20) | (lo >>> 12), v[TAG]! | ((hi >>> 12) & 0xfff), v[TAG]! >>> 12, sizeClass);
      if (at < 0) continue;
      if (sizeClass > MAX_QUICK_CLASS || (words[at | 2]! & need) === 0) return false;
      const mask = (1 << sizeClass) * 4096 - 1;
      v[ENTRY] = at;
      results[q] = (sizeClass + 12) << 16;
      results[q | 1] = (words[at | 2]! & ~0xfff & ~mask) | (lo & mask);
      results[q | 2] = words[at | 3]! & 0xf_ffff;
      results[q | 3] = 0;
      return true;
    }
    return false;
  }

  function walked(q: number, need: number, hi: number, lo: number): boolean {
    return answered(q, twoReads(v[AT]!, hi, lo, need) ? 12 : walk(v[AT]!, hi, lo, need, 0));
  }

  function answered(q: number, shift: number): boolean {
    if (shift === 0) return false;
    results[q] = shift << 16;
    results[q | 1] = answer[0]!;
    results[q | 2] = answer[1]!;
    results[q | 3] = 0;
    return true;
  }

  /** The quick answer to the request at `q`, or false. */
  function quick(q: number): boolean {
    const sid = requests[q]!;
    const access = requests[q | 1]!;
    const lo = requests[q | 2]!;
    const hi = requests[q | 3]!;
    const ssidKey = access >>> SSID_SHIFT;
    if ((sid !== v[LAST_SID] || ssidKey !== v[LAST_SSID_KEY]) && !select(sid, ssidKey)) return false;
    if ((hi & v[IN_HI]!) !== 0 || (lo & v[IN_LO]!) !== 0) return false;
    const need = NEED[access & 7]!;
    if (hasTlb) return hitHome(q, need, hi, lo) || hit(q, need, hi, lo);
    return v[WALKABLE] !== 0 && (access & 2) === 0 && walked(q, need, hi, lo);
  }

  /** The same where nothing is cached. */
  function cold(q: number): boolean {
    const access = requests[q | 1]!;
    if (alikeStream === null || access >>> SSID_SHIFT !== 0 || (access & 2) !== 0) return false;
    return answered(q, alikeStream(requests[q]!, requests[q | 3]!, requests[q | 2]!, NEED[access & 7]!));
  }

  /** The quick answer to the request at `q`, and its record at `at` of `records`; or false, and words there that mean nothing. */
  function recorded(q: number, records: Int32Array, at: number, seq: number, number: number): boolean {
    const sid = requests[q]!;
    const access = requests[q | 1]!;
    const lo = requests[q | 2]!;
    const hi = requests[q | 3]!;
    const ssidKey = access >>> SSID_SHIFT;
    if ((sid !== v[LAST_SID] || ssidKey !== v[LAST_SSID_KEY]) && !select(sid, ssidKey)) return false;
    if ((hi & v[IN_HI]!) !== 0 || (lo & v[IN_LO]!) !== 0) return false;
    const need = NEED[access & 7]!;
    if (hasTlb) {
      if (!hitHome(q, need, hi, lo) && !hit(q, need, hi, lo)) return false;
      records[at | 3] = HIT;
      records[at | 13] = tlb.meta[(v[ENTRY]! >>> 2) * META_WORDS + META.ATTRIBUTES]!;
      records[at | 14] = 0;
    } else {
      if (v[WALKABLE] === 0 || (access & 2) !== 0 || !answered(q, walk(v[AT]!, hi, lo, need, number))) return false;
      records[at | 3] = TRANSLATED;
      records[at | 13] = attributes();
      records[at | 14] = reads();
    }
    records[at] = HEAD;
    records[at | 1] = seq;
    records[at | 2] = number;
    records[at | 4] = sid;
    records[at | 5] = (ssidKey > 0 ? SSV | (ssidKey - 1) : 0) | ((access & 1) << 30) | ((access & 2) << 28) | ((access & 4) << 26);
    records[at | 6] = lo;
    records[at | 7] = hi;
    records[at | 8] = 0;
    records[at | 9] = 0;
    records[at | 10] = results[q | 1]!;
    records[at | 11] = results[q | 2]!;
    records[at | 12] = (results[q]! >>> 16) << ENDING.SHIFT[0];
    records[at | 15] = 0;
    return true;
  }

  /** The complete path, which may refill the configuration slot and give contexts new tags. */
  function complete(q: number): void {
    const access = requests[q | 1]!;
    v[LAST_SSID_KEY] = NONE;
    slow.translate(requests[q]!, access >>> SSID_SHIFT, access & 7, requests[q | 3]!, requests[q | 2]!);
    results[q] = txn.status | (txn.response << 4) | (txn.event << 8) | (txn.shift << 16);
    results[q | 1] = txn.outLo;
    results[q | 2] = txn.outHi;
    results[q | 3] = txn.rule;
  }

  function run(count: number): void {
    v[LAST_SSID_KEY] = NONE;
    // Nothing in a batch writes registers: one test serves all of it. A batch of which every step is recorded takes the complete path throughout.
    const recorder = slow.recorder();
    if (!registers.smmuEnabled || core.steps !== null || (configEntries === 0 && recorder !== null) || core.choices['tlb.conflict'] !== 'one-entry') {
      for (let i = 0; i < count; i++) complete(i << 2);
    } else if (configEntries === 0) {
      for (let i = 0; i < count; i++) if (!cold(i << 2)) complete(i << 2);
    } else if (recorder === null) {
      for (let i = 0; i < count; i++) if (!quick(i << 2)) complete(i << 2);
    } else record(count, recorder);
    slow.finished();
  }

  /** Records are opened and closed by the run, not one by one: what that costs would be seen. */
  function record(count: number, recorder: Recorder): void {
    for (let i = 0; i < count; ) {
      const at = recorder.openRun(count - i);
      const { words: records, seq } = recorder;
      const first = i;
      const end = i + recorder.run;
      const number = txn.number + 1;
      while (i < end && recorded(i << 2, records, at + (i - first) * RECORD_WORDS, seq + (i - first), number + (i - first))) i++;
      recorder.closeRun(i - first);
      txn.number += i - first;
      if (i < end) complete(i++ << 2);
    }
  }

  return { requests, results, run };
}
