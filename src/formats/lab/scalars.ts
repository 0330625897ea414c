/** How a lab document writes numbers: addresses and sizes as 0x hex, decimal or with K, M, G; small counts; raw field values; bytes in hex. */
import { z } from 'zod';
import { numberSchema } from './number-pattern.ts';

const UNITS: Readonly<Record<string, bigint>> = { '': 1n, K: 1n << 10n, M: 1n << 20n, G: 1n << 30n, T: 1n << 40n };
const WRITTEN = /^(0x[0-9a-f_]+|[0-9][0-9_]*)(?:([KMGT])(?:i?B)?)?$/i;

/** The number that a scalar of a document means, or null: an integer, or text such as `0x8000_0000`, `64M`. */
export function parseNumber(value: unknown): bigint | null {
  if (typeof value === 'bigint') return value;
  // YAML has 1.0 as a number of its own.
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value !== 'string') return null;
  const match = WRITTEN.exec(value);
  if (match === null) return null;
  const digits = match[1]!.replaceAll('_', '');
  if (digits === '0x' || digits === '0X') return null;
  return BigInt(digits) * UNITS[(match[2] ?? '').toUpperCase()]!;
}

/** What a value looks like in a message. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'an empty value';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? `"${value.length > 40 ? `${value.slice(0, 40)}...` : value}"` : String(value);
}

/** In the metadata of a schema: a single item stands for a list of it. */
export const ONE_OR_LIST = 'oneOrList';

/** In `params` of an issue: a JSON Schema cannot say what is wrong, such as the alignment of an address in decimal text. */
export const BEYOND_SCHEMA = 'beyondSchema';

const TOP = (1n << 64n) - 1n;

/** A whole number within limits; `what` and `example` say in the message what was expected. */
function number(what: string, example: string, min: bigint, max: bigint) {
  const limits = max === TOP ? '' : `, ${min} to ${max >= 0x1_0000n ? `0x${max.toString(16)}` : max}`;
  return z
    .unknown()
    .meta({ ...numberSchema(min, max), description: what })
    .transform((value, ctx): bigint => {
      const parsed = parseNumber(value);
      if (parsed !== null && parsed >= min && parsed <= max) return parsed;
      const got = parsed === null ? shown(value) : parsed < 0n ? String(parsed) : `0x${parsed.toString(16)} (${parsed})`;
      ctx.addIssue({ code: 'custom', message: `expected ${what}${limits}, such as ${example}; got ${got}` });
      return z.NEVER;
    });
}

const ADDRESSES = {
  IOVA: number('an IOVA', '0x8000_0000', 0n, TOP),
  IPA: number('an IPA', '0x8000_0000', 0n, TOP),
  PA: number('a PA', '0x8000_0000', 0n, TOP),
} as const;

/** A 64-bit address. */
export const address = (space: 'IOVA' | 'IPA' | 'PA') => ADDRESSES[space];

/** A size in bytes of at least one byte. */
export const size = number('a size in bytes', '4K, 2M or 0x1000', 1n, TOP);

/** A small count as a plain number. */
export const count = (what: string, min: number, max: number, example = min) =>
  number(what, String(example), BigInt(min), BigInt(max)).transform(Number);

/** A 32-bit register value as a plain number. */
export const word32 = number('a 32-bit value', '0x08cf369b', 0n, 0xffff_ffffn).transform(Number);

/** Any value of at most 64 bits. */
export const word64 = number('a 64-bit value', '0x1000', 0n, TOP);

/** A flag: true or false, or 1 or 0 as the architecture writes it. */
export const flag = z
  .unknown()
  .meta({ enum: [true, false, 1, 0], description: 'true or false, 1 or 0' })
  .transform((value, ctx): boolean => {
    if (typeof value === 'boolean') return value;
    const number = typeof value === 'string' ? null : parseNumber(value);
    if (number === 0n || number === 1n) return number === 1n;
    ctx.addIssue({ code: 'custom', message: `expected true or false (or 1 or 0); got ${shown(value)}` });
    return z.NEVER;
  });

/** Something that is asked for by its name alone: `true`, or nothing behind it. */
export const mention = z
  .unknown()
  .meta({ enum: [true, null], description: 'true, or nothing' })
  .transform((value, ctx): true => {
    if (value === true || value === null) return true;
    ctx.addIssue({ code: 'custom', message: `expected true, or nothing; got ${shown(value)}` });
    return z.NEVER;
  });

const BYTES = /^\s*(?:0[xX])?(?:[\s_]*[0-9a-fA-F]{2})+[\s_]*$/;

/** Bytes as pairs of hex digits in memory order, blanks allowed: `"de ad be ef"`. */
export const bytes = z
  .unknown()
  .meta({ type: 'string', pattern: BYTES.source, description: 'bytes as pairs of hex digits in memory order, quoted when they look like a number' })
  .transform((value, ctx): readonly number[] => {
    if (typeof value === 'string' && BYTES.test(value)) {
      return (value.replace(/^\s*0x/i, '').match(/[0-9a-f]{2}/gi) ?? []).map((pair) => parseInt(pair, 16));
    }
    const hint = typeof value === 'bigint' ? ' (quote bytes that look like a number)' : '';
    ctx.addIssue({ code: 'custom', message: `expected bytes as pairs of hex digits, such as "deadbeef"; got ${shown(value)}${hint}` });
    return z.NEVER;
  });

export const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** A name that the documents use to refer to a VM or a device. */
export const name = z
  .unknown()
  .meta({ type: 'string', pattern: NAME.source, description: 'a name: a letter, then letters, digits, _ -' })
  .transform((value, ctx): string => {
    if (typeof value === 'string' && NAME.test(value)) return value;
    ctx.addIssue({ code: 'custom', message: `expected a name (a letter, then letters, digits, _ -), such as nic0; got ${shown(value)}` });
    return z.NEVER;
  });
