import { sharedWords } from '../../memory/shared-words.ts';
import { accessor, addressHi, addressLo, L1STD, STE } from '../../spec/index.ts';
import type { Core } from '../core.ts';
import type { RegisterFile } from '../registers/register-file.ts';
import type { FastWalk } from '../walk/fast-walk.ts';
import { exceeds, maskLo } from '../walk/geometry.ts';
import { same } from './legality.ts';
import type { Legality } from './legality.ts';
import { FLAG, SLOT } from './slot.ts';
import { STREAM_TABLE } from './stream-table.ts';
import type { Template } from './template.ts';

const s1CDMax = accessor(STE, 'S1CDMax');
const contextLo = addressLo(STE, 'S1ContextPtr');
const contextHi = addressHi(STE, 'S1ContextPtr');
const span = accessor(L1STD, 'Span');
const l2PtrLo = addressLo(L1STD, 'L2Ptr');
const l2PtrHi = addressHi(L1STD, 'L2Ptr');

/** Bytes of an STE and of a CD (IHI 0070 5.2, 5.4). */
const STRUCTURE = 64;
/** Not in the window, or not for this path. */
const ELSEWHERE = -1;
/** The slot that is nobody's, where no configuration is cached. */
const S = 0;

/** A read or write (`need`, walk/permissions.ts) of a stream without SubstreamID at (hi, lo): as FastWalk.walk, with its answer. */
export type AlikeStream = (sid: number, hi: number, lo: number, need: number) => number;

/**
 * A whole transaction where nothing is cached and nobody records: the STE, the CD through stage 2 and the nested walk, read from
 * memory every time. The stream is like the last legal one in every bit that a rule or the decoding looks at (legality.ts, template.ts), its
 * stream table, STE, CD and tables lie in the flat window. Whatever is not so gives up before anything is decided, and leaves nothing
 * but the slot that is nobody's; alike-stream.test.ts holds it against the complete path. A closure over constants, as createFastWalk.
 */
export function createAlikeStream(core: Core, registers: RegisterFile, legality: Legality, template: Template, fast: FastWalk): AlikeStream {
  const { slots, features, choices } = core;
  const { words, windowHi, windowLo, windowBytes } = core.memory;
  const { kept } = legality;
  // 3.4.3: what a table beyond OAS means is a choice. 5.1: so may be reserved bits of an L1STD.
  const isWithin = !exceeds(windowHi, windowLo, features.oas);
  const knowsTwoLevels = choices['structure.reserved-bits'] !== 'invalid';
  const { STAMP, FLAGS, IN0_HI, IN0_LO, FAST } = SLOT;
  /** Stamps below 0 are of this path: each prepares the walk anew. */
  const stamp = sharedWords(1);

  /** Word index of the structure at PA (hi, lo), or ELSEWHERE. It is aligned to its size, and the window is of whole pages. */
  function structureAt(hi: number, lo: number): number {
    const offset = (lo - windowLo) >>> 0;
    return hi === windowHi && offset < windowBytes ? offset >>> 2 : ELSEWHERE;
  }

  /** Word index of the STE (StreamTable has the whole of it). */
  function steOf(sid: number): number {
    const bits = registers.strtabEffective;
    if (bits < 32 && sid >>> bits !== 0) return ELSEWHERE;
    if (registers.strtabTwoLevel) return twoLevel(sid);
    const lo = (registers.strtabBaseLo >>> 0) + (sid >>> 0) * STRUCTURE;
    return lo < 2 ** 32 ? structureAt(registers.strtabBaseHi, lo) : ELSEWHERE;
  }

  function twoLevel(sid: number): number {
    const split = registers.strtabSplit;
    const l1std = structureAt(registers.strtabBaseHi, (registers.strtabBaseLo + ((sid >>> split) << 3)) | 0);
    if (l1std < 0 || !knowsTwoLevels) return ELSEWHERE;
    const log2 = span(words, l1std) - 1;
    const within = sid & ((1 << split) - 1);
    if (log2 < 0 || log2 > Math.min(STREAM_TABLE.SPAN_MAX - 1, split) || within >>> log2 !== 0) return ELSEWHERE;
    return structureAt(l2PtrHi(words, l1std) | 0, (l2PtrLo(words, l1std) & maskLo(31, 6 + log2)) + within * STRUCTURE);
  }

  /** The CD of the STE at word index `ste`, as a word index; the slot is decoded as far as it goes without. */
  function cdOf(ste: number): number {
    template.putSte(slots, S, words, ste);
    if (!fast.context(S, contextHi(words, ste) | 0, contextLo(words, ste) | 0)) return ELSEWHERE;
    return structureAt(fast.answer[1]!, fast.answer[0]!);
  }

  return (sid, hi, lo, need) => {
    if (!isWithin || !legality.knowsCd(registers.e2h) || (features.ssidSize > 0 && s1CDMax(kept.ste, 0) > 0)) return 0;
    const ste = steOf(sid);
    if (ste < 0 || !same(words, ste, kept.ste, kept.steMask)) return 0;
    const cd = cdOf(ste);
    if (cd < 0 || !same(words, cd, kept.cd, kept.cdMask)) return 0;
    template.putCd(slots, S, words, cd);
    if ((slots[S | FLAGS]! & (FLAG.LOWER | FLAG.OVERRIDES)) !== FLAG.LOWER || slots[S | FAST] === 0) return 0;
    if ((hi & slots[S | IN0_HI]!) !== 0 || (lo & slots[S | IN0_LO]!) !== 0) return 0;
    slots[S | STAMP] = stamp[0] = stamp[0]! > -1 ? -1 : stamp[0]! - 1;
    return fast.walk(S, hi, lo, need, 0);
  };
}
