import { slotOf } from './config/config-cache.ts';
import { FLAG, SLOT } from './config/slot.ts';
import type { Core } from './core.ts';
import type { RegisterFile } from './registers/register-file.ts';
import { CLASS_SHIFT } from './tlb/tlb.ts';
import type { FastWalk } from './walk/fast-walk.ts';
import { required } from './walk/permissions.ts';

/**
 * A batch of transactions as words, for callers that count nanoseconds.
 * Request: StreamID; access (bit 0 RnW, 1 InD, 2 PnU, from bit 11 on SubstreamID + 1 or 0); input address low, high.
 * Result: status | response << 4 | event << 8 | log2 of the page size << 16; output address low, high; rule number
 * (0 where the quick path answered).
 */
export const REQUEST_WORDS = 4;
export const RESULT_WORDS = 4;
export const SSID_SHIFT = 11;

/** Blocks up to 4 GiB: their offset fits the low word. */
const MAX_QUICK_CLASS = 20;
/** The permission bit of each of the eight accesses. */
const NEED = Int32Array.from({ length: 8 }, (_, access) => required(access & 1, (access >>> 1) & 1, access >>> 2));

/** Translates `count` requests into `results`. What the quick path answers is no numbered transaction. */
export type Batch = (requests: Int32Array, count: number, results: Int32Array) => void;
type Slow = (sid: number, ssidKey: number, access: number, hi: number, lo: number) => void;

/**
 * Answers TLB hits and successful nested walks in one loop, and hands everything else to the complete path, which gives
 * the same answers. A closure over constants, as createFastWalk.
 */
export function createBatch(core: Core, configEntries: number, registers: RegisterFile, fastWalk: FastWalk, slow: Slow): Batch {
  const { slots, tlb, contexts, found, txn } = core;
  const { words, classes } = tlb;
  const entryMask = tlb.entries - 1;
  const hasTlb = tlb.entries > 0;

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

  return (requests, count, results) => {
    // Nothing in a batch writes registers: one test serves all of it. A recorded batch takes the complete path throughout.
    const quick = registers.smmuEnabled && core.steps === null && configEntries > 0;
    let lastSid = 0;
    let lastKey = 0;
    let s = 0;
    let usable = false;
    let tag = 0;
    let inHi = 0;
    let inLo = 0;
    for (let i = 0; i < count; i++) {
      const q = i << 2;
      const sid = requests[q]!;
      const access = requests[q + 1]!;
      const lo = requests[q + 2]!;
      const hi = requests[q + 3]!;
      const key = (access >>> SSID_SHIFT) + 1;
      if (quick && (sid !== lastSid || key !== lastKey)) {
        lastSid = sid;
        lastKey = key;
        s = slotOf(sid, key, configEntries);
        usable = slots[s + SLOT.SID] === sid && slots[s + SLOT.KEY] === key && (slots[s + SLOT.FLAGS]! & (FLAG.LOWER | FLAG.OVERRIDES)) === FLAG.LOWER;
        tag = contexts.tags[slots[s + SLOT.CONTEXT]!]!;
        inHi = slots[s + SLOT.IN0_HI]!;
        inLo = slots[s + SLOT.IN0_LO]!;
      }
      if (usable && (hi & inHi) === 0 && (lo & inLo) === 0) {
        const need = NEED[access & 7]!;
        if (hasTlb) {
          const word1 = (tag << 12) | ((hi >>> 12) & 0xfff);
          const vpn = (hi << 20) | (lo >>> 12);
          let sizeClass = classes[0]!;
          let at = probe(vpn, word1, tag, sizeClass);
          for (let c = 1; at < 0 && c < tlb.classCount; c++) {
            sizeClass = classes[c]!;
            at = probe(vpn, word1, tag, sizeClass);
          }
          if (at >= 0 && sizeClass <= MAX_QUICK_CLASS && (words[at + 2]! & need) !== 0) {
            const mask = (1 << sizeClass) * 4096 - 1;
            results[q] = (sizeClass + 12) << 16;
            results[q + 1] = (words[at + 2]! & ~0xfff & ~mask) | (lo & mask);
            results[q + 2] = words[at + 3]! & 0xf_ffff;
            results[q + 3] = 0;
            continue;
          }
        } else if ((access & 2) === 0 && slots[s + SLOT.FAST] === 1 && fastWalk(s, hi, lo, need, 0)) {
          results[q] = (found.s1Shift < found.s2Shift ? found.s1Shift : found.s2Shift) << 16;
          results[q + 1] = found.outLo;
          results[q + 2] = found.outHi;
          results[q + 3] = 0;
          continue;
        }
      }
      // The complete path may refill the configuration slot and give contexts new tags.
      usable = false;
      lastKey = 0;
      slow(sid, access >>> SSID_SHIFT, access & 7, hi, lo);
      results[q] = txn.status | (txn.response << 4) | (txn.event << 8) | (txn.shift << 16);
      results[q + 1] = txn.outLo;
      results[q + 2] = txn.outHi;
      results[q + 3] = txn.rule;
    }
  };
}
