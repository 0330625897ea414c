import { z } from 'zod';
import { fromWords, hexBytes } from '../../model/base/address.ts';
import type { Result } from '../../model/base/result.ts';
import type { Outcome, Transaction } from '../../model/smmu/smmu.ts';
import { hexValue, readJson } from '../json/read-json.ts';

/** Translation requests and answers as JSON lines: what other tools send and read. */

const requestSchema = z.strictObject({
  sid: z.number().int().min(0).max(0xffff_ffff, { error: 'expected a StreamID of at most 32 bits' }),
  ssid: z.number().int().min(0).max(0xf_ffff, { error: 'expected a SubstreamID of at most 20 bits' }).nullish(),
  iova: hexValue,
  access: z.enum(['read', 'write', 'execute'], { error: 'expected "read", "write" or "execute"' }),
  privileged: z.boolean().optional(),
});

/** The requests of a JSON lines text, all checked before the first is answered; an error names the line. */
export function readRequests(text: string, file: string): Result<Transaction[]> {
  const requests: Transaction[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const read = readJson(line, requestSchema, file, index + 1);
    if (!read.ok) return read;
    const { sid, ssid, iova, access, privileged } = read.value;
    requests.push({ sid, iova, access, ...(ssid == null ? {} : { ssid }), ...(privileged === undefined ? {} : { privileged }) });
  }
  return { ok: true, value: requests };
}

/** An event record's 32 bytes as they lie in memory, in hex. */
function recordHex(words: Uint32Array): string {
  const bytes = new DataView(new ArrayBuffer(words.length * 4));
  words.forEach((word, index) => bytes.setUint32(index * 4, word, true));
  return hexBytes(new Uint8Array(bytes.buffer));
}

/** An event record as its four 64-bit words. */
export const recordWords = (words: Uint32Array): bigint[] => [0, 2, 4, 6].map((at) => fromWords(words[at + 1] ?? 0, words[at] ?? 0));

export interface AnswerJson {
  /** A stalled access is a fault here: nobody resumes it. Its event record has Stall and STAG. */
  readonly status: Exclude<Outcome['status'], 'stalled'>;
  readonly pa?: string;
  readonly pageSize?: number;
  readonly events: readonly string[];
}

/** `pa` where the access goes on (success, bypass), `pageSize` where it was translated. */
export function answerJson({ status, pa, pageSize, events }: Outcome): AnswerJson {
  return {
    status: status === 'stalled' ? 'fault' : status,
    ...(pa === undefined ? {} : { pa: `0x${pa.toString(16)}` }),
    ...(pageSize === undefined ? {} : { pageSize: Number(pageSize) }),
    events: events.map(recordHex),
  };
}
