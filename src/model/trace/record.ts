import { fromWords } from '../base/address.ts';

/**
 * The trace record: 64 bytes, 16 little-endian 32-bit words, one format for the shared ring, the digest, stored
 * traces and the folds that explain a translation.
 *
 * | word | content |
 * | --- | --- |
 * | 0 | kind [7:0], stage [9:8], level [12:10] (7: none), space [15:13], verdict [19:16], purpose [23:20] |
 * | 1 | sequence number, from 0 |
 * | 2 | transaction the record belongs to, from 1; 0: none |
 * | 3 | rule number (model/spec/rules/registry.ts), 0: none |
 * | 4 | StreamID |
 * | 5 | SSV [31], RnW [30], InD [29], PnU [28], TRANSACTION [27:26], SubstreamID [19:0] |
 * | 6, 7 | address, low and high |
 * | 8..15 | payload, by kind |
 */
export const RECORD_WORDS = 16;
export const RECORD_BYTES = 64;
export const PAYLOAD = 8;
export const NO_LEVEL = 7;

export const KIND = {
  /** A transaction arrives: address = input address; payload 0 = bytes (of a prefetch: 0 when it is of the configuration alone), 1 = the stalled transaction that it retries, 0: none. */
  TXN_BEGIN: 1,
  /** Its result: payload 0 status, 1 event number, 2-3 output address, 4 log2 of the page size, 5 attributes, 6 reads, 7 response. */
  TXN_END: 2,
  /** One descriptor read: address = PA read; payload 0-1 the word, 2-3 the IPA it was read for (nested stage 1), 4 index. */
  READ: 3,
  /** Half of a 64-byte structure read (level 0: first half): address = PA of the half; payload = its 8 words. */
  READ_STRUCT: 4,
  /** A cache was asked: payload 0 cache, 1 entry, 2-3 what it held, 4 transaction that filled it, 5 log2 of the page size. */
  LOOKUP: 5,
  /** A cache was filled: payload as LOOKUP. For the configuration cache 2-3 are SLOT.FLAGS and the shape of the tables (config-cache.ts). */
  FILL: 6,
  /** Something must be read: a CD or stage 1 descriptor, or the final IPA must be translated: address in its own space. */
  WALK: 7,
  /** A fault: payload 0 event number, 1 recorded (1) or not (0), 2-3 IPA or fetch address. */
  FAULT: 8,
  /** An event record met the event queue: verdict as EventQueue.record gave it (0 written, else why not); payload = the 8 words. */
  EVENT: 9,
  /** A command was consumed: address = PA of the entry; verdict = CERROR code; payload 0-3 = the command, 4 = cache entries removed, 5 = n + 1 when enhanced command queue n had it, else 0. */
  COMMAND: 10,
  REG_WRITE: 11,
  REG_READ: 12,
  /** Memory was written by software or a device: address = PA; payload 0 = bytes, 1.. = the first bytes. */
  MEM_WRITE: 13,
  /** An interrupt: payload 0 = source. */
  IRQ: 14,
  /** A step of the lab document begins: payload 0 = its index. */
  STEP: 15,
  /**
   * The transaction stalls: payload 0 = its STAG (0xffffffff: none), 1 = why software has no event record of it yet (stall/stalled.ts;
   * 0: it has), 2 = the stalled transaction whose record tells of this one too, 0: none.
   */
  STALL: 16,
  /** It was decided about a stalled transaction: payload 0 = the STAG, 1 = retry, abort or RAZ/WI (0, 1, 2), 2 = why (CAUSE). */
  RESUME: 17,
  /** Hardware updated the flags of a leaf: address = its PA; payload 0-1 the word before, 2-3 after; the rule says which flags. */
  UPDATE: 18,
  /** An MSI: address = PA written; payload 0 = source, 1 = the word; verdict 1: memory refused it. */
  MSI: 23,
  /** An address translation operation: address = input (IPA when TYPE is stage 2); payload 0 = TYPE, 1 = VMID + 1 of VATOS, 0 for GATOS, 2-3 = PAR; verdict 1: it faulted. */
  ATOS: 24,
  /** Software did what the architecture promises nothing about: address = its place; payload 0 = number in spec/misuse.ts, 1 = place, 2 = a write (1) or a read (0), 3-7 = its cause (misuse-cause.ts). */
  MISUSE: 25,
  /** A cache entry answered that a walk of memory as it is now would not answer alike: see STALE for the parts of what is told. */
  STALE: 26,
  /** A hop of the nested stack: payload 0 hop (HOPS), 1 path, 2 result, 3 whether it has one, 4 the record it began before, 5 bytes of text, 6 FAULT_STEP, 7 `nameKey` of the device; verdict 1: dropped. */
  HOP: 27,
  /** Text of the hop before it: 32 bytes, 0 behind its end. */
  HOP_DATA: 28,
  /** A wake-up event for processors that wait in WFE (IDR0.SEV): payload 0 = WAKE_UP. */
  SEV: 30,
  /**
   * A whole transaction, in traces of level `transactions`: address = input address, the rest of the head as TXN_END; payload 0 = bytes,
   * 1 = the stalled transaction that it retries, 2-3 output address, 4 = ENDING, 5 attributes, 6 reads. What it made comes before it.
   */
  TXN: 29,
  /**
   * The completion of an ATS translation request (IHI 0070 3.9.1): address = page asked for; verdict = COMPLETION; payload 0 = REQUEST
   * bits of the request, 1 = GRANT bits of the answer, 2-3 its address, 4 log2 of its size, 5 SPACE of the address, 6 event number behind it.
   */
  ATS: 19,
  /** A device's ATC: address = IOVA; verdict = ATC; payload 0 = entries concerned, 1 = GRANT bits, 2-3 translated address, 4 log2 size, 5 transaction that filled it. */
  ATC: 20,
  /** A page request met the PRI queue: verdict as PriQueue.record gave it (0 written, else why not); payload 0-3 = the entry. */
  PPR: 21,
  /** A response to a group of page requests goes to the device: verdict = PAGE_RESPONSE; payload 0 = PRGIndex, 1 = 1 when the SMMU gives it by itself. */
  PRI_RESPONSE: 22,
} as const;

export type KindName = keyof typeof KIND;
export const KIND_NAMES = Object.fromEntries(Object.entries(KIND).map(([name, number]) => [number, name])) as Readonly<
  Record<number, KindName>
>;

/**
 * Verdict of a STALE record: one ENTRY, then its WORDs and COMMANDs; or, of a command, WASTE and COMMANDs. Payloads:
 * ENTRY (address = the key): 0 cache, 1 entry, 2 transaction that filled it, 3 VMID [15:0], ASID [31:16], 4 status now [3:0], event
 * now [15:8], must be invalidated [16], break-before-make [17], global [18], FILLERS [20:19], 5-6 output address now.
 * WORD (address = its PA): 0-1 old, 2-3 new, 4 sequence number of the write, 5 step from 1, 6 structure [7:0] (smmu/coherence/trail.ts),
 * author [15:8] (memory/author.ts), 7 changed at all [0].
 * COMMAND: 0-3 its words.
 * WASTE: 0-3 a command that was consumed, 4 entries removed, 5 how many of them were out of date, 6 how many the COMMANDs would have
 * removed, or, where it removed none, how many are out of date after the CMD_SYNC (smmu/coherence/waste.ts).
 */
export const STALE = { ENTRY: 0, WORD: 1, COMMAND: 2, WASTE: 3 } as const;

/** Bits of payload 4 of a TXN record: status, response, log2 of the page size, event number. */
export const ENDING = { STATUS: [0, 3], RESPONSE: [3, 2], SHIFT: [5, 6], EVENT: [11, 8] } as const;

/** What made the transaction that filled an entry: a device, or a command (4.2). */
export const FILLERS = [null, 'CMD_PREFETCH_CONFIG', 'CMD_PREFETCH_ADDR'] as const;
export const FILLER_SHIFT = 19;

export const SPACE = { NONE: 0, IOVA: 1, IPA: 2, PA: 3 } as const;
export const VERDICT = { OK: 0, FAULT: 1, HIT: 2, MISS: 3 } as const;

/** Why a stalled transaction goes on, or ends: CMD_RESUME, CMD_STALL_TERM, SMMUEN = 0, room for its event record, the end of the stall that told of it. */
export const CAUSE = { RESUME: 0, STALL_TERM: 1, DISABLED: 2, ROOM: 3, DUPLICATE: 4, NOTHING: 5 } as const;

/** For whose sake stage 2 or memory was asked: the CLASS of an event, and the STE before it. */
export const PURPOSE = { NONE: 0, STE: 1, CD: 2, TT: 3, IN: 4 } as const;

export const CACHE = { CONFIG: 1, TLB: 2, S1_WALK: 3, S2_WALK: 4, S2_TLB: 5, STE: 6, ATC: 7 } as const;
export const CACHE_NAMES: Readonly<Record<number, string>> = {
  1: 'configuration cache',
  2: 'TLB',
  3: 'stage 1 walk cache',
  4: 'stage 2 walk cache',
  5: 'TLB (stage 2 entry)',
  6: 'configuration cache (STE)',
  7: 'ATC',
};

/** What arrives at the SMMU; a prefetch comes from a command, not from a device (4.2). */
export const TRANSACTION = { UNTRANSLATED: 0, ATS_REQUEST: 1, TRANSLATED: 2, PREFETCH: 3 } as const;
export const TRANSACTION_NAMES = ['untranslated', 'ats-request', 'translated', 'prefetch'] as const;

/** Why processors are woken up: a CMD_SYNC with CS = SEV is complete, or a full command queue has room (4.7.3). */
export const WAKE_UP = { CMD_SYNC: 0, ROOM: 1 } as const;

/** Completions of a translation request (PCIe): Success, Unsupported Request, Completer Abort. */
export const COMPLETION = { SUCCESS: 0, UR: 1, CA: 2 } as const;
export const COMPLETION_NAMES = ['success', 'UR', 'CA'] as const;
export type Completion = (typeof COMPLETION_NAMES)[number];
/** Of a translation request: No Write, Execute Requested, Privileged Mode Requested. */
export const REQUEST = { NW: 1, EXE: 2, PRIV: 4 } as const;
/** Of its completion. */
export const GRANT = { R: 1, W: 2, EXE: 4, PRIV: 8 } as const;
/** What became of an ATC lookup, fill or invalidation. */
export const ATC = { HIT: 0, MISS: 1, FILL: 2, INVALIDATED: 3, TIMEOUT: 4 } as const;
export const ATC_VERDICTS = ['hit', 'miss', 'filled', 'invalidated', 'no-answer'] as const;
/** By PPR (queues/pri-queue.ts). */
export const PPR_NAMES = ['written', 'full', 'disabled', 'aborted', 'error', 'overflowed'] as const;
/** Response codes of a page request group (PCIe, IHI 0070 4.5.2 and 8.1), as CMD_PRI_RESP.Resp encodes them. */
export const PAGE_RESPONSE = { FAILURE: 0, INVALID: 1, SUCCESS: 2 } as const;
export const PAGE_RESPONSE_NAMES = ['failure', 'invalid', 'success'] as const;
export type PageResponseCode = (typeof PAGE_RESPONSE_NAMES)[number];

export const STATUS = { SUCCESS: 0, FAULT: 1, BYPASS: 2, ABORT: 3, STALLED: 4 } as const;
export const STATUS_NAMES = ['success', 'fault', 'bypass', 'abort', 'stalled'] as const;
export type Status = (typeof STATUS_NAMES)[number];

/** What the device sees: data moved, an abort, reads of zero and writes ignored (IHI 0070 5.5, CD.A), or nothing yet: it stalled. */
export const RESPONSE = { OK: 0, ABORT: 1, RAZ_WI: 2, NONE: 3 } as const;
export const RESPONSE_NAMES = ['ok', 'abort', 'raz-wi', 'none'] as const;
export type Response = (typeof RESPONSE_NAMES)[number];

export const RNW = 1 << 30;
export const IND = 1 << 29;
export const PNU = 1 << 28;
export const SSV = 1 << 31;
export const SSID_MASK = 0xf_ffff;
export const TYPE_SHIFT = 26;

export interface TraceRecord {
  readonly kind: KindName;
  readonly stage: number;
  /** Table level 0 to 3, or null. */
  readonly level: number | null;
  readonly space: number;
  readonly verdict: number;
  readonly purpose: number;
  readonly seq: number;
  readonly transaction: number;
  readonly rule: number;
  readonly sid: number;
  readonly ssid: number | null;
  readonly rnw: boolean;
  readonly ind: boolean;
  readonly pnu: boolean;
  /** As TRANSACTION. */
  readonly type: number;
  readonly address: bigint;
  /** Eight words, unsigned. */
  readonly payload: Uint32Array;
}

/** Decodes the record that starts at word `at`; for the edge, not for the engine. */
export function decodeRecord(words: Int32Array, at: number): TraceRecord {
  const head = words[at]!;
  const client = words[at + 5]!;
  const level = (head >>> 10) & 7;
  return {
    kind: KIND_NAMES[head & 0xff] ?? 'STEP',
    stage: (head >>> 8) & 3,
    level: level === NO_LEVEL ? null : level,
    space: (head >>> 13) & 7,
    verdict: (head >>> 16) & 15,
    purpose: (head >>> 20) & 15,
    seq: words[at + 1]! >>> 0,
    transaction: words[at + 2]! >>> 0,
    rule: words[at + 3]!,
    sid: words[at + 4]! >>> 0,
    ssid: (client & SSV) === 0 ? null : client & SSID_MASK,
    rnw: (client & RNW) !== 0,
    ind: (client & IND) !== 0,
    pnu: (client & PNU) !== 0,
    type: (client >>> TYPE_SHIFT) & 3,
    address: fromWords(words[at + 7]!, words[at + 6]!),
    payload: Uint32Array.from(words.subarray(at + PAYLOAD, at + RECORD_WORDS)),
  };
}

/** The two records that a TXN record stands for, as a trace of level `steps` has them. */
export function endsOf(record: TraceRecord): readonly [begin: TraceRecord, end: TraceRecord] {
  const [bytes = 0, retryOf = 0, lo = 0, hi = 0, ending = 0, attributes = 0, reads = 0] = record.payload;
  const bits = ([shift, width]: readonly [number, number]): number => (ending >>> shift) & ((1 << width) - 1);
  const begin: TraceRecord = { ...record, kind: 'TXN_BEGIN', rule: 0, verdict: 0, payload: Uint32Array.of(bytes, retryOf, 0, 0, 0, 0, 0, 0) };
  const payload = Uint32Array.of(bits(ENDING.STATUS), bits(ENDING.EVENT), lo, hi, bits(ENDING.SHIFT), attributes, reads, bits(ENDING.RESPONSE));
  return [begin, { ...record, kind: 'TXN_END', space: SPACE.PA, address: fromWords(hi, lo), payload }];
}

/** The 64-bit value in payload words `index` (low) and `index + 1` (high). */
export const payload64 = (record: TraceRecord, index: number): bigint =>
  fromWords(record.payload[index + 1] ?? 0, record.payload[index] ?? 0);
