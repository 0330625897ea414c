import { isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { errorPosition } from './error-position.ts';

/** An unsigned 64-bit value as the files at hand write it: `0x` and up to 16 digits. */
export const hexValue = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,16}$/, { error: 'expected a hexadecimal string such as "0x40000000"' })
  .transform((text) => BigInt(text));

export const bytesOfHex = z
  .string()
  .regex(/^(?:[0-9a-fA-F]{2})*$/, { error: 'expected pairs of hexadecimal digits' })
  .transform((text) => Uint8Array.from({ length: text.length / 2 }, (_, at) => parseInt(text.slice(at * 2, at * 2 + 2), 16)));

const pathOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`), '');

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inside, key) => (typeof inside === 'object' && inside !== null ? (inside as Record<PropertyKey, unknown>)[key] : undefined), value);

/** A wrong value as far as a message needs it. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

const keysOf = (schema: z.ZodType): string => (schema instanceof z.ZodObject ? Object.keys(schema.shape).join(', ') : 'only known keys');

/** Line and column of the value at `path`, or of the innermost that there is. JSON is YAML to this parser, with positions. */
function placeOf(text: string, path: readonly PropertyKey[], line: number): { line: number; column: number } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (!isNode(node) || node.range === undefined || node.range === null) continue;
    const { line: at, col } = lines.linePos(node.range[0]);
    return { line: line + at - 1, column: col };
  }
  return { line, column: 1 };
}

/**
 * Parses JSON and checks it against a schema. The error says the file, the place (line and column of a syntax error,
 * the path of a wrong value) and what was expected. `line` is the line of the file where `text` starts.
 */
export function readJson<T>(text: string, schema: z.ZodType<T>, file: string, line = 1): Result<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const place = errorPosition(text);
    const message = (error as Error).message.replace(/,? (?:\.\.\.)?".*$/s, '').replace(/ in JSON at position.*$/, '');
    return fail('bad-json', `not valid JSON: ${message}`, { file, line: line + place.line - 1, column: place.column });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  // A key that is not known is most likely the one that is missing.
  const { issues } = parsed.error;
  const issue = issues.find((one) => one.code === 'unrecognized_keys') ?? issues[0];
  const path = pathOf(issue?.path ?? []);
  const at = { file, ...placeOf(text, issue?.path ?? [], line), ...(path === '' ? {} : { path }) };
  if (issue === undefined) return fail('bad-value', 'not what was expected', at);
  const message = issue.message.replace(/^Invalid input: /, '').replace(/, received \w+$/, '');
  return fail('bad-value', issue.code === 'unrecognized_keys' ? `${message}; expected ${keysOf(schema)}` : `${message}, got ${shown(valueAt(value, issue.path))}`, at);
}
