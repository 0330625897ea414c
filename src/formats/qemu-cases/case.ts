import { z } from 'zod';
import type { Result } from '../../model/base/result.ts';
import { bytesOfHex, hexValue, readJson } from '../json/read-json.ts';

/** A case of QEMU's answers: a machine written action by action, DMA by DMA, and what QEMU answered. */

const length = z.number().int().positive().max(1 << 20);

const actionSchema = z.union(
  [
    z.tuple([z.literal('mem'), hexValue, bytesOfHex]),
    z.tuple([z.literal('fill'), hexValue, length, z.number().int().min(0).max(255)]),
    z.tuple([z.literal('pattern32'), hexValue, length.multipleOf(4)]),
    z.tuple([z.literal('reg32'), hexValue, hexValue]),
    z.tuple([z.literal('reg64'), hexValue, hexValue]),
  ],
  { error: 'expected an action: ["mem", "0xPA", "hex bytes"], ["fill", "0xPA", length, byte], ["pattern32", "0xPA", length], ["reg32" or "reg64", "0xOFFSET", "0xVALUE"]' },
);
export type Action = z.infer<typeof actionSchema>;

const statusSchema = z.enum(['success', 'fault', 'bypass', 'abort']);
const rawRecord = z.string().regex(/^[0-9a-f]{64}$/, { error: 'expected the 32 bytes of a record as 64 hexadecimal digits' });

/** The answer of a walker without caches, written from the architecture. */
const refSchema = z.object({
  status: statusSchema,
  pa: hexValue.optional(),
  event: z.string().nullish(),
  s2: z.number().nullish(),
  cls: z.string().nullish(),
  ipa: hexValue.nullish(),
});
export type Reference = z.infer<typeof refSchema>;

const transactionSchema = z.object({
  pre: z.array(actionSchema),
  op: z.enum(['R', 'W']),
  sid: z.number().int().nonnegative(),
  iova: hexValue,
  len: length,
  wdata: bytesOfHex.nullish(),
  rdata: bytesOfHex.nullish(),
  status: statusSchema,
  pa: hexValue.optional(),
  events: z.array(z.object({ raw: rawRecord })),
  ref: refSchema.nullish(),
  /** Where QEMU and `ref` differ, in words; null where they agree. */
  diff: z.string().nullable(),
});
export type CaseTransaction = z.infer<typeof transactionSchema>;

const caseSchema = z.object({
  seed: z.number().optional(),
  name: z.string().optional(),
  tags: z.array(z.string()),
  setup: z.array(actionSchema),
  tx: z.array(transactionSchema),
});
export type Case = z.infer<typeof caseSchema>;

export const titleOf = (one: Case): string => one.name ?? (one.seed === undefined ? 'a case without name' : `seed ${one.seed}`);

/** A transaction without its answer, and what software does before it. */
export interface Asked extends Readonly<Pick<CaseTransaction, 'pre' | 'op' | 'sid' | 'iova' | 'len' | 'wdata'>> {
  /** Without it, it is. */
  readonly privileged?: boolean;
}

/** A case that nobody has answered yet. */
export interface AskedCase {
  /** Of what was drawn at random. */
  readonly seed?: number | undefined;
  readonly setup: readonly Action[];
  readonly tx: readonly Asked[];
}

/** The cases of a JSON lines text, one by one; an error names the line. */
export function* readCases(text: string, file: string): Generator<Result<Case>> {
  let line = 0;
  for (const raw of text.split('\n')) {
    line++;
    if (raw.trim() !== '') yield readJson(raw, caseSchema, file, line);
  }
}

/** Whether the results of a case depend on caching. */
export const isCacheProbe = (one: Case): boolean => one.tags.some((tag) => tag === 'cache' || tag === 'cache-random');


/** RAM of the machine of the cases, QEMU's `virt` with 1 GiB. */
export const CASE_RAM = { base: 0x4000_0000n, size: 0x4000_0000n };

function pattern32(base: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < length; at += 4) view.setUint32(at, Number(BigInt.asUintN(32, base + BigInt(at))), true);
  return bytes;
}

/** The bytes that an action writes to memory, from its address on. */
export const bytesOfAction = (action: Extract<Action, ['mem' | 'pattern32', ...unknown[]]>): Uint8Array => (action[0] === 'mem' ? action[2] : pattern32(action[1], action[2]));
