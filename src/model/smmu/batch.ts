import { slotOf } from './config/config-cache.ts';
import { FLAG, SLOT } from './config/slot.ts';
import type { Core } from './core.ts';
import type { RegisterFile } from './registers/register-file.ts';
import { CLASS_SHIFT } from './tlb/tlb.ts';
import { required } from './walk/permissions.ts';

/**
 * A batch of transactions as words, for callers that count nanoseconds.
 * Request: StreamID; access (bit 0 RnW, 1 InD, 2 PnU, from bit 11 on SubstreamID + 1 or 0); input address low, high.
 * Result: status | response << 4 | event << 8 | log2 of the page size << 16; output address low, high; rule number.
 */
export const REQUEST_WORDS = 4;
export const RESULT_WORDS = 4;
export const SSID_SHIFT = 11;

/** Blocks up to 4 GiB: their offset fits the low word. */
const MAX_QUICK_CLASS = 20;

type Slow = (sid: number, ssidKey: number, access: number, hi: number, lo: number) => void;

/** Answers TLB hits in one loop without a call, and hands everything else to the complete path. */
export class Batch {
  readonly #core: Core;
  readonly #configEntries: number;
  readonly #registers: RegisterFile;
  readonly #slow: Slow;

  constructor(core: Core, configEntries: number, registers: RegisterFile, slow: Slow) {
    this.#core = core;
    this.#configEntries = configEntries;
    this.#registers = registers;
    this.#slow = slow;
  }

  /** Translates `count` requests into `results`. Hits are counted neither in the trace nor as transactions while nobody records. */
  run(requests: Int32Array, count: number, results: Int32Array): void {
    const { slots, tlb, steps } = this.#core;
    const configEntries = this.#configEntries;
    const { words, classes } = tlb;
    const entryMask = tlb.entries - 1;
    // Nothing in a batch writes registers: one test serves all of it. A recorded batch takes the complete path throughout.
    const quick = this.#registers.smmuEnabled && steps === null && tlb.entries > 0 && configEntries > 0;
    for (let i = 0; i < count; i++) {
      const q = i << 2;
      const sid = requests[q]!;
      const access = requests[q + 1]!;
      const lo = requests[q + 2]!;
      const hi = requests[q + 3]!;
      const key = (access >>> SSID_SHIFT) + 1;
      if (quick) {
        const s = slotOf(sid, key, configEntries);
        const flags = slots[s + SLOT.FLAGS]!;
        if (
          slots[s + SLOT.SID] === sid &&
          slots[s + SLOT.KEY] === key &&
          (flags & (FLAG.LOWER | FLAG.OVERRIDES)) === FLAG.LOWER &&
          (hi & slots[s + SLOT.IN0_HI]!) === 0 &&
          (lo & slots[s + SLOT.IN0_LO]!) === 0
        ) {
          const tag = this.#core.contexts.tags[slots[s + SLOT.CONTEXT]!]!;
          const word1 = (tag << 12) | ((hi >>> 12) & 0xfff);
          const vpn = (hi << 20) | (lo >>> 12);
          const need = required(access & 1, (access >>> 1) & 1, (access >>> 2) & 1);
          const classCount = tlb.classCount;
          let at = -1;
          let sizeClass = 0;
          for (let c = 0; c < classCount && at < 0; c++) {
            sizeClass = classes[c]!;
            const word0 = vpn & (-1 << sizeClass);
            const page = word0 >>> sizeClass;
            const home = (page ^ (page >>> 11) ^ Math.imul(tag, 0x9e37)) & entryMask;
            for (let way = 0; way < 4; way++) {
              const entry = (home ^ way) << 2;
              if (words[entry] === word0 && words[entry + 1] === word1 && ((words[entry + 2]! >>> CLASS_SHIFT) & 31) === sizeClass) {
                at = entry;
                break;
              }
            }
          }
          if (at >= 0 && sizeClass <= MAX_QUICK_CLASS && (words[at + 2]! & need) !== 0) {
            const mask = (1 << sizeClass) * 4096 - 1;
            results[q] = (sizeClass + 12) << 16;
            results[q + 1] = (words[at + 2]! & ~0xfff & ~mask) | (lo & mask);
            results[q + 2] = words[at + 3]! & 0xf_ffff;
            results[q + 3] = 0;
            continue;
          }
        }
      }
      this.#slow(sid, access >>> SSID_SHIFT, access & 7, hi, lo);
      const { txn } = this.#core;
      results[q] = txn.status | (txn.response << 4) | (txn.event << 8) | (txn.shift << 16);
      results[q + 1] = txn.outLo;
      results[q + 2] = txn.outHi;
      results[q + 3] = txn.rule;
    }
  }
}
