import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { errorPosition } from '../json/error-position.ts';

export interface NamedValue {
  /** A name, or an address or offset. */
  readonly of: string | bigint;
  readonly value: bigint;
}

/** `"0x10"`, `16` or `"16"`; null: no number of 64 bits. */
function numberOf(value: unknown): bigint | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : null;
  if (typeof value !== 'string' || !/^(?:0x[0-9a-fA-F]{1,16}|[0-9]{1,20})$/.test(value)) return null;
  const number = BigInt(value);
  return number < 1n << 64n ? number : null;
}

const keyOf = (key: string): string | bigint => (/^(?:0x[0-9a-fA-F]+|[0-9]+)$/.test(key) ? BigInt(key) : key);
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** `{ "IDR0": "0x..." }`, the same under `registers`, or a list of `{ name or offset, value }`. */
export function readNamedValues(text: string, file: string): Result<NamedValue[]> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail('bad-json', 'not valid JSON: expected registers such as { "IDR0": "0xd44101b" }', { file, ...errorPosition(text) });
  }
  const inside = isObject(value) && (isObject(value['registers']) || Array.isArray(value['registers'])) ? value['registers'] : value;
  const entries: (readonly [string, unknown])[] = Array.isArray(inside)
    ? inside.map((one: unknown) => (isObject(one) ? [String(one['name'] ?? one['offset'] ?? one['address'] ?? ''), one['value']] : ['', one]))
    : isObject(inside) ? Object.entries(inside) : [];
  const found: NamedValue[] = [];
  for (const [key, one] of entries) {
    const number = numberOf(one);
    if (number === null) return fail('bad-value', `the value of ${JSON.stringify(key)} is no number: expected one such as "0xd44101b"`, { file, path: key });
    found.push({ of: keyOf(key), value: number });
  }
  return ok(found);
}
