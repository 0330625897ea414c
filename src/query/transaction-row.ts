/**
 * A transaction as 16 words, 64 bytes like a trace record: what a list of transactions is filtered by, kept by the host for every
 * transaction so that a filter reads no trace.
 *
 * | word | content |
 * | --- | --- |
 * | 0 | number of the transaction, from 1 |
 * | 1 | step of the lab document, from 1; 0: none |
 * | 2 | StreamID |
 * | 3 | SSV [31], RnW [30], InD [29], PnU [28], TRANSACTION [27:26], a stale hit was told of it [20], SubstreamID [19:0] |
 * | 4, 5 | IOVA |
 * | 6 | bytes |
 * | 7 | status [2:0], response [4:3], log2 of the page size [10:5], event number [18:11], what is known [22:19], rule [31:23] |
 * | 8, 9 | PA |
 * | 10, 11 | IPA |
 * | 12 | reads [15:0], VMID [31:16] |
 * | 13 | position of its event in the list of events, plus 1; 0: none |
 * | 14, 15 | positions of its first and last record in the trace |
 */
export const TRANSACTION_WORDS = 16;

export const TXN = {
  NUMBER: 0, STEP: 1, SID: 2, CLIENT: 3, IOVA: 4, LENGTH: 6, RESULT: 7, PA: 8, IPA: 10, READS: 12, EVENT: 13, FIRST: 14, LAST: 15,
} as const;

/** Bits of word 7: the transaction has ended; its PA, IPA and VMID are known. */
export const ENDED = 1 << 19;
export const HAS_PA = 1 << 20;
export const HAS_IPA = 1 << 21;
export const HAS_VMID = 1 << 22;

/** Bit of word 3: a cache entry answered otherwise than memory would. */
export const STALE_HIT = 1 << 20;

/** Fields of word 7. */
export const RESULT_BITS = { STATUS: [0, 3], RESPONSE: [3, 2], SHIFT: [5, 6], EVENT: [11, 8], RULE: [23, 9] } as const;
